import { isObject, type Json, type JsonObject } from "../providerProtocol/json.ts";
import type { PropertyPath } from "../providerProtocol/propertyPath.ts";
import { isUnknown } from "../providerProtocol/wire.ts";

/** One path at which two objects differ. */
export interface Change {
  path: PropertyPath;
  kind: "add" | "delete" | "update";
}

/** All innermost paths at which `next` differs from `old`. An unknown value in `next` counts as different. */
export function changes(old: JsonObject, next: JsonObject): Change[] {
  return compare(old, next, []);
}

function compare(old: Json | undefined, next: Json | undefined, path: PropertyPath): Change[] {
  if (next === undefined) return old === undefined ? [] : [{ path, kind: "delete" }];
  if (old === undefined) return [{ path, kind: "add" }];
  if (isUnknown(next)) return [{ path, kind: "update" }];
  if (isObject(old) && isObject(next)) {
    const keys = new Set([...Object.keys(old), ...Object.keys(next)]);
    return [...keys].flatMap((key) => compare(own(old, key), own(next, key), [...path, key]));
  }
  if (Array.isArray(old) && Array.isArray(next)) {
    const length = Math.max(old.length, next.length);
    return Array.from({ length }, (_, index) => compare(old[index], next[index], [...path, index])).flat();
  }
  return old === next ? [] : [{ path, kind: "update" }];
}

function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
