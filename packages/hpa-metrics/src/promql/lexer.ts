/**
 * Splits a query into tokens exactly as Prometheus's lexer does.
 * Source: promql/parser/lex.go of Prometheus v3.16.
 */
import { Mistake, positionOf } from "./mistake";
import { endOfNumber } from "./number";
import { endOfString } from "./text";

/** One token: a word, number, string or sign. The last token of a query is its end, with an empty text. */
export interface Token {
  readonly kind: "name" | "keyword" | "number" | "string" | "sign" | "end";
  readonly text: string;
  /** Offset in the query's text. */
  readonly from: number;
  readonly to: number;
  /** The keyword in lower case, or the text of a sign. Empty for other tokens. */
  readonly is: string;
}

const KEYWORDS: ReadonlySet<string> = new Set(
  `and or unless atan2 sum avg count min max group stddev stdvar topk bottomk count_values quantile limitk limit_ratio
  offset smoothed anchored by without on ignoring group_left group_right fill fill_left fill_right bool start end step
  range max_of min_of`.split(/\s+/),
);
const DURATION_FUNCTIONS: ReadonlySet<string> = new Set(["step", "range", "max_of", "min_of"]);

/** Maximum depth of nested brackets. No practical query reaches it. It limits the recursion of the parser. */
const DEEPEST = 100;

// A name of Prometheus's option promql-unquoted-utf8-names. Without that option a server rejects dots and other letters.
const NAME = /[\p{L}_:][\p{L}\d_:.]*/uy;
const NAME_IN_BRACES = /[\p{L}_][\p{L}\d_.]*/uy;
const WORD = /[a-zA-Z_]+/y;
const SIGN = /==|!=|<=|<\/|>=|>\/|[-,*/%+^=<>()[\]{}@]/y;
const SIGN_IN_BRACES = /=~|!~|!=|[=,{}]/y;
const SIGN_IN_BRACKETS = /[-,*/%+^():\]]/y;
const SPACE = /(?:[ \t\r\n]|#[^\r\n]*(?:[\r\n]|$))*/y;
const SPACE_BEFORE_RANGE = /[ \t\r\n]*/y;

interface State {
  readonly text: string;
  at: number;
  /** Brackets that are open, from the outermost. */
  readonly open: Token[];
  /** Whether the innermost range or subquery has a number already. Prometheus allows no comment before it. */
  hasNumber: boolean;
}

/**
 * The tokens of a query, without white space and comments.
 *
 * @throws Mistake at the first character that Prometheus's lexer does not accept, and at brackets that do not match.
 */
export function tokensOf(text: string): Token[] {
  const state: State = { text, at: 0, open: [], hasNumber: false };
  const tokens: Token[] = [];
  for (;;) {
    const inRange = state.open.some(({ text }) => text === "[");
    match(inRange && !state.hasNumber ? SPACE_BEFORE_RANGE : SPACE, state);
    if (state.at >= text.length) break;
    const token = nextToken(state, inRange);
    state.at = token.to;
    if (token.kind === "number") state.hasNumber = true;
    if (token.kind === "sign") bracket(token, state);
    tokens.push(token);
  }
  const unclosed = state.open.at(-1);
  if (unclosed) throw new Mistake(unclosed.from, `this "${unclosed.text}" is never closed`);
  return [...tokens, tokenAt(state, "end", text.length)];
}

function nextToken(state: State, inRange: boolean): Token {
  const { text, at } = state;
  const first = text.charAt(at);
  if (/["'`]/.test(first)) return tokenAt(state, "string", endOfString(text, at));
  const inBraces = state.open.at(-1)?.text === "{";
  if (inBraces) return name(state, NAME_IN_BRACES) ?? sign(state, SIGN_IN_BRACES) ?? unexpected(state);
  if (/\d/.test(first) || /^\.\d/.test(text.slice(at, at + 2))) return number(state);
  if (inRange) return durationFunction(state) ?? sign(state, SIGN_IN_BRACKETS) ?? unexpected(state);
  return word(state) ?? sign(state, SIGN) ?? unexpected(state);
}

function tokenAt({ text, at }: State, kind: Token["kind"], to: number, is = ""): Token {
  return { kind, text: text.slice(at, to), from: at, to, is };
}

/** Moves behind the pattern. Returns the offset there, or undefined if the text does not continue with the pattern. */
function match(pattern: RegExp, state: State): number | undefined {
  pattern.lastIndex = state.at;
  if (!pattern.test(state.text)) return undefined;
  const end = pattern.lastIndex;
  if (pattern === SPACE || pattern === SPACE_BEFORE_RANGE) state.at = end;
  return end;
}

function number(state: State): Token {
  const end = endOfNumber(state.text, state.at);
  if (end !== undefined) return tokenAt(state, "number", end);
  const found = /^[\w.]{1,30}/.exec(state.text.slice(state.at))?.[0] ?? "";
  throw new Mistake(state.at, `"${found}" is not a number or a duration such as 5m`);
}

function name(state: State, pattern: RegExp): Token | undefined {
  const end = match(pattern, state);
  return end === undefined ? undefined : tokenAt(state, "name", end);
}

function word(state: State): Token | undefined {
  const token = name(state, NAME);
  if (!token) return undefined;
  // Without the option for names with dots, Prometheus reads `bool.5` as a keyword and a number.
  const split = /^(?:bool|offset|atan2)(?=\.\d)/i.exec(token.text)?.[0];
  if (split) throw new Mistake(token.from + split.length, `write a space after "${split}"`);
  if (/\P{ASCII}/u.test(token.text)) return token;
  const lower = token.text.toLowerCase();
  if (lower === "inf" || lower === "nan") return { ...token, kind: "number" };
  const isFill = /^fill(?:_left|_right)?$/.test(lower);
  if (!KEYWORDS.has(lower) || (isFill && !/^[ \t\r\n]*\(/.test(state.text.slice(token.to)))) return token;
  return { ...token, kind: "keyword", is: lower };
}

function durationFunction(state: State): Token | undefined {
  const end = match(WORD, state);
  const lower = state.text.slice(state.at, end).toLowerCase();
  return end !== undefined && DURATION_FUNCTIONS.has(lower) ? tokenAt(state, "keyword", end, lower) : undefined;
}

function sign(state: State, pattern: RegExp): Token | undefined {
  const end = match(pattern, state);
  return end === undefined ? undefined : tokenAt(state, "sign", end, state.text.slice(state.at, end));
}

function unexpected({ text, at, open }: State): never {
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  if (character === "#") throw new Mistake(at, "a comment is not allowed before the duration in [ ]");
  if (/[a-zA-Z]/.test(character) && open.some(({ text }) => text === "["))
    throw new Mistake(at, `unexpected "${/^\w{1,30}/.exec(text.slice(at))?.[0]}", expected a duration such as 5m`);
  throw new Mistake(at, `unexpected character ${shown(character)}`);
}

function shown(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  if (/[\p{C}\p{Z}]/u.test(character)) return `U+${code}`;
  return /[ -~]/.test(character) ? `"${character}"` : `"${character}" (U+${code})`;
}

const CLOSING: ReadonlyMap<string, string> = new Map([
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
]);

/** Notes an open bracket, and checks that a closing one matches. */
function bracket(token: Token, state: State): void {
  if (CLOSING.has(token.text)) {
    state.open.push(token);
    if (token.text === "[") state.hasNumber = false;
    if (state.open.length > DEEPEST) throw new Mistake(token.from, `brackets are nested deeper than ${DEEPEST}`);
  } else if (/[)\]}]/.test(token.text)) closeBracket(state, token);
}

function closeBracket({ text, open }: State, { text: bracket, from }: Token): void {
  const opened = open.pop();
  if (!opened) throw new Mistake(from, `unexpected "${bracket}": no bracket is open here`);
  const expected = CLOSING.get(opened.text);
  if (bracket === expected) return;
  const { line, column } = positionOf(text, opened.from);
  throw new Mistake(
    from,
    `unexpected "${bracket}", expected "${expected}" for the "${opened.text}" at line ${line}, column ${column}`,
  );
}
