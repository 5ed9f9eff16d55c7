import type { Token } from "./lexer";
import { Mistake } from "./mistake";
import { numberValue } from "./number";

/** The position of the parser in the tokens of a query. The last token is the end of the query. */
export interface Cursor {
  readonly tokens: readonly Token[];
  index: number;
  /** Number of expressions around the current one. */
  depth: number;
}

/** Maximum nesting depth of expressions. No practical query reaches it. It limits the recursion. */
export const DEEPEST = 500;

/**
 * Notes that an expression begins.
 *
 * @throws Mistake if expressions are nested too deeply.
 */
export function enter(cursor: Cursor): void {
  if (++cursor.depth > DEEPEST) throw new Mistake(peek(cursor).from, `expressions are nested deeper than ${DEEPEST}`);
}

/** Notes that an expression ends. */
export function leave(cursor: Cursor): void {
  cursor.depth--;
}

/** The next token. */
export function peek({ tokens, index }: Cursor): Token {
  const token = tokens[Math.min(index, tokens.length - 1)];
  if (!token) throw new RangeError("a query without its end");
  return token;
}

/** Moves behind the next token and returns it. */
export function next(cursor: Cursor): Token {
  const token = peek(cursor);
  cursor.index++;
  return token;
}

/** Moves behind the next token if it is this sign or keyword. */
export function take(cursor: Cursor, is: string): Token | undefined {
  return peek(cursor).is === is ? next(cursor) : undefined;
}

/** Moves behind the next token, which must be this sign. */
export function need(cursor: Cursor, is: string, expected = `"${is}"`): Token {
  return take(cursor, is) ?? unexpected(cursor, expected);
}

/**
 * Moves behind the next token, which must be a number, and returns its value. The value of a duration is in seconds.
 */
export function needNumber(cursor: Cursor, expected: string): number {
  const { kind, text, from } = peek(cursor);
  if (kind !== "number") unexpected(cursor, expected);
  const value = numberValue(text);
  if (value === undefined) throw new Mistake(from, `"${cut(text)}" is not a valid number or duration`);
  next(cursor);
  return value;
}

/** The end of the last token that the cursor is behind. */
export function endOf({ tokens, index }: Cursor): number {
  return tokens[index - 1]?.to ?? 0;
}

/** @throws Mistake always: it names the next token and what a valid query has there. */
export function unexpected(cursor: Cursor, expected: string): never {
  const { kind, text, from } = peek(cursor);
  const found = kind === "end" ? "end of the query" : kind === "string" ? cut(text) : `"${cut(text)}"`;
  throw new Mistake(from, `unexpected ${found}, expected ${expected}`);
}

function cut(text: string): string {
  return text.length > 30 ? `${text.slice(0, 29)}…` : text;
}
