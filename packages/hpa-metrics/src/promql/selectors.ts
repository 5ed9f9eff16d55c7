import { type Query, treeOf } from "./query";
import { unquote } from "./text";
import { textOf } from "./tree";
import { type Condition, conditionsOf } from "./vectorSelector";

/** One selector of a query, taken apart: `requests_total{app="web"}` of `sum(rate(requests_total{app="web"}[1m]))`. */
export interface VectorSelector {
  /** As it stands in the query, without range, offset and `@`. */
  readonly text: string;
  /** The metric's name, where the selector names one; a name by a regular expression is a matcher like others. */
  readonly metric: string | undefined;
  /** The other matchers, unescaped, in the order in which they stand. */
  readonly matchers: readonly Pick<Condition, "label" | "operator" | "value">[];
}

/** The selectors of a query in the order in which they stand, each text once. */
export function selectorsOf(query: Query): VectorSelector[] {
  const { text } = query;
  const found = new Map<string, VectorSelector>();
  treeOf(query).iterate({
    enter({ name, node }) {
      if (name !== "VectorSelector") return;
      const identifier = node.getChild("Identifier");
      const quoted = node.getChild("LabelMatchers")?.getChild("QuotedLabelName");
      const conditions = conditionsOf(node, text);
      const named = conditions.find(({ label, operator }) => label === "__name__" && operator === "=");
      const metric = identifier ? textOf(identifier, text) : quoted ? unquote(textOf(quoted, text)) : named?.value;
      const matchers = conditions
        .filter((condition) => condition !== named)
        .map(({ label, operator, value }) => ({ label, operator, value }));
      found.set(textOf(node, text), { text: textOf(node, text), metric, matchers });
    },
  });
  return [...found.values()];
}
