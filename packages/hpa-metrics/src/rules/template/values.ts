/** A value in a template. `undefined` is what a field of a map gives that the map does not have. */
export type Value = string | number | boolean | readonly string[] | ReadonlyMap<string, string> | Fields | undefined;

/** The values that `.` and `$` have at the top, by name, in the order in which Go prints them. */
export interface Fields {
  readonly fields: Readonly<Record<string, string | readonly string[] | ReadonlyMap<string, string>>>;
}

export function isList(value: Value): value is readonly string[] {
  return Array.isArray(value);
}

export function isMap(value: Value): value is ReadonlyMap<string, string> {
  return value instanceof Map;
}

export function isFields(value: Value): value is Fields {
  return typeof value === "object" && "fields" in value;
}

/** What the value is, for messages. */
export function kindOf(value: Value): string {
  if (value === undefined) return "a missing value";
  if (typeof value === "string") return "a text";
  if (typeof value === "number") return "a number";
  if (typeof value === "boolean") return "true or false";
  return isList(value) ? "a list" : isMap(value) ? "a map" : "the whole of the data";
}

/** Whether a condition is met by the value: it is not empty, not 0 and not false. */
export function isTruthy(value: Value): boolean {
  if (isList(value)) return value.length > 0;
  if (isMap(value)) return value.size > 0;
  return typeof value === "object" || Boolean(value);
}

/** The keys of a map in the order in which Go prints and ranges over them: of their bytes in UTF-8. */
export function sortedKeys(map: ReadonlyMap<string, string>): string[] {
  return [...map.keys()].sort(compareTexts);
}

/** Compares texts as Go does: by their bytes in UTF-8, which is the order of code points. */
export function compareTexts(left: string, right: string): number {
  const a = [...left];
  const b = [...right];
  for (let index = 0; index < a.length && index < b.length; index++) {
    const difference = (a[index]?.codePointAt(0) ?? 0) - (b[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/**
 * The value as Go prints it: `[a b]` for a list, `map[a:b]` for a map.
 *
 * @param text How a text is printed.
 */
export function printed(value: Value, text: (text: string) => string = (plain) => plain): string {
  if (value === undefined) return "<no value>";
  if (typeof value === "string") return text(value);
  if (typeof value !== "object") return String(value);
  if (isList(value)) return `[${value.map(text).join(" ")}]`;
  if (isMap(value)) {
    return `map[${sortedKeys(value)
      .map((key) => `${text(key)}:${text(value.get(key) ?? "")}`)
      .join(" ")}]`;
  }
  return isFields(value)
    ? `{${Object.values(value.fields)
        .map((field) => printed(field, text))
        .join(" ")}}`
    : "";
}

/** The number of characters in a value. */
export function sizeOf(value: Value): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object") return 1;
  if (isList(value)) return value.reduce((sum, text) => sum + text.length, 0);
  if (isMap(value)) return [...value].reduce((sum, [key, text]) => sum + key.length + text.length, 0);
  return isFields(value) ? Object.values(value.fields).reduce<number>((sum, field) => sum + sizeOf(field), 0) : 0;
}
