import { parseQuery, treeOf } from "@asm-autoscaler/hpa-metrics";

type Node = ReturnType<typeof treeOf>["topNode"];

/**
 * What a query means, as a text: without white space and parentheses, with the matchers of each selector and the labels of
 * each clause in order, and with a list of literal alternatives (`=~"a|b"`) as a set, of which `="a"` is the smallest.
 * A text that is not PromQL, or of a type that is not a reading, means itself.
 */
export function meaningOf(text: string): string {
  const parsed = parseQuery(text);
  return parsed.ok ? printed(treeOf(parsed.query).topNode, parsed.query.text) : `not read: ${text.replace(/\s/g, "")}`;
}

function printed(node: Node, text: string): string {
  const parts = node.children.map((child) => printed(child, text));
  switch (node.name) {
    case "ParenExpr":
      return parts.join("");
    case "LabelMatchers":
      return `{${[...new Set(parts)].sort().join()}}`;
    case "UnquotedLabelMatcher":
      return matcher(parts);
    case "GroupingLabels":
      return `(${[...parts].sort().join()})`;
    case "AggregateExpr":
      // `sum by (a) (x)` and `sum(x) by (a)` are one.
      return `${node.name}(${[...parts].sort().join()})`;
    default:
      return node.children.length === 0 ? text.slice(node.from, node.to) : `${node.name}(${parts.join()})`;
  }
}

function matcher([label = "", operator = "", literal = ""]: readonly string[]): string {
  const value = literal.slice(1, -1);
  const isSet = /^!?=~?$|^!~$/.test(operator) && !/[^\w\-|]/.test(value);
  if (!isSet) return `${label}${operator}${literal}`;
  const values = operator.endsWith("~") ? value.split("|").sort() : [value];
  return `${label} ${operator.startsWith("!") ? "not in" : "in"} ${JSON.stringify(values)}`;
}
