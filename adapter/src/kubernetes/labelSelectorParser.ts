import { integer, type Operator, type Requirement, type Selector } from "./labelSelector.ts";
import { checkLabelKey, checkLabelValue, invalid } from "./labels.ts";

/** Result of `parseSelector`. `message` is the error message of Kubernetes. */
export type SelectorResult = { ok: true; selector: Selector } | { ok: false; message: string };

const BINARY: ReadonlyMap<string, Operator> = new Map([
  ["in", "in"],
  ["notin", "notin"],
  ["=", "="],
  ["==", "=="],
  ["!=", "!="],
  [">", "gt"],
  ["<", "lt"],
]);
const BINARY_NAMES = "in, notin, =, ==, !=, gt, lt";

class SelectorError extends Error {}

/**
 * Parses a label selector such as `env in (a,b),queue=orders,!x`.
 * The grammar, the limits and the messages are those of Kubernetes's `labels.Parse`
 * (apimachinery/pkg/labels/selector.go).
 */
export function parseSelector(text: string): SelectorResult {
  const scan = scanner(tokens(text));
  try {
    const selector = parseRequirements(scan).sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    return { ok: true, selector };
  } catch (error) {
    if (error instanceof SelectorError) return { ok: false, message: error.message };
    throw error;
  }
}

type Scanner = ReturnType<typeof scanner>;

/** Reads tokens in order. `in` and `notin` are also valid keys and values, so `in in (in)` is a valid selector. */
function scanner(list: readonly Token[]) {
  let position = 0;
  const at = (index: number): Token => list[index] ?? { kind: "end", text: "" };
  return {
    look: () => at(position),
    take: () => at(position++),
  };
}

function parseRequirements(scan: Scanner): Requirement[] {
  const requirements: Requirement[] = [];
  const first = scan.look();
  if (first.kind === "end") return requirements;
  if (first.kind !== "word" && first.text !== "!") {
    throw new SelectorError(`found '${first.text}', expected: !, identifier, or 'end of string'`);
  }
  for (;;) {
    requirements.push(parseRequirement(scan));
    const next = scan.take();
    if (next.kind === "end") return requirements;
    if (next.text !== ",") throw new SelectorError(`found '${next.text}', expected: ',' or 'end of string'`);
    const after = scan.look();
    if (after.kind !== "word" && after.text !== "!") {
      throw new SelectorError(`found '${after.text}', expected: identifier after ','`);
    }
  }
}

function parseRequirement(scan: Scanner): Requirement {
  const negated = scan.look().text === "!";
  if (negated) scan.take();
  const key = scan.take();
  if (key.kind !== "word") throw faulty(`found '${key.text}', expected: identifier`);
  const keyProblem = checkLabelKey(key.text);
  if (keyProblem) throw faulty(`<nil>: ${invalid(key.text, keyProblem)}`);
  if (negated) return { key: key.text, operator: "!", values: [] };
  const next = scan.look();
  if (next.kind === "end" || next.text === ",") return { key: key.text, operator: "exists", values: [] };

  const sign = scan.take();
  const operator = BINARY.get(sign.text);
  if (!operator) throw faulty(`found '${sign.text}', expected: ${BINARY_NAMES}`);
  const found = operator === "in" || operator === "notin" ? parseValues(scan) : [parseExactValue(scan)];
  const values = [...new Set(found)].sort();
  checkValues(key.text, operator, values);
  return { key: key.text, operator, values };
}

function parseExactValue(scan: Scanner): string {
  const next = scan.look();
  if (next.kind === "end" || next.text === ",") return "";
  scan.take();
  if (next.kind !== "word") throw faulty(`found '${next.text}', expected: identifier`);
  return next.text;
}

/** Parses a value list such as `(a,b)`. Nothing between commas or parentheses is an empty value. */
function parseValues(scan: Scanner): string[] {
  const open = scan.take();
  if (open.text !== "(") throw faulty(`found '${open.text}' expected: '('`);
  const first = scan.look();
  if (first.text === ")") {
    scan.take();
    return [""];
  }
  if (first.kind !== "word" && first.text !== ",") {
    throw faulty(`found '${first.text}', expected: ',', ')' or identifier`);
  }
  const values: string[] = [];
  for (;;) {
    const token = scan.take();
    const next = scan.look();
    if (token.kind === "word") {
      values.push(token.text);
      if (next.text !== "," && next.text !== ")") throw faulty(`found '${next.text}', expected: ',' or ')'`);
    } else if (token.text === ",") {
      if (values.length === 0 || next.text === "," || next.text === ")") values.push("");
    } else {
      throw faulty(`found '${token.text}', expected: ',', or identifier`);
    }
    if (next.text === ")") {
      scan.take();
      return values;
    }
  }
}

function checkValues(key: string, operator: Operator, values: readonly string[]): void {
  const problems: string[] = [];
  if (operator === "gt" || operator === "lt") {
    const [value = ""] = values;
    const detail = "for 'Gt', 'Lt' operators, the value must be an integer";
    if (integer(value) === undefined) problems.push(`values[0]: ${invalid(value, detail)}`);
  }
  for (const [index, value] of values.entries()) {
    const problem = checkLabelValue(value);
    if (problem) problems.push(`values[${index}][${key}]: ${invalid(value, problem)}`);
  }
  if (problems.length === 1) throw faulty(problems.join());
  if (problems.length > 1) throw faulty(`[${problems.join(", ")}]`);
}

function faulty(message: string): SelectorError {
  return new SelectorError(`unable to parse requirement: ${message}`);
}

/**
 * A token of a label selector. A word is a key, a value, `in` or `notin`.
 * A sign is one of `=`, `==`, `!=`, `!`, `<`, `>`, `(`, `)` and `,`. `end` is the end of the text.
 */
interface Token {
  readonly kind: "word" | "sign" | "end";
  readonly text: string;
}

// A NUL directly after a token separates it from the next token. A NUL anywhere else ends the text.
const TOKEN = /[ \t\r\n]*(?:(==|!=|[=!(),<>])|([^ \t\r\n=!(),<>\0]+))\0?/y;

/** Splits a selector into tokens like Kubernetes's `labels.Lexer`. Text that is not white space or a sign is a word. */
function tokens(text: string): Token[] {
  const list: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    const [, sign, word] = match;
    list.push(sign === undefined ? { kind: "word", text: word ?? "" } : { kind: "sign", text: sign });
  }
  list.push({ kind: "end", text: "" });
  return list;
}
