import { type Query, treeOf } from "./query";
import { type SyntaxNode, textOf } from "./tree";

/** How far back Prometheus looks for the last sample of an instant selector, seconds (`--query.lookback-delta`). */
const LOOKBACK = 300;
/** Step of a subquery that names none, seconds: Prometheus takes its evaluation interval, by default a minute. */
const DEFAULT_STEP = 60;

const units: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  y: 31_536_000,
};

/**
 * What a query costs Prometheus, in seconds of series that it reads: the range of each selector (five minutes for one
 * without), times the steps of the subqueries around it, added up. Each `label_replace` or `label_join` around a selector
 * counts as reading it once more, since it rewrites the labels of every series. A subquery without a selector costs its
 * steps. The text alone decides, so the cost does not depend on how many series a selector finds. Infinity where the text
 * does not say it, as in `x[step()]`.
 *
 * `rate(x[5m]) / rate(y[5m])` costs 600, and `max_over_time(rate(x[5m])[1h:1m])` 60 times 300.
 */
export function queryCost(query: Query): number {
  let cost = 0;
  treeOf(query).iterate({
    enter(node) {
      if (node.name === "VectorSelector") cost += costOf(node.node, query.text);
      else if (node.name === "SubqueryExpr" && !hasSelector(node.node)) cost += stepsOf(node.node, query.text);
    },
  });
  return cost;
}

function costOf(selector: SyntaxNode, text: string): number {
  const range = selector.parent?.name === "MatrixSelector" ? durations(selector.parent, text)[0] : LOOKBACK;
  return (range ?? Number.POSITIVE_INFINITY) * stepsOf(selector, text) * (1 + rewritesOf(selector, text));
}

/** How many functions that rewrite the labels of each series are around a selector. */
function rewritesOf(selector: SyntaxNode, text: string): number {
  let rewrites = 0;
  for (let node = selector.parent; node; node = node.parent) {
    const name = node.name === "FunctionCall" && node.getChild("FunctionIdentifier");
    if (name && /^label_(?:replace|join)$/.test(textOf(name, text))) rewrites++;
  }
  return rewrites;
}

/** How often what stands here is evaluated: the steps of all subqueries around it, itself included. */
function stepsOf(inner: SyntaxNode, text: string): number {
  let steps = 1;
  for (let node: SyntaxNode | null = inner; node; node = node.parent) {
    if (node.name !== "SubqueryExpr") continue;
    const [length = Number.POSITIVE_INFINITY, step = DEFAULT_STEP] = durations(node, text);
    steps *= Math.max(1, step > 0 ? length / step : Number.POSITIVE_INFINITY);
  }
  return steps;
}

function hasSelector(node: SyntaxNode): boolean {
  let found = false;
  node.cursor().iterate(({ name }) => {
    found ||= name === "VectorSelector";
    return !found;
  });
  return found;
}

function durations(node: SyntaxNode, text: string): number[] {
  return node.getChildren("DurationExpr").map(({ from, to }) => seconds(text.slice(from, to).trim()));
}

/** A number is seconds; sums and products of durations are not worked out. */
function seconds(text: string): number {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  const parts = [...text.matchAll(/(\d+)(ms|[smhdwy])/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join("") !== text) return Number.POSITIVE_INFINITY;
  return parts.reduce((sum, [, amount, unit = ""]) => sum + Number(amount) * (units[unit] ?? 0), 0);
}
