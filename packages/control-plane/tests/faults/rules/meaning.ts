import { parseQuery, treeOf } from "@asm-autoscaler/hpa-metrics";

type Node = ReturnType<typeof treeOf>["topNode"];

/**
 * What a query means, as a text: without white space and parentheses, with the matchers of each selector and the labels of
 * each clause in order, and with a list of literal alternatives (`=~"a|b"`) as a set, of which `="a"` is the smallest.
 * An escaped dot in such a list is a dot: the original does not escape the names of objects, and ours does in some queries.
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
  const value = literal.slice(1, -1).replaceAll("\\\\.", ".");
  const isSet = !/[^\w\-|.]|\.\*/.test(value);
  if (!isSet) return `${label}${operator}${literal}`;
  const values = operator.endsWith("~") ? value.split("|").sort() : [value];
  return `${label} ${operator.startsWith("!") ? "not in" : "in"} ${JSON.stringify(values)}`;
}

/** The list of values of a matcher in a meaning. */
const SET = /([\w.]+) (?:not )?in (\[[^\]]*\])/g;

/**
 * Whether a query is one for several of these: they differ from it only in the values of their matchers and in the labels
 * of their clauses, and together they have just its values.
 */
export function isGroup(meaning: string, others: readonly string[]): boolean {
  const form = formOf(meaning);
  const values = valuesOf(meaning);
  const parts = others.filter((other) => formOf(other) === form).map(valuesOf);
  const within = parts.filter((own) =>
    [...own].every(([label, set]) => [...set].every((value) => values.get(label)?.has(value))),
  );
  const covers = [...values].every(([label, set]) =>
    [...set].every((value) => within.some((own) => own.get(label)?.has(value))),
  );
  return within.length > 1 && covers;
}

function formOf(meaning: string): string {
  return meaning.replace(SET, "$1").replace(/AggregateModifier\(by,\([^)]*\)\)/g, "by");
}

function valuesOf(meaning: string): Map<string, Set<string>> {
  const all = new Map<string, Set<string>>();
  for (const [, label = "", list = "[]"] of meaning.matchAll(SET)) {
    all.set(label, new Set([...(all.get(label) ?? []), ...(JSON.parse(list) as string[])]));
  }
  return all;
}
