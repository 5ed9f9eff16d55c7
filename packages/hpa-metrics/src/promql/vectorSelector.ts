import { Mistake } from "./mistake";
import { unquote } from "./text";
import type { SyntaxNode } from "./tree";

/**
 * Checks a `VectorSelector`: its metric name is given once, its regular expressions are well formed, and not all of its
 * matchers match the empty string, since then Prometheus would have to read every series it has.
 *
 * @throws Mistake where it is wrong.
 */
export function checkSelector(node: SyntaxNode, text: string): void {
  const matchers = node.getChild("LabelMatchers");
  const quotedNames = matchers?.getChildren("QuotedLabelName") ?? [];
  const conditions = conditionsOf(node, text);
  for (const { operator, value, at } of conditions) if (/~/.test(operator)) checkRegExp(value, at);
  if (node.getChild("Identifier")) {
    if (quotedNames.length === 0 && conditions.every(({ label }) => label !== "__name__")) return;
    throw new Mistake(node.from, "the metric's name is given twice");
  }
  if (quotedNames.length === 0 && conditions.every(matchesEmpty)) {
    throw new Mistake(node.from, "a selector needs a metric name or a matcher that does not match the empty string");
  }
}

/** The matchers of a `VectorSelector` but for the metric's name, unquoted and unescaped. */
export function conditionsOf(node: SyntaxNode, text: string): Condition[] {
  const matchers = node.getChild("LabelMatchers");
  return [
    ...(matchers?.getChildren("UnquotedLabelMatcher") ?? []),
    ...(matchers?.getChildren("QuotedLabelMatcher") ?? []),
  ].map((matcher) => readMatcher(matcher, text));
}

/** One matcher as it stands in a selector. */
export interface Condition {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
  /** Offset of the value. */
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

/** Forms of RE2 that our regular expressions lack or read otherwise; such a value is left to Prometheus. */
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
 * Whether the matcher surely matches the empty string. A regular expression is not tried out: whoever may write an HPA could
 * write one that takes for ever. Of others than these few Prometheus itself says it.
 */
function matchesEmpty({ operator, value }: Condition): boolean {
  if (operator === "=") return value === "";
  if (operator === "!=") return value !== "";
  if (value === "" || value === ".*") return operator === "=~";
  return operator === "!~" && (value === ".+" || /^[\w|-]+$/.test(value)) && !value.split("|").includes("");
}
