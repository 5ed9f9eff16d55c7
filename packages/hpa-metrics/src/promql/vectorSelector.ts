import { Mistake } from "./mistake";
import { unquote } from "./text";
import type { SyntaxNode } from "./tree";

/**
 * Checks a `VectorSelector`. It must set the metric name only once, and its regular expressions must be well formed. At
 * least one matcher must not match the empty string, because otherwise Prometheus would read every series. The matchers
 * of `info()` are an exception (`mayMatchEmpty`).
 *
 * @throws Mistake at the first error.
 */
export function checkSelector(node: SyntaxNode, text: string, mayMatchEmpty = false): void {
  const matchers = node.getChild("LabelMatchers");
  const quotedNames = matchers?.getChildren("QuotedLabelName") ?? [];
  const conditions = conditionsOf(node, text);
  for (const { operator, value, at } of conditions) if (/~/.test(operator)) checkRegExp(value, at);
  if (node.getChild("Identifier")) {
    if (quotedNames.length === 0 && conditions.every(({ label }) => label !== "__name__")) return;
    throw new Mistake(node.from, "the metric's name is given twice");
  }
  if (!mayMatchEmpty && quotedNames.length === 0 && conditions.every(matchesEmpty)) {
    throw new Mistake(node.from, "a selector needs a metric name or a matcher that does not match the empty string");
  }
}

/** The matchers of a `VectorSelector` except the metric name, unquoted and unescaped. */
export function conditionsOf(node: SyntaxNode, text: string): Condition[] {
  const matchers = node.getChild("LabelMatchers");
  return [
    ...(matchers?.getChildren("UnquotedLabelMatcher") ?? []),
    ...(matchers?.getChildren("QuotedLabelMatcher") ?? []),
  ].map((matcher) => readMatcher(matcher, text));
}

/** One matcher of a selector. */
export interface Condition {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
  /** The offset of the value in the query's text. */
  readonly at: number;
}

function readMatcher(matcher: SyntaxNode, text: string): Condition {
  const part = (name: string) => {
    const node = matcher.getChild(name);
    return node ? text.slice(node.from, node.to) : "";
  };
  const label = matcher.name === "QuotedLabelMatcher" ? unquote(part("QuotedLabelName")) : part("LabelName");
  const at = matcher.getChild("StringLiteral")?.from ?? matcher.from;
  return { label, operator: part("MatchOp"), value: unquote(part("StringLiteral")), at };
}

/** RE2 syntax that JavaScript regular expressions do not have or read differently. Prometheus checks such a value. */
const foreign = /\(\?|\\[QAzC]|\\x\{|\[\[:|(?:[\^$]|\\[bB])[*+?{]|\[\^?\]/;

function checkRegExp(value: string, at: number): void {
  if (foreign.test(value)) return;
  try {
    new RegExp(value);
  } catch {
    throw new Mistake(at, "the value is no regular expression");
  }
}

/**
 * Reports whether the matcher certainly matches the empty string. A regular expression is never executed here: anyone
 * who can write an HPA could write one that runs forever. Only a few common expressions are recognized. Prometheus
 * itself rejects the others.
 */
function matchesEmpty({ operator, value }: Condition): boolean {
  if (operator === "=") return value === "";
  if (operator === "!=") return value !== "";
  if (value === "" || value === ".*") return operator === "=~";
  return operator === "!~" && (value === ".+" || /^[\w|-]+$/.test(value)) && !value.split("|").includes("");
}
