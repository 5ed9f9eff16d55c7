import { type Query, treeOf } from "./query";
import { unquote } from "./text";
import { nodesNamed, textOf } from "./tree";
import { type Condition, conditionsOf } from "./vectorSelector";

/**
 * One selector of a query, parsed. For example, `requests_total{app="web"}` in
 * `sum(rate(requests_total{app="web"}[1m]))`.
 */
export interface VectorSelector {
  /** The text of the selector in the query, without range, offset and `@`. */
  readonly text: string;
  /** The metric name, if the selector sets one. A regular expression for the name is one of the matchers. */
  readonly metric: string | undefined;
  /** The other matchers, unescaped, in the order of the query. */
  readonly matchers: readonly Pick<Condition, "label" | "operator" | "value">[];
}

/** The selectors of a query in the order of the query, without duplicates. */
export function selectorsOf(query: Query): VectorSelector[] {
  const { text } = query;
  const found = new Map<string, VectorSelector>();
  for (const node of nodesNamed(treeOf(query), "VectorSelector")) {
    const identifier = node.getChild("Identifier");
    const quoted = node.getChild("LabelMatchers")?.getChild("QuotedLabelName");
    const conditions = conditionsOf(node, text);
    const named = conditions.find(({ label, operator }) => label === "__name__" && operator === "=");
    const metric = identifier ? textOf(identifier, text) : quoted ? unquote(textOf(quoted, text)) : named?.value;
    const matchers = conditions
      .filter((condition) => condition !== named)
      .map(({ label, operator, value }) => ({ label, operator, value }));
    found.set(textOf(node, text), { text: textOf(node, text), metric, matchers });
  }
  return [...found.values()];
}
