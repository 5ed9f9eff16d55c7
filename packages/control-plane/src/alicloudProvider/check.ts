import { createHash, randomBytes } from "node:crypto";
import { isObject, type Json, type JsonObject } from "../providerProtocol/json.ts";
import { isUnknown } from "../providerProtocol/wire.ts";
import { type Field, type Fields, isAutonamed } from "./schema.ts";
import { convert } from "./validate.ts";

/** Key with which the bridge stores, in each object of the inputs, the properties that it set itself. */
export const defaultsKey = "__defaults";

export interface CheckArgs {
  fields: Fields;
  /** The resource's name in the program. */
  name: string;
  /** In plaintext. Empty for a new resource. */
  oldInputs: JsonObject;
  /** In plaintext and valid. May contain unknown values. */
  newInputs: JsonObject;
  /** Seed from the engine. The same seed gives the same name at preview and at update. */
  seed: Uint8Array;
}

/**
 * Completes the inputs, as the bridge does: scalars in the type of the schema, a name if the program sets none
 * (`<name>-<7 hex>`), and the schema's defaults. Values that the bridge set earlier are kept.
 */
export function fillInputs({ fields, name, oldInputs, newInputs, seed }: CheckArgs): JsonObject {
  return fillObject(fields, oldInputs, newInputs, (field, property) =>
    isAutonamed(property, field) ? `${name}-${suffix(seed)}` : undefined,
  );
}

type Automatic = (field: Field, property: string) => Json | undefined;

function fillObject(fields: Fields, old: JsonObject, given: JsonObject, automatic: Automatic): JsonObject {
  const result: JsonObject = {};
  for (const [property, value] of Object.entries(given)) {
    const field = fields[property];
    if (field !== undefined) result[property] = fillValue(field, old[property], value);
  }
  const conflicts = new Set<string>();
  const add = (field: Field | undefined): void => {
    for (const other of [...(field?.conflictsWith ?? []), ...(field?.exactlyOneOf ?? [])]) conflicts.add(other);
  };
  for (const property of Object.keys(result)) add(fields[property]);

  const oldDefaults = old[defaultsKey];
  const wasDefault = (property: string): boolean => !Array.isArray(oldDefaults) || oldDefaults.includes(property);
  const defaults: string[] = [];
  const fill = (choose: Automatic): void => {
    for (const [property, field] of Object.entries(fields)) {
      if (result[property] !== undefined || conflicts.has(property)) continue;
      if (field.deprecated && !field.required) continue;
      const value = choose(field, property);
      if (value === undefined) continue;
      const kept = wasDefault(property) ? old[property] : undefined;
      result[property] = kept ?? value;
      defaults.push(property);
      add(field);
    }
  };
  fill(automatic); // names first: a default that conflicts with a name is skipped
  fill((field) => field.default);
  result[defaultsKey] = defaults.sort();
  return result;
}

function fillValue(field: Field, old: Json | undefined, value: Json): Json {
  if (isUnknown(value)) return value;
  if (field.type === "object" && isObject(value)) {
    return fillObject(field.fields ?? {}, isObject(old) ? old : {}, value, () => undefined);
  }
  if (Array.isArray(value)) {
    const element: Field = field.fields
      ? { type: "object", fields: field.fields }
      : { type: field.element ?? "string" };
    const before = Array.isArray(old) ? old : [];
    return value.map((each, index) => fillValue(element, before[index], each));
  }
  if (field.type === "map") return value;
  return convert(field.type === "single" ? (field.element ?? "string") : field.type, value) ?? value;
}

function suffix(seed: Uint8Array): string {
  const source = seed.length > 0 ? createHash("sha256").update(seed).digest() : randomBytes(4);
  return source.toString("hex").slice(0, 7);
}

/** A value without the bridge's own keys, at any depth. */
export function withoutDefaults(value: JsonObject): JsonObject {
  const clean = (each: Json): Json => {
    if (Array.isArray(each)) return each.map(clean);
    return isObject(each) ? withoutDefaults(each) : each;
  };
  const kept = Object.entries(value).filter(([key]) => key !== defaultsKey);
  return Object.fromEntries(kept.map(([key, each]) => [key, clean(each)]));
}
