import { argumentsOf, namedType, type Property } from "./argumentSchema";
import type { InputError } from "./inputErrors";

/**
 * Finds texts without a character that is not a space, such as those of a configuration value that is not set. The
 * values of a map may be empty, as those of labels, tags and matchers.
 */
export function blankErrors(component: string, args: object): InputError[] {
  return inProperties("", argumentsOf(component), args).map((path) => ({
    path,
    code: "ASM_ARGUMENT_MISSING",
    message: `${path} is an empty text`,
    remedy: "Set a value, or remove it",
  }));
}

function inProperties(path: string, properties: Readonly<Record<string, Property>>, value: object): string[] {
  return Object.entries(value).flatMap(([name, part]) => {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    return property === undefined ? [] : inValue(path === "" ? name : `${path}.${name}`, property, part);
  });
}

function inValue(path: string, { type, items, $ref }: Property, value: unknown): string[] {
  if (type === "string" && typeof value === "string") return value.trim() === "" ? [path] : [];
  if (items !== undefined && Array.isArray(value))
    return value.flatMap((item, index) => inValue(`${path}[${index}]`, items, item));
  const properties = $ref === undefined ? undefined : namedType($ref)?.properties;
  return properties !== undefined && typeof value === "object" && value !== null
    ? inProperties(path, properties, value)
    : [];
}
