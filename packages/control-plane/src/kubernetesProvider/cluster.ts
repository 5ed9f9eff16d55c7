import { readFile } from "node:fs/promises";
import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import { connectKubernetes, type Kubernetes } from "../kubernetes.ts";
import { errorText } from "../providerProtocol/errorText.ts";
import { isObject, type Json, type JsonObject, objectsAt, textAt } from "../providerProtocol/json.ts";
import { type ObjectRef, type ObjectType, refName } from "./kubeObject.ts";

/** The API server rejected a request. `message` is the server's message. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, body: Json | undefined, path: string) {
    super(textAt(body, "message") ?? `the API server answered ${status} to ${path}`);
    this.status = status;
    this.reason = textAt(body, "reason") ?? "";
  }
}

/** The server does not have this kind. */
export class NoSuchKind extends Error {
  constructor(type: ObjectType) {
    super(
      `no matches for kind "${type.kind}" in version "${type.apiVersion}". ` +
        "Verify that any required CustomResourceDefinition has been created.",
    );
  }
}

interface Call {
  query?: Readonly<Record<string, string>>;
  body?: Json;
  contentType?: string;
  signal?: AbortSignal;
}

/** A cluster, with the functions that the provider uses. */
export interface Cluster {
  readonly kubernetes: Kubernetes;
  /** The namespace of objects that do not set one. */
  readonly defaultNamespace: string;
  /** Sends one request. @returns the body. @throws ApiError for a status of 400 or more. */
  call(method: string, path: string, call?: Call): Promise<JsonObject>;
  /** True if this kind is namespaced. @throws NoSuchKind */
  isNamespaced(type: ObjectType): Promise<boolean>;
  /** The path of the collection of a kind, in the namespace if the kind is namespaced. @throws NoSuchKind */
  collection(type: ObjectType, namespace?: string): Promise<string>;
  /** The path of one object. @throws NoSuchKind */
  path(ref: ObjectRef): Promise<string>;
}

/**
 * Connects to the cluster of a kubeconfig.
 * @param kubeconfig Its text or the path of its file, as in the real provider.
 * @param namespace The default namespace. If absent, it is that of the current context, or else "default".
 * @throws Error if the file does not exist or the text is not a kubeconfig.
 */
export async function openCluster(kubeconfig: string, namespace: string | undefined): Promise<Cluster> {
  const kubernetes = await connectKubernetes(await readKubeconfig(kubeconfig));
  const context = kubernetes.config.getContextObject(kubernetes.config.getCurrentContext());

  const call: Cluster["call"] = async (method, path, { query, body, contentType, signal } = {}) => {
    const search = query === undefined ? "" : `?${new URLSearchParams(query)}`;
    const response = await kubernetes.request(path + search, {
      method,
      headers: {
        accept: "application/json",
        ...(body !== undefined && { "content-type": contentType ?? "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.any([AbortSignal.timeout(60_000), ...(signal ? [signal] : [])]),
    });
    const answer = parse(await response.text());
    if (response.status >= 400) throw new ApiError(response.status, answer, `${method} ${path}`);
    return isObject(answer) ? answer : {};
  };

  const route = discovery(call);
  const collection: Cluster["collection"] = async (type, inNamespace) => {
    const { base, plural, namespaced } = await route(type);
    return namespaced ? `${base}/namespaces/${inNamespace ?? "default"}/${plural}` : `${base}/${plural}`;
  };
  return {
    kubernetes,
    defaultNamespace: namespace ?? context?.namespace ?? "default",
    call,
    isNamespaced: async (type) => (await route(type)).namespaced,
    collection,
    path: async (ref) => `${await collection(ref, ref.namespace)}/${encodeURIComponent(ref.name)}`,
  };
}

/**
 * The text of a kubeconfig, which is given as text or as the path of a file.
 * @throws Error if the file does not exist.
 */
export async function readKubeconfig(kubeconfig: string): Promise<string> {
  if (kubeconfig.includes("\n") || kubeconfig.startsWith("{")) return kubeconfig;
  try {
    return await readFile(kubeconfig, "utf8");
  } catch (cause) {
    throw new ProblemError(problem("ASM_KUBECONFIG_UNREADABLE", `The kubeconfig ${kubeconfig} cannot be read`), {
      cause,
    });
  }
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined; // an aggregated API that is down responds in plain text
  }
}

interface Route {
  base: string;
  plural: string;
  namespaced: boolean;
}

/** Discovers the path of each kind. Results are cached. An unknown kind is looked up again. */
function discovery(call: Cluster["call"]): (type: ObjectType) => Promise<Route> {
  const known = new Map<string, Route>();
  return async (type) => {
    const key = `${type.apiVersion} ${type.kind}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const base = type.apiVersion.includes("/") ? `/apis/${type.apiVersion}` : `/api/${type.apiVersion}`;
    const list = await call("GET", base).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 404) throw new NoSuchKind(type);
      throw error;
    });
    // Names with a slash are subresources: deployments/scale has the kind Scale.
    for (const resource of objectsAt(list, "resources")) {
      const plural = textAt(resource, "name") ?? "";
      const route = { base, plural, namespaced: resource["namespaced"] === true };
      if (!plural.includes("/")) known.set(`${type.apiVersion} ${textAt(resource, "kind")}`, route);
    }
    const route = known.get(key);
    if (route === undefined) throw new NoSuchKind(type);
    return route;
  };
}

/** Reads an object from the server. @returns undefined if it does not exist. */
export async function getObject(cluster: Cluster, ref: ObjectRef): Promise<JsonObject | undefined> {
  try {
    return await cluster.call("GET", await cluster.path(ref));
  } catch (error) {
    if (error instanceof NoSuchKind || (error instanceof ApiError && error.status === 404)) return undefined;
    throw new Error(`reading ${refName(ref)} failed: ${errorText(error)}`, { cause: error });
  }
}
