import { isObject, type Json, type JsonObject, textAt } from "../providerProtocol/json.ts";
import { canonical } from "./canonical.ts";
import { type Cluster, getObject } from "./cluster.ts";
import { inInputShape } from "./inputShape.ts";
import { type ObjectRef, withoutServerMetadata } from "./kubeObject.ts";

export interface LiveState {
  live: JsonObject;
  inputs: JsonObject;
}

/**
 * The live object, and the inputs that a program would need for it. These are the values at the paths that the old
 * inputs set. Without old inputs (import and `get`), they are all values except those that the cluster created.
 * @returns undefined if the object no longer exists.
 */
export async function readObject(
  cluster: Cluster,
  ref: ObjectRef,
  oldInputs: JsonObject,
): Promise<LiveState | undefined> {
  const live = await getObject(cluster, ref);
  if (live === undefined) return undefined;
  return { live, inputs: inputsOf(live, oldInputs) };
}

/** The inputs of {@link readObject}, for an object that was already read. */
export function inputsOf(live: JsonObject, oldInputs: JsonObject): JsonObject {
  return textAt(oldInputs, "kind") === undefined ? imported(live) : refreshed(live, oldInputs);
}

function imported(live: JsonObject): JsonObject {
  const { status: _, ...rest } = live;
  const inputs = withoutServerMetadata(rest);
  const metadata = inputs["metadata"];
  if (!isObject(metadata) || !isObject(metadata["annotations"])) return inputs;
  const foreign = ["deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration"];
  const annotations = Object.entries(metadata["annotations"]).filter(([key]) => !foreign.includes(key));
  return { ...inputs, metadata: { ...metadata, annotations: Object.fromEntries(annotations) } };
}

/**
 * Keeps the old inputs where only the form of a value changed (quantities, stringData), so that no program shows a
 * change.
 */
function refreshed(live: JsonObject, oldInputs: JsonObject): JsonObject {
  const inputs = withoutServerMetadata(oldInputs);
  return respell(inInputShape(live, canonical(inputs)), inputs, canonical(inputs)) as JsonObject;
}

function respell(found: Json, old: Json | undefined, oldCanonical: Json | undefined): Json {
  if (!isObject(found) || !isObject(old) || !isObject(oldCanonical)) {
    return old !== undefined && JSON.stringify(found) === JSON.stringify(oldCanonical) ? old : found;
  }
  const { stringData } = old;
  const same = Object.entries(found).map(([key, value]): [string, Json] => [
    key,
    respell(value, old[key], oldCanonical[key]),
  ]);
  const spelled = Object.fromEntries(same);
  return isObject(stringData) && found["kind"] === "Secret" ? asStringData(spelled, stringData, old["data"]) : spelled;
}

/** The live `data` for the keys that the program set as `stringData`. */
function asStringData(secret: JsonObject, stringData: JsonObject, oldData: Json | undefined): JsonObject {
  const { data, ...rest } = secret;
  const entries = isObject(data) ? Object.entries(data) : [];
  const decoded = entries
    .filter(([key]) => Object.hasOwn(stringData, key))
    .map(([key, value]): [string, Json] => [key, Buffer.from(String(value), "base64").toString()]);
  const encoded = entries.filter(([key]) => !Object.hasOwn(stringData, key));
  return {
    ...rest,
    stringData: Object.fromEntries(decoded),
    ...((encoded.length > 0 || oldData !== undefined) && { data: Object.fromEntries(encoded) }),
  };
}
