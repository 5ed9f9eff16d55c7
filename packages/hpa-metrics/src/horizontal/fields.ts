import { type ParsedQuantity, parseQuantity, QuantityError } from "../parsedQuantity";

/**
 * Reads fields of an untrusted object. Each function returns undefined for a field that is absent or null, as in
 * Kubernetes. It also returns undefined for a value of the wrong type, and then adds the field to `unreadable`.
 */
export interface FieldReader {
  /** The fields that have a value of the wrong type, as `path: value`. At most 20. */
  readonly unreadable: readonly string[];
  /** Adds a field to `unreadable`. */
  report(path: string, value: unknown): void;
  /** A text, cut at `most` characters. A number or a boolean is reported and converted to text. */
  text(path: string, value: unknown, most: number): string | undefined;
  /** A whole number that is at least `least`. */
  whole(path: string, value: unknown, least?: number): number | undefined;
  quantity(path: string, value: unknown): ParsedQuantity | undefined;
  /** An object. Empty if it is absent or is not an object. */
  object(path: string, value: unknown): Readonly<Record<string, unknown>>;
  /** The first `most` elements of a list. More elements are reported. */
  list(path: string, value: unknown, most: number): readonly unknown[];
}

const MOST_REPORTS = 20;
const MOST_SHOWN = 60;

/** Creates a reader that has not reported anything yet. */
export function createFieldReader(): FieldReader {
  const unreadable: string[] = [];
  const report = (path: string, value: unknown): void => {
    if (unreadable.length < MOST_REPORTS) unreadable.push(`${path}: ${shown(value)}`);
  };
  const isAbsent = (value: unknown): value is undefined | null => value === undefined || value === null;
  return {
    unreadable,
    report,
    text(path, value, most) {
      if (typeof value === "string") return value.slice(0, most);
      if (!isAbsent(value)) report(path, value);
      // YAML without quotes: the author means the text.
      return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
    },
    whole(path, value, least = 0) {
      if (Number.isSafeInteger(value) && Number(value) >= least) return Number(value);
      if (!isAbsent(value)) report(path, value);
      return undefined;
    },
    quantity(path, value) {
      if (isAbsent(value)) return undefined;
      const read = typeof value === "string" || typeof value === "number" ? quantityOf(String(value)) : undefined;
      if (!read) report(path, value);
      return read;
    },
    object(path, value) {
      if (typeof value === "object" && value !== null && !Array.isArray(value))
        return value as Readonly<Record<string, unknown>>;
      if (!isAbsent(value)) report(path, value);
      return {};
    },
    list(path, value, most) {
      if (!Array.isArray(value)) {
        if (!isAbsent(value)) report(path, value);
        return [];
      }
      if (value.length > most) report(`${path}[${most}]`, "and all that follow");
      return value.slice(0, most);
    },
  };
}

function quantityOf(text: string): ParsedQuantity | undefined {
  try {
    return parseQuantity(text);
  } catch (error) {
    if (error instanceof QuantityError) return undefined;
    throw error;
  }
}

/** Shows a value in a few characters. Large objects are not converted to text. */
function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, MOST_SHOWN));
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (value === undefined || value === null) return "missing";
  return Array.isArray(value) ? "a list" : "an object";
}
