import { at, isObject, type Json, type JsonObject, objectsAt, textAt, withValue } from "../providerProtocol/json.ts";
import { type PropertyPath, parsePropertyPath } from "../providerProtocol/propertyPath.ts";

/** The managed fields of an object, in which fields that `manager` created by POST count as applied by it. */
export interface Handover {
  managedFields: JsonObject[];
}

/**
 * Converts the owner list so that `manager` counts as the applier of the fields that it created, as pulumi-kubernetes
 * and `kubectl apply --server-side` do. Without this, server-side apply treats fields written by a POST as those of
 * another owner, even with the same name, and does not change them.
 * @returns undefined if no conversion is necessary.
 */
export function handOver(live: JsonObject, manager: string): Handover | undefined {
  const entries = objectsAt(live, "metadata", "managedFields");
  const own = entries.filter((entry) => entry["manager"] === manager && entry["subresource"] === undefined);
  if (own.length === 0 || own.some((entry) => entry["operation"] === "Apply")) return undefined;
  return {
    managedFields: entries.map((entry) => (own.includes(entry) ? { ...entry, operation: "Apply" } : entry)),
  };
}

/**
 * The inputs for server-side apply, with the ignored fields as they are in the cluster. An ignored field that only
 * others own is removed from the inputs, so that its owner does not change. An ignored field that this manager owns too
 * is sent with its live value.
 */
export function keepIgnored(
  inputs: JsonObject,
  live: JsonObject,
  manager: string,
  ignored: readonly string[],
): JsonObject {
  return ignored.map(parsePropertyPath).reduce((kept, path) => {
    const keys = path.filter((step) => typeof step === "string");
    if (keys.length !== path.length || keys.includes("*")) return kept; // elements of arrays: use the program's value
    const owners = objectsAt(live, "metadata", "managedFields").filter((entry) => owns(entry["fieldsV1"], keys));
    const ours = owners.some((entry) => entry["manager"] === manager);
    if (owners.length > 0 && !ours) return withValue(kept, keys, undefined);
    const value = at(live, ...keys);
    return value === undefined ? kept : withValue(kept, keys, value);
  }, inputs);
}

/** True if a `fieldsV1` set contains the path. Its keys are the field names with the prefix "f:". */
function owns(fields: Json | undefined, path: PropertyPath): boolean {
  const found = at(fields, ...path.map((step) => `f:${step}`));
  return isObject(found);
}

/** The name of the field manager of this provider, as stored in the state. */
export function fieldManager(state: JsonObject): string | undefined {
  return textAt(state, "__fieldManager");
}
