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
  /** In plaintext. */
  inputs: JsonObject;
  /** The field manager that owns the fields. */
  manager: string;
}

/**
 * Creates an object by POST and waits until it is ready. If the object exists already, this is an error, and the object
 * is not taken over (as in pulumi-kubernetes since 4.29).
 * @returns the live object.
 * @throws Error if the server rejects it; Unready if it was created but did not become ready.
 */
export async function createObject(args: CreateArgs): Promise<JsonObject> {
  const pause = (seconds: number) => delay(seconds * 1000, undefined, { signal: args.signal });
  const created = await retried(() => post(args, {}), pause).catch((error: unknown) => {
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
 * Previews a new object with a dry run on the server. Some objects cannot be sent to the server: inputs with unknown
 * values, kinds and namespaces that are created in the same update, and an object that this one will replace. For
 * these, the result is the inputs.
 * @throws Error if the server would reject it.
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
 * Retries, because a namespace or a custom resource definition of the same update may be available slightly later. There
 * are six attempts in about a minute, and a pause after each, also after the last one: provider/pkg/retry/retry.go of
 * pulumi-kubernetes.
 * @param pause Waits for this number of seconds.
 */
export async function retried<T>(attempt: () => Promise<T>, pause: (seconds: number) => Promise<unknown>): Promise<T> {
  let last: unknown;
  for (const seconds of [1, 2, 4, 8, 16, 32]) {
    try {
      return await attempt();
    } catch (error) {
      const late = error instanceof NoSuchKind || (error instanceof ApiError && error.status === 404);
      if (!late) throw error;
      last = error;
      await pause(seconds);
    }
  }
  throw last;
}

/**
 * Removes the values that the dry run generates, or marks them as unknown, because they are unknown until the object is
 * created.
 */
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
