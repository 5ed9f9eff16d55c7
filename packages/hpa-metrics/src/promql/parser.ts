/**
 * Parses a query to its syntax tree, as Prometheus does. In particular, modifiers bind to the selector before them:
 * `a + b offset 5m` is a sum.
 * Source: promql/parser/generated_parser.y of Prometheus v3.16.
 */
import { nearest } from "../nearest";
import { type Cursor, endOf, enter, leave, need, needNumber, next, peek, take, unexpected } from "./cursor";
import { offsetDuration, rangeDuration } from "./durationExpression";
import { aggregations, functions } from "./functions";
import { type Token, tokensOf } from "./lexer";
import { Mistake } from "./mistake";
import { groupingLabels, labelMatchers, matching } from "./parserParts";
import { SyntaxNode, type Tree } from "./tree";

/** The node name and the precedence of each binary operator. */
const OPERATORS: ReadonlyMap<string, readonly [name: string, precedence: number]> = new Map([
  ["or", ["Or", 1]],
  ["and", ["And", 2]],
  ["unless", ["Unless", 2]],
  ["==", ["Eql", 3]],
  ["!=", ["Neq", 3]],
  [">", ["Gtr", 3]],
  ["<", ["Lss", 3]],
  [">=", ["Gte", 3]],
  ["<=", ["Lte", 3]],
  ["</", ["TrimUpper", 3]],
  [">/", ["TrimLower", 3]],
  ["+", ["Add", 4]],
  ["-", ["Sub", 4]],
  ["*", ["Mul", 5]],
  ["/", ["Div", 5]],
  ["%", ["Mod", 5]],
  ["atan2", ["Atan2", 5]],
  ["^", ["Pow", 6]],
]);
/** A sign binds as tightly as `*`, so its operand contains only `^`. */
const SIGNED = 6;

/** Keywords that cannot be the name of a metric. */
const NEVER_METRICS: ReadonlySet<string> = new Set(["atan2", "bool", "group_left", "group_right", "ignoring", "on"]);
/** Keywords that are also functions. */
const FUNCTION_KEYWORDS: ReadonlySet<string> = new Set(["start", "end", "step", "range", "max_of", "min_of"]);

/**
 * Parses a text to its syntax tree.
 *
 * @throws Mistake at the first error.
 */
export function parseText(text: string): Tree {
  const cursor: Cursor = { tokens: tokensOf(text), index: 0, depth: 0 };
  if (peek(cursor).kind === "end") throw new Mistake(0, "the query has no expression");
  const expression = expr(cursor, 0);
  if (peek(cursor).kind !== "end") unexpected(cursor, "an operator or the end of the expression");
  return { topNode: new SyntaxNode("PromQL", 0, text.length, [expression]) };
}

/** Parses an expression whose operators all have at least this precedence. */
function expr(cursor: Cursor, least: number): SyntaxNode {
  const { from } = peek(cursor);
  enter(cursor);
  let left = signed(cursor);
  for (;;) {
    const operator = peek(cursor);
    const [name, precedence] = OPERATORS.get(operator.is) ?? [];
    if (name === undefined || precedence === undefined || precedence < least) break;
    next(cursor);
    const modifiers = matching(cursor);
    // `^` is the only operator that groups from the right.
    const right = expr(cursor, operator.is === "^" ? precedence : precedence + 1);
    const parts = [left, new SyntaxNode(name, operator.from, operator.to), ...modifiers, right];
    left = new SyntaxNode("BinaryExpr", from, endOf(cursor), parts);
  }
  leave(cursor);
  return left;
}

function signed(cursor: Cursor): SyntaxNode {
  const sign = take(cursor, "-") ?? take(cursor, "+");
  if (!sign) return modified(cursor, primary(cursor));
  const operand = expr(cursor, SIGNED);
  return new SyntaxNode("UnaryExpr", sign.from, endOf(cursor), [leaf("UnaryOp", sign), operand]);
}

/** Parses what can follow an expression: ranges, offsets, `@`, `anchored` and `smoothed`. */
function modified(cursor: Cursor, operand: SyntaxNode): SyntaxNode {
  const wrap = (name: string, ...more: SyntaxNode[]) =>
    new SyntaxNode(name, operand.from, endOf(cursor), [operand, ...more]);
  if (take(cursor, "[")) return modified(cursor, range(cursor, operand));
  if (take(cursor, "offset")) return modified(cursor, wrap("OffsetExpr", offsetDuration(cursor)));
  if (take(cursor, "anchored")) return modified(cursor, wrap("AnchoredExpr"));
  if (take(cursor, "smoothed")) return modified(cursor, wrap("SmoothedExpr"));
  if (!take(cursor, "@")) return operand;
  timestamp(cursor);
  return modified(cursor, wrap("StepInvariantExpr"));
}

function range(cursor: Cursor, operand: SyntaxNode): SyntaxNode {
  const length = rangeDuration(cursor);
  const isSubquery = take(cursor, ":");
  const step = isSubquery && peek(cursor).is !== "]" ? [rangeDuration(cursor)] : [];
  need(cursor, "]");
  return new SyntaxNode(isSubquery ? "SubqueryExpr" : "MatrixSelector", operand.from, endOf(cursor), [
    operand,
    length,
    ...step,
  ]);
}

function timestamp(cursor: Cursor): void {
  if (take(cursor, "start") || take(cursor, "end")) {
    need(cursor, "(");
    need(cursor, ")");
    return;
  }
  const { from } = take(cursor, "-") ?? take(cursor, "+") ?? peek(cursor);
  const seconds = needNumber(cursor, "a timestamp, start() or end()");
  // Source: setTimestamp in promql/parser/parse.go.
  if (!(Math.abs(seconds) < 2 ** 63)) throw new Mistake(from, "the timestamp after @ is out of range");
}

function primary(cursor: Cursor): SyntaxNode {
  const token = peek(cursor);
  if (token.kind === "number") {
    needNumber(cursor, "a number");
    return leaf("NumberDurationLiteral", token);
  }
  if (token.kind === "string") return leaf("StringLiteral", next(cursor));
  if (take(cursor, "(")) {
    const inner = expr(cursor, 0);
    need(cursor, ")", 'an operator or ")"');
    return new SyntaxNode("ParenExpr", token.from, endOf(cursor), [inner]);
  }
  if (token.is === "{") {
    const matchers = labelMatchers(cursor);
    return new SyntaxNode("VectorSelector", token.from, endOf(cursor), [matchers]);
  }
  if (token.kind === "name" || token.kind === "keyword") return named(cursor);
  return unexpected(cursor, "an expression");
}

/** Parses what begins with a word: an aggregation, a function call or a selector. */
function named(cursor: Cursor): SyntaxNode {
  const token = next(cursor);
  const isCall = peek(cursor).is === "(";
  const isAggregation = isCall || /^(?:by|without)$/.test(peek(cursor).is);
  if (aggregations.has(token.is) && isAggregation) return aggregation(cursor, token);
  if (isCall && (token.kind === "name" || FUNCTION_KEYWORDS.has(token.is))) return call(cursor, token);
  if (NEVER_METRICS.has(token.is)) {
    cursor.index--;
    return unexpected(cursor, "an expression");
  }
  const matchers = peek(cursor).is === "{" ? [labelMatchers(cursor)] : [];
  return new SyntaxNode("VectorSelector", token.from, endOf(cursor), [leaf("Identifier", token), ...matchers]);
}

function call(cursor: Cursor, name: Token): SyntaxNode {
  if (!functions.has(name.text)) {
    const known = nearest(name.text.toLowerCase(), [...functions.keys(), ...aggregations.keys()]);
    const hint = known === undefined ? "" : `, did you mean "${known}"?`;
    throw new Mistake(name.from, `unknown function "${name.text}"${hint}`);
  }
  const body = callBody(cursor);
  return new SyntaxNode("FunctionCall", name.from, endOf(cursor), [leaf("FunctionIdentifier", name), body]);
}

function aggregation(cursor: Cursor, name: Token): SyntaxNode {
  const before = aggregateModifier(cursor);
  const body = callBody(cursor);
  const after = before.length === 0 ? aggregateModifier(cursor) : [];
  const parts = [leaf("AggregateOp", name), ...before, body, ...after];
  return new SyntaxNode("AggregateExpr", name.from, endOf(cursor), parts);
}

function aggregateModifier(cursor: Cursor): SyntaxNode[] {
  const word = take(cursor, "by") ?? take(cursor, "without");
  if (!word) return [];
  const parts = [leaf(word.is === "by" ? "By" : "Without", word), groupingLabels(cursor)];
  return [new SyntaxNode("AggregateModifier", word.from, endOf(cursor), parts)];
}

function callBody(cursor: Cursor): SyntaxNode {
  const { from } = need(cursor, "(");
  const operands: SyntaxNode[] = [];
  if (peek(cursor).is !== ")") {
    do operands.push(expr(cursor, 0));
    while (take(cursor, ","));
  }
  need(cursor, ")", 'an operator, "," or ")"');
  return new SyntaxNode("FunctionCallBody", from, endOf(cursor), operands);
}

function leaf(name: string, { from, to }: Token): SyntaxNode {
  return new SyntaxNode(name, from, to);
}
