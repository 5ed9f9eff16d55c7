/**
 * The lexical checks: strings, comments and brackets, read exactly as Prometheus's lexer reads them. The grammar of
 * `@prometheus-io/lezer-promql` is less strict, because it was made for an editor. A text that passes these checks has
 * the same meaning in both, so a check of the syntax tree is a check of the query that Prometheus runs.
 * Source: promql/parser/lex.go of Prometheus v3.
 */
import { Mistake, positionOf } from "./mistake";

const closing: ReadonlyMap<string, string> = new Map([
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
]);

/**
 * Maximum depth of nested brackets. No practical query reaches it. It limits the work of all code that visits the tree.
 */
const deepest = 100;

/**
 * Checks strings, comments, characters and the pairing of brackets.
 *
 * @throws Mistake at the first error.
 */
export function checkText(text: string): void {
  const open: { bracket: string; at: number }[] = [];
  // The grammar checks everything else: names, numbers and operators.
  const notable = /["'`#()[\]{}]|[^\x20-\x7e\t\r\n]/gu;
  for (let match = notable.exec(text); match; match = notable.exec(text)) {
    const [character] = match;
    const at = match.index;
    if (character === '"' || character === "'" || character === "`") notable.lastIndex = endOfString(text, at);
    else if (character === "#" && open.at(-1)?.bracket === "[") {
      throw new Mistake(at, "a comment is not allowed inside [ ]");
    } else if (character === "#") notable.lastIndex = endOfComment(text, at);
    else if (closing.has(character)) {
      open.push({ bracket: character, at });
      if (open.length > deepest) throw new Mistake(at, `brackets are nested deeper than ${deepest}`);
    } else if (/[)\]}]/.test(character)) closeBracket(text, open.pop(), character, at);
    else throw new Mistake(at, `unexpected character ${named(character)}: outside quotes only ASCII is allowed`);
  }
  const unclosed = open.at(-1);
  if (unclosed) throw new Mistake(unclosed.at, `this "${unclosed.bracket}" is never closed`);
}

function closeBracket(text: string, open: { bracket: string; at: number } | undefined, bracket: string, at: number) {
  if (!open) throw new Mistake(at, `unexpected "${bracket}": no bracket is open here`);
  const expected = closing.get(open.bracket);
  if (bracket === expected) return;
  const { line, column } = positionOf(text, open.at);
  throw new Mistake(
    at,
    `unexpected "${bracket}", expected "${expected}" for the "${open.bracket}" at line ${line}, column ${column}`,
  );
}

/** The offset after the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  const quote = text.charAt(start);
  const special = quote === "`" ? /[`\ufffd]/g : /["'\\\n\ufffd]/g;
  special.lastIndex = start + 1;
  for (let match = special.exec(text); match; match = special.exec(text)) {
    const [character] = match;
    if (character === quote) return special.lastIndex;
    if (character === "\ufffd") throw new Mistake(match.index, "U+FFFD in a string must be written as \\ufffd");
    if (character === "\n") break;
    if (character === "\\") special.lastIndex = endOfEscape(text, match.index, quote);
  }
  throw new Mistake(start, `this ${quote} is never closed${quote === "`" ? "" : " on its line"}`);
}

function endOfEscape(text: string, at: number, quote: string): number {
  const forms = /^(?:[abfnrtv\\"']|[0-3][0-7]{2}|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8})/;
  const sequence = forms.exec(text.slice(at + 1, at + 10))?.[0] ?? "";
  const foreignQuote = /["']/.test(sequence) && sequence !== quote;
  const code = /^[uU]/.test(sequence) ? Number.parseInt(sequence.slice(1), 16) : 0;
  if (sequence === "" || foreignQuote || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
    throw new Mistake(at, `unknown escape ${text.slice(at, at + 2)} in a string: write \\\\ for a backslash`);
  }
  return at + 1 + sequence.length;
}

/**
 * The offset of the end of the comment. Prometheus ends a comment at a carriage return, but the grammar does not.
 * Without this check, Prometheus would run the text after the carriage return unchecked.
 */
function endOfComment(text: string, start: number): number {
  const end = text.indexOf("\n", start) === -1 ? text.length : text.indexOf("\n", start);
  const hidden = text.slice(start, end).search(/\r(?!$)/);
  if (hidden !== -1) throw new Mistake(start + hidden, "unexpected carriage return inside a comment");
  return end;
}

function named(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return /[\p{C}\p{Z}]/u.test(character) ? `U+${code}` : `"${character}" (U+${code})`;
}

/**
 * The value of a quoted string literal. `\\x` and octal escapes are bytes of UTF-8. Invalid UTF-8 becomes U+FFFD. The
 * literal must have passed `checkText`.
 */
export function unquote(literal: string): string {
  const body = literal.slice(1, -1);
  if (literal.startsWith("`")) return body;
  return body.replace(
    /((?:\\(?:[0-7]{3}|x.{2}))+)|\\(?:([abfnrtv])|(?:u(.{4})|U(.{8}))|(.))/g,
    (_, bytes, letter, u, U, other) => {
      if (bytes !== undefined) return utf8(bytes);
      if (letter !== undefined) return controls.get(letter) ?? "";
      return other ?? String.fromCodePoint(Number.parseInt(u ?? U, 16));
    },
  );
}

function utf8(escapes: string): string {
  const bytes = escapes.split("\\").slice(1);
  const values = bytes.map((byte) =>
    byte.startsWith("x") ? Number.parseInt(byte.slice(1), 16) : Number.parseInt(byte, 8),
  );
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(values));
}

const controls: ReadonlyMap<string, string> = new Map([
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
]);

/** The text without comments and without white space that separates nothing. The text must have passed `checkText`. */
export function squeeze(text: string): string {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|`[^`]*`?|#[^\n]*|\s+|[^"'`#\s]+/gs) ?? [];
  let squeezed = "";
  let gap = false;
  for (const token of tokens) {
    if (/^[#\s]/.test(token)) {
      gap = true;
      continue;
    }
    if (gap && joins(squeezed.at(-1) ?? "", token.charAt(0))) squeezed += " ";
    squeezed += token;
    gap = false;
  }
  return squeezed;
}

/** Reports whether two characters would become one word or operator if the space between them were removed. */
function joins(left: string, right: string): boolean {
  return (/[\w.:]/.test(left) && /[\w.:]/.test(right)) || (/[-+*/%^=!<>~@]/.test(left) && /[-+*/%^=!<>~@]/.test(right));
}
