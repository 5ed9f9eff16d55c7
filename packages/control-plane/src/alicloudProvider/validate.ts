import { isObject, type Json, type JsonObject } from "../providerProtocol/json.ts";
import { formatPropertyPath, type PropertyPath } from "../providerProtocol/propertyPath.ts";
import { isUnknown } from "../providerProtocol/wire.ts";
import { type Field, type Fields, isOutputOnly } from "./schema.ts";

/** The reason why a property is rejected. */
export interface Failure {
  /** Path of the property. */
  property: string;
  /** A sentence, with the wording of the bridge. */
  reason: string;
}

interface Mistake {
  path: PropertyPath;
  /** A sentence without its full stop. */
  reason: string;
}

/**
 * Returns all errors that the real provider's Check reports for the arguments of a resource, before defaults are set.
 * Unknown values are valid for any type.
 * @param resource The resource's name in the program, for the message.
 */
export function validate(fields: Fields, inputs: JsonObject, resource: string): Failure[] {
  const mistakes = [...blockMistakes(fields, inputs, []), ...combinationMistakes(fields, inputs, inputs, [])];
  return mistakes.map(({ path, reason }) => {
    const property = formatPropertyPath(path);
    return { property, reason: `${reason}. Examine values at '${resource}.${property}'.` };
  });
}

function blockMistakes(fields: Fields, values: JsonObject, path: PropertyPath): Mistake[] {
  const unknownKeys = Object.keys(values).filter((name) => !Object.hasOwn(fields, name));
  return [
    ...unknownKeys.map((name) => ({ path: [...path, name], reason: "Invalid or unknown key" })),
    ...Object.entries(fields).flatMap(([name, field]) => propertyMistakes(field, values[name], [...path, name])),
  ];
}

function propertyMistakes(field: Field, value: Json | undefined, path: PropertyPath): Mistake[] {
  const name = path.at(-1);
  if (value === undefined) {
    const reason = `Missing required argument. The argument "${name}" is required, but no definition was found`;
    return field.required ? [{ path, reason }] : [];
  }
  if (isOutputOnly(field)) {
    return [{ path, reason: `Value for unconfigurable attribute. "${name}": this field cannot be set` }];
  }
  return valueMistakes(field, value, path);
}

function valueMistakes(field: Field, value: Json, path: PropertyPath): Mistake[] {
  if (isUnknown(value)) return [];
  switch (field.type) {
    case "object":
      return isObject(value) ? blockMistakes(field.fields ?? {}, value, path) : [unexpected("a map", value, path)];
    case "map":
      return isObject(value) ? [] : [unexpected("a map", value, path)];
    case "list":
    case "set":
      return Array.isArray(value) ? listMistakes(field, value, path) : [unexpected("a list", value, path)];
    default:
      return scalarMistakes(field, value, path);
  }
}

function unexpected(expected: string, value: Json, path: PropertyPath): Mistake {
  return { path, reason: `expected ${expected}, got "${kindOf(value)}"` };
}

function listMistakes({ fields, element, minItems, maxItems }: Field, value: Json[], path: PropertyPath): Mistake[] {
  const each: Field = fields === undefined ? { type: element ?? "string" } : { type: "object", fields };
  const mistakes = value.flatMap((item, index) => valueMistakes(each, item, [...path, index]));
  const attribute = `Attribute "${path.at(-1)}"`;
  if (maxItems !== undefined && value.length > maxItems) {
    mistakes.push({ path, reason: `Too many list items. ${attribute} supports ${maxItems} item maximum` });
  }
  if (minItems !== undefined && value.length < minItems) {
    mistakes.push({ path, reason: `Not enough list items. ${attribute} requires ${minItems} item minimum` });
  }
  return mistakes;
}

function scalarMistakes(field: Field, value: Json, path: PropertyPath): Mistake[] {
  const name = path.at(-1);
  const type = field.type === "single" ? (field.element ?? "string") : field.type;
  if (convert(type, value) === undefined) {
    return [{ path, reason: `expected type '${type}', got unconvertible type '${kindOf(value)}'` }];
  }
  if (field.oneOf !== undefined && !field.oneOf.includes(String(value))) {
    return [{ path, reason: `expected ${name} to be one of [${field.oneOf.join(" ")}], got ${value}` }];
  }
  const [least, most] = field.between ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  if (field.between !== undefined && !(Number(value) >= least && Number(value) <= most)) {
    return [{ path, reason: `expected ${name} to be in the range (${least} - ${most}), got ${value}` }];
  }
  return [];
}

/**
 * Checks combinations of properties. @param inputs All arguments of the resource: conflicts of a block's properties
 * refer to these.
 */
function combinationMistakes(fields: Fields, values: JsonObject, inputs: JsonObject, path: PropertyPath): Mistake[] {
  return Object.entries(fields).flatMap(([name, field]): Mistake[] => {
    const value = values[name];
    const place = [...path, name];
    const choice = field.exactlyOneOf ?? [];
    const chosen = choice.filter((other) => inputs[other] !== undefined);
    const conflicts = value === undefined ? [] : (field.conflictsWith ?? []);
    return [
      ...conflicts
        .filter((other) => inputs[other] !== undefined)
        .map((other) => ({
          path: place,
          reason: `Conflicting configuration arguments. "${name}": conflicts with ${other}`,
        })),
      ...(choice.length > 0 && chosen.length !== 1
        ? [{ path: place, reason: `Invalid combination of arguments. "${name}": one of ${choice} must be specified` }]
        : []),
      ...(field.type === "object" && isObject(value) && !isUnknown(value)
        ? combinationMistakes(field.fields ?? {}, value, inputs, place)
        : []),
    ];
  });
}

/**
 * Converts a scalar as the bridge does for Terraform, which reads "3" as a number. Undefined if the value cannot be
 * converted.
 */
export function convert(type: string, value: Json): string | number | boolean | undefined {
  if (typeof value === "object") return undefined;
  if (type === "string") return String(value);
  if (type === "number") return value !== "" && Number.isFinite(Number(value)) ? Number(value) : undefined;
  if (value === true || value === "true") return true;
  return value === false || value === "false" ? false : undefined;
}

function kindOf(value: Json): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "list" : typeof value;
}
