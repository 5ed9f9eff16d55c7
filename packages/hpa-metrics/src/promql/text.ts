import { Mistake } from "./mistake";

/**
 * The offset after the quoted string that begins at `start`.
 * Source: lexString, lexRawString and lexEscape in promql/parser/lex.go of Prometheus v3.16.
 *
 * @throws Mistake at an escape that Prometheus does not know, and if the string has no end.
 */
export function endOfString(text: string, start: number): number {
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
 * The value of a quoted string literal. `\\x` and octal escapes are bytes of UTF-8. Invalid UTF-8 becomes U+FFFD. The
 * literal must have passed `endOfString`.
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

/** The text without comments and without white space that separates nothing. The text must be part of a valid query. */
export function squeeze(text: string): string {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|`[^`]*`?|#[^\r\n]*|\s+|[^"'`#\s]+/gs) ?? [];
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
  const word = /[\w.:\P{ASCII}]/u;
  const operator = /[-+*/%^=!<>~@]/;
  return (word.test(left) && word.test(right)) || (operator.test(left) && operator.test(right));
}
