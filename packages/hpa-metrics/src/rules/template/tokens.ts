import { Mistake } from "../../promql/mistake";
import { endOfString, unquote } from "../../promql/text";

/** A part of an action. `space` is a token, because `.A.B` is a field of a field and `.A .B` are two values. */
export interface Token {
  readonly kind: "space" | "word" | "field" | "variable" | "text" | "number" | "mark" | "end";
  /** The word, the name without its `.` or `$`, the value of a literal, or the characters of a mark. */
  readonly value: string;
  /** Offset in the template, in UTF-16 units. */
  readonly at: number;
}

/** Plain text, or the tokens of one action with a last token of kind `end`. */
export type Piece = { readonly text: string } | { readonly tokens: readonly Token[] };

const SPACE = /[ \t\r\n]/;
const NAME = /[\p{L}\p{Nd}_]+/uy;
const NUMBER = /[-+]?[\p{L}\p{Nd}_.]+/uy;
/** What may follow a name. */
const TERMINATOR = /[ \t\r\n.,|:()]|>>|$/y;

/**
 * Splits a template into text and actions. Actions are between `<<` and `>>`, `<<- ` and ` ->>` also remove the white space
 * beside them, and comments are left out.
 * Source: https://pkg.go.dev/text/template, and text/template/parse/lex.go of Go 1.26.
 *
 * @throws Mistake
 */
export function piecesOf(template: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let isTrimmed = false;
  for (;;) {
    const open = template.indexOf("<<", at);
    const text = template.slice(at, open === -1 ? undefined : open);
    const trimsLeft = open !== -1 && template.charAt(open + 2) === "-" && SPACE.test(template.charAt(open + 3));
    pieces.push({ text: trimmed(text, isTrimmed, trimsLeft) });
    if (open === -1) return pieces;
    const action = readAction(template, open + (trimsLeft ? 4 : 2), open);
    if (action.tokens.length > 0) pieces.push({ tokens: action.tokens });
    isTrimmed = action.trimsRight;
    at = action.end;
  }
}

function trimmed(text: string, left: boolean, right: boolean): string {
  let start = 0;
  let end = text.length;
  while (left && start < end && SPACE.test(text.charAt(start))) start++;
  while (right && end > start && SPACE.test(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

interface Action {
  /** Empty for a comment. */
  readonly tokens: readonly Token[];
  readonly trimsRight: boolean;
  readonly end: number;
}

function readAction(template: string, start: number, open: number): Action {
  if (template.startsWith("/*", start)) return readComment(template, start, open);
  const tokens: Token[] = [];
  for (let at = start; at < template.length; ) {
    const close = closeAt(template, at);
    if (close) return { ...close, tokens: [...tokens, { kind: "end", value: ">>", at }] };
    const { token, end } = tokenAt(template, at);
    tokens.push(token);
    at = end;
  }
  throw new Mistake(open, "this << has no >>");
}

function readComment(template: string, start: number, open: number): Action {
  const end = template.indexOf("*/", start);
  if (end === -1) throw new Mistake(open, "this comment has no */");
  const close = closeAt(template, end + 2);
  if (!close) throw new Mistake(end, "a comment must end with */>>");
  return { ...close, tokens: [] };
}

/** The end of an action at this offset, if it is here. */
function closeAt(template: string, at: number): Pick<Action, "trimsRight" | "end"> | undefined {
  if (template.startsWith(">>", at)) return { trimsRight: false, end: at + 2 };
  const isTrim = SPACE.test(template.charAt(at)) && template.startsWith("->>", at + 1);
  return isTrim ? { trimsRight: true, end: at + 4 } : undefined;
}

function tokenAt(template: string, at: number): { token: Token; end: number } {
  const character = template.charAt(at);
  const next = template.charAt(at + 1);
  const token = (kind: Token["kind"], value: string, end: number) => ({ token: { kind, value, at }, end });
  if (SPACE.test(character)) {
    let end = at + 1;
    while (SPACE.test(template.charAt(end)) && !closeAt(template, end)) end++;
    return token("space", " ", end);
  }
  if (character === '"' || character === "`") {
    const end = endOfString(template, at);
    const value = unquote(template.slice(at, end));
    return token("text", character === "`" ? value.replaceAll("\r", "") : value, end);
  }
  if (character === ":" && next === "=") return token("mark", ":=", at + 2);
  if (character === "." && !/[0-9]/.test(next)) {
    const name = run(NAME, template, at + 1);
    return name === "" ? token("mark", ".", at + 1) : token("field", name, nameEnd(template, at + 1 + name.length));
  }
  if (character === "$") {
    const name = run(NAME, template, at + 1);
    return token("variable", name, nameEnd(template, at + 1 + name.length));
  }
  if (/[-+.0-9]/.test(character)) {
    const number = run(NUMBER, template, at);
    if (!/^[-+]?(?:0|[1-9][0-9]{0,14})$/.test(number)) {
      throw new Mistake(at, `${number || character} is not a decimal integer: other numbers are not supported`);
    }
    return token("number", number, at + number.length);
  }
  const word = run(NAME, template, at);
  if (word !== "") return token("word", word, nameEnd(template, at + word.length));
  if (/[=|(),]/.test(character)) return token("mark", character, at + 1);
  if (character === "'") throw new Mistake(at, "a character in single quotes is not supported");
  throw new Mistake(at, `unexpected ${JSON.stringify(character)} in an action`);
}

function run(pattern: RegExp, template: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(template)?.[0] ?? "";
}

function nameEnd(template: string, at: number): number {
  TERMINATOR.lastIndex = at;
  if (TERMINATOR.test(template)) return at;
  throw new Mistake(at, `unexpected ${JSON.stringify(template.charAt(at))} after a name`);
}
