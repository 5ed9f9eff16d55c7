/** Maximum length of a text from a server in a message, in characters. */
const LONGEST = 300;
/** Maximum share of characters that are not text. Above it, a text is binary data and is not shown. */
const MOST_BINARY = 0.05;
// biome-ignore lint/suspicious/noControlCharactersInRegex: finds them
const NOT_TEXT = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffd]/g;

/**
 * Returns text that a server sent, for a message: on one line, at most `longest` characters, without control
 * characters. Binary data, such as a compressed body, is named and not shown. Messages are copied into HPA conditions,
 * events and logs.
 */
export function oneLine(text: string, longest: number = LONGEST): string {
  // Only a part is read, so that a long text takes no longer than a short one.
  const start = text.slice(0, 4 * longest);
  const line = start.replace(/\s+/g, " ").trim();
  if ((line.match(NOT_TEXT)?.length ?? 0) > MOST_BINARY * line.length) return "(binary data)";
  const isWhole = start.length === text.length && line.length <= longest;
  return (isWhole ? line : `${line.slice(0, longest - 1)}…`).replace(NOT_TEXT, "?");
}

/** Returns `oneLine` in quotation marks. Names the type of a value that is not text. */
export function quotedLine(value: unknown, longest?: number): string {
  if (typeof value === "string") return value.trim() === "" ? "an empty text" : `"${oneLine(value, longest)}"`;
  if (value === null || value === undefined) return "nothing";
  return `${Array.isArray(value) ? "a list" : NAMES[typeof value]} in place of a text`;
}

const NAMES: Readonly<Record<string, string>> = { object: "an object", number: "a number", boolean: "a boolean" };
