import { at, isObject, type Json, type JsonObject, objectsAt, textAt, withValue } from "../providerProtocol/json.ts";
import { type PropertyPath, parsePropertyPath } from "../providerProtocol/propertyPath.ts";

/** Managers whose fields an update takes over, by the start of their name and the operation. */
const takenOver: readonly (readonly [string, "Apply" | "Update"])[] = [
  ["kubectl", "Apply"],
  ["kubectl", "Update"], // also kubectl-client-side-apply, kubectl-autoscale, kubectl-patch
  ["before-first-apply", "Update"],
  ["pulumi-kubernetes", "Update"], // also what this provider created by POST
  ["pulumi-resource-kubernetes", "Update"],
];

/**
 * Converts the owner list so that `manager` counts as the applier of the fields that it created and of all that kubectl
 * wrote, as pulumi-kubernetes does before each update (`fixCSAFieldManagers` in provider/pkg/await/await.go). Without
 * this, server-side apply treats fields written by a POST as those of another owner, even with the same name, and does
 * not change them. Fields of other managers, such as Helm, stay theirs.
 * @returns the new `metadata.managedFields`. Undefined if no conversion is necessary.
 */
export function handOver(live: JsonObject, manager: string): JsonObject[] | undefined {
  const entries = objectsAt(live, "metadata", "managedFields");
  const isOwn = (entry: JsonObject): boolean => entry["manager"] === manager && entry["operation"] === "Apply";
  const converted = entries.filter((entry) => !isOwn(entry) && isTakenOver(entry));
  if (converted.length === 0) return undefined;
  const [first = {}, ...rest] = [...entries.filter(isOwn), ...converted];
  const fieldsV1 = rest.reduce<Json>((union, entry) => merged(union, entry["fieldsV1"]), first["fieldsV1"] ?? {});
  const others = entries.filter((entry) => !isOwn(entry) && !converted.includes(entry));
  return [...others, { ...first, manager, operation: "Apply", fieldsV1 }];
}

function isTakenOver(entry: JsonObject): boolean {
  const name = textAt(entry, "manager") ?? "";
  return (
    entry["subresource"] === undefined &&
    takenOver.some(([start, operation]) => name.startsWith(start) && entry["operation"] === operation)
  );
}

/** The union of two `fieldsV1` sets. */
function merged(one: Json, other: Json | undefined): Json {
  if (!isObject(one) || !isObject(other)) return one;
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return Object.fromEntries(keys.map((key) => [key, merged(one[key] ?? other[key] ?? {}, other[key])]));
}

/** True if `manager` itself created fields by POST that it has not applied yet. */
export function hasPosted(live: JsonObject, manager: string): boolean {
  return objectsAt(live, "metadata", "managedFields").some(
    (entry) => entry["manager"] === manager && entry["operation"] === "Update" && entry["subresource"] === undefined,
  );
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
