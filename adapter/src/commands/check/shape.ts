import { parseQuantity, record } from "@asm-autoscaler/hpa-metrics";
import { fillIn, placeholderIn, placeholderInQuery } from "./placeholders.ts";

/**
 * The part of an object that `check` understands. What has no shape is not understood, and `misfits` names it.
 * `any` is understood as a whole, whatever it contains.
 */
export type Shape = Leaf | { readonly fields: Fields } | { readonly items: Shape } | { readonly values: Shape };

/** Shapes by field name. */
export type Fields = Readonly<Record<string, Shape>>;

/** `text` and `query` have no placeholder; `words` is any text, for what `check` passes on unread. */
type Leaf = "any" | "text" | "query" | "words" | "count" | "flag" | "quantity";

/** A value that does not fit its shape. */
export interface Misfit {
  /** The field, such as `spec.metrics[0].external.foo`. */
  readonly path: string;
  /** The end of a sentence about the field, such as `is not a field that check knows`. */
  readonly why: string;
  /** What the other side does with it. */
  readonly reference: string;
  /** What to do about it. */
  readonly remedy: string;
  /** Whether the value cannot be read at all. Otherwise it is ignored, or read as what it probably means. */
  readonly isUnreadable: boolean;
}

/** What the other side does with something that `check` does not know. */
export const NOT_KNOWN = "not known to check";
/** What happens to an object that is not valid. */
export const REFUSED = "the API server refuses it";

/** Returns every value that does not fit the shape. A value that is absent or null always fits. */
export function misfits(value: unknown, shape: Shape, path = ""): Misfit[] {
  if (value === undefined || value === null || shape === "any") return [];
  if (typeof shape === "string") return leafMisfits(value, shape, path);
  if ("items" in shape) {
    if (!Array.isArray(value)) return [wrong(value, path, "a list")];
    return value.flatMap((item, index) => misfits(item, shape.items, `${path}[${index}]`));
  }
  if (typeof value !== "object" || Array.isArray(value)) return [wrong(value, path, "a mapping")];
  return Object.entries(value).flatMap(([key, inner]): Misfit[] => {
    const field = fieldPath(path, key);
    const known = "values" in shape ? shape.values : Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
    return known === undefined ? [unknownField(field)] : misfits(inner, known, field);
  });
}

/** Returns a copy that has only the parts with a shape. Numbers and booleans where text belongs become text. */
export function pruned(value: unknown, shape: Shape): unknown {
  if (value === undefined || value === null || shape === "any") return value;
  if (shape === "text" || shape === "query" || shape === "words")
    return typeof value === "object" ? undefined : String(value);
  if (shape === "count") return typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (shape === "flag") return typeof value === "string" ? value === "true" : value;
  if (shape === "quantity") return typeof value === "number" ? String(value) : value;
  if ("items" in shape) return Array.isArray(value) ? value.map((item) => pruned(item, shape.items)) : undefined;
  if (typeof value !== "object" || Array.isArray(value)) return undefined;
  return Object.fromEntries(
    Object.entries(record(value)).flatMap(([key, inner]) => {
      const known = "values" in shape ? shape.values : Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
      const kept = known === undefined ? undefined : pruned(inner, known);
      return kept === undefined || kept === null ? [] : [[key, kept]];
    }),
  );
}

function leafMisfits(value: unknown, shape: Leaf, path: string): Misfit[] {
  const placeholder = placeholderOf(value, shape);
  if (placeholder !== undefined) return [unfilled(placeholder, path)];
  const isScalar = typeof value !== "object";
  switch (shape) {
    case "text":
    case "query":
    case "words":
      return typeof value === "string" ? [] : [wrong(value, path, "text", !isScalar)];
    case "count":
      if (Number.isInteger(value)) return [];
      return [wrong(value, path, "a whole number", !(typeof value === "string" && /^\s*-?\d+\s*$/.test(value)))];
    case "flag":
      return typeof value === "boolean"
        ? []
        : [wrong(value, path, "true or false", !/^(?:true|false)$/.test(`${value}`))];
    default:
      return isQuantity(value) ? [] : [wrong(value, path, "a quantity")];
  }
}

function placeholderOf(value: unknown, shape: Leaf): string | undefined {
  if (typeof value !== "string" || shape === "text") return placeholderIn(value);
  return shape === "query" ? placeholderInQuery(value) : shape === "words" ? undefined : placeholderIn(value);
}

function isQuantity(value: unknown): boolean {
  if (typeof value !== "string" && typeof value !== "number") return false;
  try {
    parseQuantity(String(value));
    return true;
  } catch {
    return false;
  }
}

function wrong(value: unknown, path: string, wanted: string, isUnreadable = true): Misfit {
  const placeholder = placeholderIn(value);
  if (placeholder !== undefined) return unfilled(placeholder, path);
  const shown = JSON.stringify(value) ?? String(value);
  const why = `is ${shown.length > 60 ? `${shown.slice(0, 60)}…` : shown}, not ${wanted}`;
  return { path, why, reference: REFUSED, remedy: "correct it", isUnreadable };
}

function unfilled(placeholder: string, path: string): Misfit {
  const why = `contains the placeholder ${placeholder}`;
  return { path, why, reference: NOT_KNOWN, remedy: fillIn(placeholder), isUnreadable: true };
}

function unknownField(path: string): Misfit {
  const why = "is not a field that check knows";
  const remedy = "check what it does, and correct or remove it";
  return { path, why, reference: NOT_KNOWN, remedy, isUnreadable: false };
}

function fieldPath(path: string, key: string): string {
  if (!/^[A-Za-z_][\w-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}
