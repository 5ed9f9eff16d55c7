import { numberValue } from "./number";
import { type Query, treeOf } from "./query";
import { type SyntaxNode, textOf } from "./tree";

/** How far back an instant selector looks for its last sample, in seconds (`--query.lookback-delta` of Prometheus). */
const LOOKBACK = 300;
/**
 * Step of a subquery that does not set one, in seconds. Prometheus uses its evaluation interval, by default one minute.
 */
const DEFAULT_STEP = 60;

/**
 * Estimates the cost of a query, in seconds of series that Prometheus reads. The cost is the sum over all selectors:
 * the range of the selector (five minutes if it has none), times the steps of the subqueries around it. Each
 * `label_replace` or `label_join` around a selector counts as one more read of it, because the function rewrites the
 * labels of every series. A subquery without a selector costs its number of steps.
 *
 * The estimate uses only the text, so it does not depend on how many series a selector finds. The cost is Infinity if
 * the text does not determine it, as in `x[step()]` or an unparsed query.
 *
 * `rate(x[5m]) / rate(y[5m])` costs 600, and `max_over_time(rate(x[5m])[1h:1m])` costs 60 times 300.
 */
export function queryCost(query: Query): number {
  if (query.isUnparsed) return Number.POSITIVE_INFINITY;
  let cost = 0;
  treeOf(query).topNode.visit((node) => {
    if (node.name === "VectorSelector") cost += costOf(node, query.text);
    else if (node.name === "SubqueryExpr" && !hasSelector(node)) cost += stepsOf(node, query.text);
    return true;
  });
  return cost;
}

function costOf(selector: SyntaxNode, text: string): number {
  return rangeSecondsOf(selector, text) * stepsOf(selector, text) * (1 + rewritesOf(selector, text));
}

/** How far back a `VectorSelector` reads, in seconds. Infinity if the text does not determine it. */
export function rangeSecondsOf(selector: SyntaxNode, text: string): number {
  let inner = selector;
  while (/^(?:Anchored|Smoothed)Expr$/.test(inner.parent?.name ?? "")) inner = inner.parent ?? inner;
  const range = inner.parent?.name === "MatrixSelector" ? durations(inner.parent, text)[0] : LOOKBACK;
  return range ?? Number.POSITIVE_INFINITY;
}

/** The number of functions around a selector that rewrite the labels of each series. */
function rewritesOf(selector: SyntaxNode, text: string): number {
  let rewrites = 0;
  for (let node = selector.parent; node; node = node.parent) {
    const name = node.name === "FunctionCall" && node.getChild("FunctionIdentifier");
    if (name && /^label_(?:replace|join)$/.test(textOf(name, text))) rewrites++;
  }
  return rewrites;
}

/** How often the node is evaluated: the product of the steps of all subqueries around it, including the node itself. */
function stepsOf(inner: SyntaxNode, text: string): number {
  let steps = 1;
  for (let node: SyntaxNode | undefined = inner; node; node = node.parent) {
    if (node.name !== "SubqueryExpr") continue;
    const [length = Number.POSITIVE_INFINITY, step = DEFAULT_STEP] = durations(node, text);
    steps *= Math.max(1, step > 0 ? length / step : Number.POSITIVE_INFINITY);
  }
  return steps;
}

function hasSelector(node: SyntaxNode): boolean {
  let found = false;
  node.visit(({ name }) => {
    found ||= name === "VectorSelector";
    return !found;
  });
  return found;
}

function durations(node: SyntaxNode, text: string): number[] {
  return node.getChildren("DurationExpr").map(({ from, to }) => seconds(text.slice(from, to).trim()));
}

/** The value of a duration that is one number. Infinity for sums and products of durations, which are not evaluated. */
function seconds(text: string): number {
  const value = numberValue(text) ?? Number.POSITIVE_INFINITY;
  return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
}
