import { isDeepStrictEqual } from "node:util";
import { isObject, type Json, type JsonObject } from "../providerProtocol/json.ts";
import { defaultsKey } from "./check.ts";
import { type Field, type Fields, isOutputOnly } from "./schema.ts";

/**
 * The inputs after a refresh, as the bridge computes them from the state. An input keeps its place and gets its current
 * value. An input that no longer exists is removed. Nothing is added. A value that drift changed is no longer a default
 * of the bridge.
 */
export function refreshedInputs(inputs: JsonObject, state: JsonObject): JsonObject {
  const result: JsonObject = {};
  const changed = new Set<string>();
  for (const [name, value] of Object.entries(inputs)) {
    const now = state[name];
    if (name === defaultsKey || now === undefined) continue;
    result[name] = refreshedValue(value, now);
    if (!isDeepStrictEqual(value, now)) changed.add(name);
  }
  const defaults = inputs[defaultsKey];
  if (Array.isArray(defaults)) result[defaultsKey] = defaults.filter((name) => !changed.has(String(name)));
  return result;
}

function refreshedValue(old: Json, now: Json): Json {
  if (Array.isArray(old) && Array.isArray(now)) {
    return old.slice(0, now.length).map((each, index) => refreshedValue(each, now[index] ?? each));
  }
  return isObject(old) && isObject(now) ? refreshedInputs(old, now) : now;
}

/** The inputs of an imported resource: all values that a program could set, except zero values and defaults. */
export function importedInputs(fields: Fields, state: JsonObject): JsonObject {
  const entries = Object.entries(fields).flatMap(([name, field]): [string, Json][] => {
    const value = state[name];
    if (value === undefined || isOutputOnly(field) || field.deprecated || isPlain(field, value)) return [];
    return [[name, field.type === "object" && isObject(value) ? importedInputs(field.fields ?? {}, value) : value]];
  });
  return { ...Object.fromEntries(entries), [defaultsKey]: [] };
}

function isPlain(field: Field, value: Json): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === "" || value === 0 || value === false || value === field.default;
}
