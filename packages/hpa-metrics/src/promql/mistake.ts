/** An error in a query and its position. The checks throw it, and `parseQuery` converts it to a `QueryProblem`. */
export class Mistake extends Error {
  override readonly name = "Mistake";
  /** Offset in the query's text, in UTF-16 units. */
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** Maximum number of characters shown on each side of the error in a long line. */
const shown = 50;

/** The line and column of an offset, both 1-based. A column is a character, not a byte. */
export function positionOf(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at).split("\n");
  return { line: before.length, column: [...(before.at(-1) ?? "")].length + 1 };
}

/**
 * The line that contains the offset, followed by a line with `^` under the offset. A long line is cut to the part near
 * the offset.
 */
export function caretAt(text: string, at: number): string {
  const start = text.lastIndexOf("\n", at - 1) + 1;
  const end = text.indexOf("\n", at) === -1 ? text.length : text.indexOf("\n", at);
  const before = [...text.slice(start, at)];
  const after = [...text.slice(at, end).trimEnd()];
  const left = before.length > shown ? `…${before.slice(1 - shown).join("")}` : before.join("");
  const right = after.length > shown ? `${after.slice(0, shown - 1).join("")}…` : after.join("");
  return `${left}${right}\n${left.replace(/[^\t]/gu, " ")}^`;
}
