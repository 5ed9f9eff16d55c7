import { nearest } from "@asm-autoscaler/hpa-metrics";
import * as pulumi from "@pulumi/pulumi";
import { argumentsOf, namedType, type Property } from "./argumentSchema";
import { entryPath, type InputError } from "./inputErrors";
import { isGiven } from "./inputs";

/** Arguments without what has the wrong form, and the errors about it. */
export interface ShapedArgs {
  /**
   * A copy without nulls. `PENDING` replaces each part with the wrong form, so that the rules do not judge it. A wrong
   * entry of a map is left out.
   */
  readonly args: object;
  readonly errors: readonly InputError[];
}

/** Stands for a value that cannot be judged. The rules treat it as a value that is not known yet. */
const PENDING: Promise<never> = new Promise(() => {});

/**
 * Checks the form of a component's arguments against its schema: names, types, enum values, and plain values where no
 * Output is allowed. It does not check whether arguments are missing: the rules of the component do, with a remedy.
 */
export function shapedArgs(component: string, args: unknown): ShapedArgs {
  const errors: InputError[] = [];
  if (!isGiven(args)) return { args: {}, errors };
  if (!isRecord(args)) return { args: {}, errors: [wrongType("args", args, "an object of arguments")] };
  return { args: readProperties(component, "", argumentsOf(component), args, errors), errors };
}

const ANY = "pulumi.json#/Any";

/** An object literal, or the like: no list, and nothing that Pulumi resolves later. */
function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isLate(value) && !isResource(value);
}

function isLate(value: unknown): boolean {
  return pulumi.Output.isInstance(value) || value instanceof Promise;
}

function isResource(value: unknown): boolean {
  return pulumi.Resource.isInstance(value);
}

function readProperties(
  owner: string,
  path: string,
  properties: Readonly<Record<string, Property>>,
  value: Record<string, unknown>,
  errors: InputError[],
): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(value)) {
    if (!isGiven(part)) continue;
    const place = path === "" ? name : `${path}.${name}`;
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (property === undefined) errors.push(unknownName(owner, place, name, Object.keys(properties)));
    else read[name] = readValue(place, property, part, errors);
  }
  return read;
}

function readValue(path: string, property: Property, value: unknown, errors: InputError[]): unknown {
  if (isLate(value)) {
    if (property.plain !== true) return value;
    errors.push(late(path));
    return PENDING;
  }
  // An argument of another package's resource, which that package checks.
  if (property.$ref === ANY) return value;
  const type = property.$ref === undefined ? undefined : namedType(property.$ref);
  if (type?.properties !== undefined) {
    if (isRecord(value)) return readProperties(path, path, type.properties, value, errors);
  } else if (property.items !== undefined) {
    if (Array.isArray(value)) return readList(path, property.items, value, errors);
  } else if (property.additionalProperties !== undefined) {
    if (isRecord(value)) return readMap(path, property.additionalProperties, value, errors);
  } else if (type?.enum !== undefined) {
    const choices = type.enum.map((choice) => choice.value);
    if (choices.some((choice) => choice === value)) return value;
    errors.push(unknownChoice(path, value, choices));
    return PENDING;
  } else if (property.$ref === undefined ? typeof value === property.type : isResource(value)) {
    return value;
  }
  errors.push(wrongType(path, value, expected(property), Object.keys(type?.properties ?? {})));
  return PENDING;
}

function readList(path: string, items: Property, list: readonly unknown[], errors: InputError[]): unknown[] {
  return list.map((entry, index) => readEntry(`${path}[${index}]`, items, entry, errors));
}

function readMap(path: string, entries: Property, map: Record<string, unknown>, errors: InputError[]): object {
  const read = Object.entries(map).map(([key, entry]) => [
    key,
    readEntry(entryPath(path, key), entries, entry, errors),
  ]);
  return Object.fromEntries(read.filter(([, entry]) => entry !== PENDING));
}

function readEntry(path: string, property: Property, entry: unknown, errors: InputError[]): unknown {
  if (isGiven(entry)) return readValue(path, property, entry, errors);
  errors.push({
    path,
    code: "ASM_ARGUMENT_MISSING",
    message: `${path} has no value`,
    remedy: "Set a value, or remove the entry",
  });
  return PENDING;
}

function unknownName(owner: string, path: string, name: string, names: readonly string[]): InputError {
  const near = nearest(name, names);
  return {
    path,
    code: "ASM_ARGUMENT_UNKNOWN",
    message: `${JSON.stringify(name)} is not an argument of ${owner}${near === undefined ? "" : `, did you mean ${near}?`}`,
    remedy: near === undefined ? `Use one of ${names.join(", ")}` : `Write ${near}, or remove it`,
  };
}

function unknownChoice(path: string, value: unknown, choices: readonly string[]): InputError {
  const near = typeof value === "string" ? nearest(value, choices) : undefined;
  return {
    path,
    code: "ASM_CHOICE_UNKNOWN",
    message: `${shown(value)} is not a value of ${path}${near === undefined ? "" : `, did you mean ${near}?`}`,
    remedy: `Use one of ${choices.join(", ")}`,
  };
}

function late(path: string): InputError {
  return {
    path,
    code: "ASM_ARGUMENT_LATE",
    message: `${path} decides which resources are created, and is not known before another resource is created`,
    remedy: "Set a plain value, such as one of the stack's configuration",
  };
}

const NUMBER = "a number";
const BOOLEAN = "true or false";

function expected({ type, items, additionalProperties, $ref }: Property): string {
  if (items !== undefined) return "a list";
  if (additionalProperties !== undefined) return "an object";
  if ($ref !== undefined) return namedType($ref) === undefined ? "a resource" : "an object";
  if (type === "number") return NUMBER;
  return type === "boolean" ? BOOLEAN : "a text";
}

/** The error shows the value only where a number or a boolean is expected. Any other argument may be a secret. */
function wrongType(path: string, value: unknown, wanted: string, names: readonly string[] = []): InputError {
  const showable = wanted === NUMBER || wanted === BOOLEAN;
  return {
    path,
    code: "ASM_ARGUMENT_TYPE",
    message: `Expected ${wanted}, got ${showable ? shownWithKind(value) : kindOf(value)}`,
    remedy: typeRemedy(value, wanted, names),
  };
}

function typeRemedy(value: unknown, wanted: string, names: readonly string[]): string {
  if (typeof value === "string" && (wanted === NUMBER || wanted === BOOLEAN)) {
    const literal =
      value.trim() !== "" && (wanted === NUMBER ? Number.isFinite(Number(value)) : /^(true|false)$/.test(value));
    return literal ? `Write ${value} without quotes` : `Set ${wanted}`;
  }
  if (wanted === "a text" && (typeof value === "number" || typeof value === "boolean"))
    return "Put the value in quotes";
  return `Set ${wanted}${names.length === 0 ? "" : ` with ${names.join(", ")}`}`;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (isLate(value)) return "an Output";
  if (isResource(value)) return "a resource";
  const kinds: Record<string, string> = { string: "a text", object: "an object", boolean: "true or false" };
  return kinds[typeof value] ?? `a ${typeof value}`;
}

function shownWithKind(value: unknown): string {
  if (typeof value === "string") return `the text ${shown(value)}`;
  if (typeof value === "number" || typeof value === "boolean")
    return `${typeof value === "number" ? "the number " : ""}${value}`;
  return kindOf(value);
}

/** Longest value that an error repeats, in characters. */
const LONGEST_SHOWN = 60;

function shown(value: unknown): string {
  if (typeof value !== "string")
    return typeof value === "number" || typeof value === "boolean" ? String(value) : kindOf(value);
  return JSON.stringify(value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}…` : value);
}
