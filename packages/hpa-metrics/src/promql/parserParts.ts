/** The parts of a query between an operator and its operand, and between `{` and `}`. */
import { type Cursor, endOf, need, needNumber, next, peek, take, unexpected } from "./cursor";
import { Mistake } from "./mistake";
import { unquote } from "./text";
import { SyntaxNode } from "./tree";

/** Parses what can follow a binary operator: `bool`, `on` or `ignoring`, `group_left` or `group_right`, and `fill`. */
export function matching(cursor: Cursor): SyntaxNode[] {
  const bool = word(cursor, "bool", "BoolModifier");
  const how = word(cursor, "on", "On") ?? word(cursor, "ignoring", "Ignoring");
  return [...(bool ? [bool] : []), ...(how ? [matched(cursor, how)] : []), ...fill(cursor)];
}

function matched(cursor: Cursor, how: SyntaxNode): SyntaxNode {
  const parts = [how, groupingLabels(cursor)];
  const group = word(cursor, "group_left", "GroupLeft") ?? word(cursor, "group_right", "GroupRight");
  if (group) parts.push(group);
  if (group && peek(cursor).is === "(") parts.push(groupingLabels(cursor));
  return new SyntaxNode("MatchingModifierClause", how.from, endOf(cursor), parts);
}

/** Parses `fill(0)`, `fill_left(0)`, `fill_right(0)`, or both of the last two in any order. */
function fill(cursor: Cursor): SyntaxNode[] {
  const { from, is } = peek(cursor);
  const first = take(cursor, "fill") ?? take(cursor, "fill_left") ?? take(cursor, "fill_right");
  if (!first) return [];
  fillValue(cursor);
  const other = is === "fill_left" ? "fill_right" : "fill_left";
  if (is !== "fill" && take(cursor, other)) fillValue(cursor);
  return [new SyntaxNode("FillModifier", from, endOf(cursor))];
}

function fillValue(cursor: Cursor): void {
  need(cursor, "(");
  if (!take(cursor, "-")) take(cursor, "+");
  needNumber(cursor, "a number");
  need(cursor, ")");
}

/** Keywords that Prometheus does not read as a label name unless they are quoted. `inf` and `nan` are numbers to it. */
const NEVER_LABELS: ReadonlySet<string> = new Set(["without"]);

/** Parses a list of label names in parentheses. */
export function groupingLabels(cursor: Cursor): SyntaxNode {
  const { from } = need(cursor, "(");
  const labels: SyntaxNode[] = [];
  while (peek(cursor).is !== ")") {
    labels.push(groupingLabel(cursor));
    if (!take(cursor, ",") && peek(cursor).is !== ")") unexpected(cursor, '"," or ")"');
  }
  next(cursor);
  return new SyntaxNode("GroupingLabels", from, endOf(cursor), labels);
}

function groupingLabel(cursor: Cursor): SyntaxNode {
  const { kind, text, from, to, is } = peek(cursor);
  if (kind === "string") {
    if (/^$|\ufffd/.test(unquote(text))) throw new Mistake(from, "the label name is not valid");
  } else if (kind === "number" || NEVER_LABELS.has(is)) {
    if (/^\w+$/.test(text) && !/^\d/.test(text)) throw new Mistake(from, `write the label name "${text}" in quotes`);
    unexpected(cursor, 'a label name or ")"');
  } else if (kind !== "name" && kind !== "keyword") unexpected(cursor, 'a label name or ")"');
  next(cursor);
  return new SyntaxNode(kind === "string" ? "QuotedLabelName" : "LabelName", from, to);
}

/** Parses the matchers of a selector. */
export function labelMatchers(cursor: Cursor): SyntaxNode {
  const { from } = need(cursor, "{");
  const matchers: SyntaxNode[] = [];
  while (peek(cursor).is !== "}") {
    matchers.push(labelMatcher(cursor));
    if (!take(cursor, ",") && peek(cursor).is !== "}") unexpected(cursor, '"," or "}"');
  }
  next(cursor);
  return new SyntaxNode("LabelMatchers", from, endOf(cursor), matchers);
}

function labelMatcher(cursor: Cursor): SyntaxNode {
  const { kind, from, to } = peek(cursor);
  if (kind !== "name" && kind !== "string") return unexpected(cursor, 'a label name or "}"');
  next(cursor);
  const isQuoted = kind === "string";
  const label = new SyntaxNode(isQuoted ? "QuotedLabelName" : "LabelName", from, to);
  const operator = ["=", "!=", "=~", "!~"].includes(peek(cursor).is) ? next(cursor) : undefined;
  if (!operator) return isQuoted ? label : unexpected(cursor, "one of = != =~ !~");
  const value = peek(cursor);
  if (value.kind !== "string") return unexpected(cursor, "a value in quotes");
  next(cursor);
  return new SyntaxNode(isQuoted ? "QuotedLabelMatcher" : "UnquotedLabelMatcher", from, value.to, [
    label,
    new SyntaxNode("MatchOp", operator.from, operator.to),
    new SyntaxNode("StringLiteral", value.from, value.to),
  ]);
}

function word(cursor: Cursor, is: string, name: string): SyntaxNode | undefined {
  const token = take(cursor, is);
  return token && new SyntaxNode(name, token.from, token.to);
}
