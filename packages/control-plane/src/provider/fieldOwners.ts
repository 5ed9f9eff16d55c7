import { at, isObject, type Json, type JsonObject, objectsAt, textAt, withValue } from "../providerProtocol/json.ts";
import { type PropertyPath, parsePropertyPath } from "../providerProtocol/propertyPath.ts";

/** The managed fields of an object in which what `manager` once created (by POST) counts as applied by it. */
export interface Handover {
  managedFields: JsonObject[];
}

/**
 * Server-side apply sees what a POST wrote as another owner's, even under the same name, and refuses to change it. This
 * gives the owner list in which `manager` applied it, as pulumi-kubernetes and `kubectl apply --server-side` do.
 * @returns undefined when there is nothing to hand over.
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
 * The inputs for server-side apply with the ignored fields kept as they are in the cluster: one that only others own is
 * left out, so that it stays theirs; one that is ours too is sent with its live value.
 */
export function keepIgnored(
  inputs: JsonObject,
  live: JsonObject,
  manager: string,
  ignored: readonly string[],
): JsonObject {
  return ignored.map(parsePropertyPath).reduce((kept, path) => {
    const keys = path.filter((step) => typeof step === "string");
    if (keys.length !== path.length || keys.includes("*")) return kept; // elements of arrays: as the program says
    const owners = objectsAt(live, "metadata", "managedFields").filter((entry) => owns(entry["fieldsV1"], keys));
    const ours = owners.some((entry) => entry["manager"] === manager);
    if (owners.length > 0 && !ours) return withValue(kept, keys, undefined);
    const value = at(live, ...keys);
    return value === undefined ? kept : withValue(kept, keys, value);
  }, inputs);
}

/** True when a `fieldsV1` set names the path: its keys are the field names behind "f:". */
function owns(fields: Json | undefined, path: PropertyPath): boolean {
  const found = at(fields, ...path.map((step) => `f:${step}`));
  return isObject(found);
}

/** The name under which this provider owns fields, kept in the state. */
export function fieldManager(state: JsonObject): string | undefined {
  return textAt(state, "__fieldManager");
}
