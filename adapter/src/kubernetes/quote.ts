const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/**
 * Quotes a text like Go's `%q`, so that the messages match those of the API server.
 * https://pkg.go.dev/strconv#Quote
 */
export function quote(text: string): string {
  let quoted = "";
  for (const character of text)
    quoted += ESCAPES[character] ?? (PRINTABLE.test(character) ? character : escaped(character));
  return `"${quoted}"`;
}

function escaped(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  if (point < 0x80) return `\\x${point.toString(16).padStart(2, "0")}`;
  return point > 0xffff ? `\\U${point.toString(16).padStart(8, "0")}` : `\\u${point.toString(16).padStart(4, "0")}`;
}
