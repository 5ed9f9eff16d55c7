import { readFile } from "node:fs/promises";
import { connectKubernetes, type Kubernetes } from "../kubernetes.ts";
import { errorText } from "../providerProtocol/errorText.ts";
import { isObject, type Json, type JsonObject, objectsAt, textAt } from "../providerProtocol/json.ts";
import { type ObjectRef, type ObjectType, refName } from "./kubeObject.ts";

/** The API server refused a request; `message` is its own sentence. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, body: Json | undefined, path: string) {
    super(textAt(body, "message") ?? `the API server answered ${status} to ${path}`);
    this.status = status;
    this.reason = textAt(body, "reason") ?? "";
  }
}

/** The server knows no such kind. */
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

/** A cluster, as the provider uses it. */
export interface Cluster {
  readonly kubernetes: Kubernetes;
  /** The namespace of objects that name none. */
  readonly defaultNamespace: string;
  /** One request. @returns the body. @throws ApiError for an answer of 400 and more. */
  call(method: string, path: string, call?: Call): Promise<JsonObject>;
  /** True when objects of this kind live in a namespace. @throws NoSuchKind */
  isNamespaced(type: ObjectType): Promise<boolean>;
  /** The path of all objects of a kind, in a namespace if it has one. @throws NoSuchKind */
  collection(type: ObjectType, namespace?: string): Promise<string>;
  /** The path of one object. @throws NoSuchKind */
  path(ref: ObjectRef): Promise<string>;
}

/**
 * Connects to the cluster of a kubeconfig.
 * @param kubeconfig Its text, or the path of its file, as the real provider takes both.
 * @param namespace The default namespace; else that of the current context, else "default".
 * @throws Error when there is no such file or the text is no kubeconfig.
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
 * The text of a kubeconfig that is given as its text or as the path of its file.
 * @throws Error when there is no such file.
 */
export async function readKubeconfig(kubeconfig: string): Promise<string> {
  if (kubeconfig.includes("\n") || kubeconfig.startsWith("{")) return kubeconfig;
  try {
    return await readFile(kubeconfig, "utf8");
  } catch (cause) {
    throw new Error(
      `ASM_KUBECONFIG_UNREADABLE: The kubeconfig ${kubeconfig} cannot be read. Give the path of a kubeconfig or its text.`,
      { cause },
    );
  }
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined; // an aggregated API that is down answers in plain text
  }
}

interface Route {
  base: string;
  plural: string;
  namespaced: boolean;
}

/** Asks the server which path serves a kind; answers are kept, and asked for again when a kind is new to us. */
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

/** What the server says of an object. @returns undefined when there is none. */
export async function getObject(cluster: Cluster, ref: ObjectRef): Promise<JsonObject | undefined> {
  try {
    return await cluster.call("GET", await cluster.path(ref));
  } catch (error) {
    if (error instanceof NoSuchKind || (error instanceof ApiError && error.status === 404)) return undefined;
    throw new Error(`reading ${refName(ref)} failed: ${errorText(error)}`, { cause: error });
  }
}
