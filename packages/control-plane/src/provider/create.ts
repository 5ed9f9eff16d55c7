import { setTimeout as delay } from "node:timers/promises";
import { errorText } from "../providerProtocol/errorText.ts";
import { isObject, type JsonObject, textAt, withValue } from "../providerProtocol/json.ts";
import { hasUnknown, unknown } from "../providerProtocol/wire.ts";
import { awaitReady, type Patience } from "./await/awaitReady.ts";
import { ApiError, type Cluster, NoSuchKind } from "./cluster.ts";
import { type ObjectType, ownType } from "./kubeObject.ts";

export interface CreateArgs extends Patience {
  cluster: Cluster;
  type: ObjectType;
  urn: string;
  /** In clear. */
  inputs: JsonObject;
  /** The name under which the fields are owned. */
  manager: string;
}

/**
 * Makes an object by POST, so that one that is there already is an error and not taken over (pulumi-kubernetes since
 * 4.29), and waits until it is ready.
 * @returns the live object.
 * @throws Error when the server refuses it; Unready when it was made and did not become ready.
 */
export async function createObject(args: CreateArgs): Promise<JsonObject> {
  const created = await retried(args.signal, () => post(args, {})).catch((error: unknown) => {
    throw new Error(
      `resource "${args.urn}" was not successfully created by the Kubernetes API server: ${errorText(error)}`,
      {
        cause: error,
      },
    );
  });
  return awaitReady(args.cluster, created, args);
}

/**
 * What the object will be, asked of the server by a dry run. Inputs that hold unknown values, kinds and namespaces that
 * come in the same update, and an object that this one will replace cannot be asked for: then the inputs are the answer.
 * @throws Error when the server would refuse it.
 */
export async function previewCreate(args: CreateArgs): Promise<JsonObject> {
  if (hasUnknown(args.inputs)) return args.inputs;
  try {
    return unmade(await post(args, { dryRun: "All" }), args.inputs);
  } catch (error) {
    const notYet = error instanceof NoSuchKind || (error instanceof ApiError && [403, 404, 409].includes(error.status));
    if (notYet) return args.inputs;
    throw new Error(`resource "${args.urn}" would not be created by the Kubernetes API server: ${errorText(error)}`, {
      cause: error,
    });
  }
}

async function post(
  { cluster, type, inputs, manager, signal }: CreateArgs,
  query: { dryRun?: string },
): Promise<JsonObject> {
  const path = await cluster.collection(ownType(inputs, type), textAt(inputs, "metadata", "namespace"));
  return cluster.call("POST", path, {
    query: { ...query, fieldManager: manager, fieldValidation: "Strict" },
    body: inputs,
    signal,
  });
}

/**
 * A namespace or a custom resource's definition may come in the same update and be a moment late: tried five times, after
 * 1, 2, 4 and 8 s, as the real provider does.
 */
async function retried<T>(signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
  for (const seconds of [1, 2, 4, 8]) {
    try {
      return await attempt();
    } catch (error) {
      const late = error instanceof NoSuchKind || (error instanceof ApiError && error.status === 404);
      if (!late) throw error;
      await delay(seconds * 1000, undefined, { signal });
    }
  }
  return attempt();
}

/** What a dry run invents is not known before the object is made. */
function unmade(object: JsonObject, inputs: JsonObject): JsonObject {
  const { status: _, ...rest } = object;
  let preview: JsonObject = withValue(rest, ["metadata", "managedFields"], undefined);
  for (const key of ["uid", "resourceVersion", "creationTimestamp"]) {
    preview = withValue(preview, ["metadata", key], unknown);
  }
  const spec = inputs["spec"];
  const addressed = inputs["kind"] === "Service" && isObject(spec) && spec["clusterIP"] === undefined;
  if (!addressed || textAt(preview, "spec", "clusterIP") === undefined) return preview;
  return withValue(withValue(preview, ["spec", "clusterIP"], unknown), ["spec", "clusterIPs"], unknown);
}
