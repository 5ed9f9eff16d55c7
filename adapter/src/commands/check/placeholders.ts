/** Placeholders of templates and shells that can be part of any text: `${MAX}`, `$(MAX)`, `{{ .Values.max }}`. */
const ANYWHERE = /\{\{[^{}]{0,200}\}\}|\{\{|\$\{(?!\d{1,3}\})[^${}]{0,100}\}|\$\([A-Za-z_][\w.-]{0,100}\)/;
/** Placeholders that are also PromQL, and therefore count in other texts only: `{name}`, `<name>`. */
const OUTSIDE_QUERIES = /\{[A-Za-z_][\w.-]*\}|<[A-Za-z][\w .-]*>/;
/** Placeholders that are the whole text: `$MAX`, `%MAX%`, `@MAX@`, `__MAX__`. */
const WHOLE = /^(?:\$\w+|%\w+%|@\w+@|__\w+__)$/;

/**
 * Returns the placeholder in a value that is not filled in, or undefined. YAML reads `{name}` and `{{ name }}` without
 * quotes as a mapping with one key and no value.
 */
export function placeholderIn(value: unknown): string | undefined {
  if (typeof value === "string") {
    return (ANYWHERE.exec(value) ?? OUTSIDE_QUERIES.exec(value) ?? WHOLE.exec(value))?.[0];
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const [[key, inner] = ["", ""], ...more] = Object.entries(value);
  return key !== "" && inner === null && more.length === 0 ? `{${key}}` : undefined;
}

/** The same for a PromQL query, in which braces and `$1` have a meaning of their own. */
export function placeholderInQuery(query: string): string | undefined {
  return ANYWHERE.exec(query)?.[0];
}

/** Whether the placeholder is of a Helm template. */
export function isHelm(placeholder: string): boolean {
  return placeholder.startsWith("{{");
}

/** What to do about a placeholder, as the end of a sentence. */
export function fillIn(placeholder: string): string {
  return isHelm(placeholder)
    ? "render the chart with `helm template` first, and pass check the result"
    : "fill it in first, and pass check the result";
}
