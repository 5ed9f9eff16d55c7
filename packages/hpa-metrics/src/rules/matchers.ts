import type { ExternalMetric, MatchExpression } from "../annotations/spec";
import { type Problem, problem } from "../problem";
import { goQuoted } from "./goQuoted";

/** Matchers of PromQL, and the values by label for templates. */
interface Matchers {
  readonly texts: readonly string[];
  /** Values of one label, joined by `|`. */
  readonly values: ReadonlyMap<string, string>;
}

export type MatchersResult = ({ readonly ok: true } & Matchers) | { readonly ok: false; readonly problem: Problem };

/** The terms of a selector of an HPA's metric, in the form in which rules take them. */
export function selectorTerms({
  matchLabels = {},
  matchExpressions = [],
}: Pick<ExternalMetric, "matchLabels" | "matchExpressions">): MatchExpression[] {
  const labels = Object.entries(matchLabels).map(([key, value]) => ({ key, operator: "=", values: [value] }));
  return [...labels, ...matchExpressions];
}

/** Operators of selectors by the names that requests and objects of the API have for them. */
const OPERATORS: ReadonlyMap<string, "equals" | "differs" | "in" | "notIn" | "exists" | "absent"> = new Map([
  ["=", "equals"],
  ["==", "equals"],
  ["!=", "differs"],
  ["in", "in"],
  ["In", "in"],
  ["notin", "notIn"],
  ["NotIn", "notIn"],
  ["exists", "exists"],
  ["Exists", "exists"],
  ["!", "absent"],
  ["DoesNotExist", "absent"],
]);

/** Characters of a label's value in Kubernetes. None of them ends a text in PromQL. */
const LABEL_VALUE = /^[A-Za-z0-9._-]*$/;
/** Characters of the names of objects. Names of roles have `:`. */
const OBJECT_NAME = /^[A-Za-z0-9._:-]+$/;
const PROMETHEUS_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * The matchers for a selector of a metric, in the order of their labels. Values are not escaped as regular expressions: in
 * prometheus-adapter too, `In` with the value `5.0` also selects `500`.
 * Source: pkg/naming/metrics_query.go of prometheus-adapter v0.12.0.
 *
 * @param place The rule, for problems.
 */
export function matchersOf(selector: readonly MatchExpression[], place: string): MatchersResult {
  const texts: string[] = [];
  const values = new Map<string, string>();
  for (const { key, operator, values: given = [] } of [...selector].sort(byKey)) {
    const sorted = [...new Set(given)].sort();
    const matcher = matcherOf(operator, sorted);
    if ("why" in matcher) {
      const message = `the requirement ${key} ${operator} (${sorted.join(",")}) of the selector cannot be in a query`;
      return { ok: false, problem: problem("ASM_RULE_SELECTOR", `${message} of ${place}: ${matcher.why}`) };
    }
    const value = sorted.join("|");
    texts.push(`${key}${matcher.operator}${goQuoted(value)}`);
    values.set(key, value);
  }
  return { ok: true, texts, values };
}

function byKey(a: MatchExpression, b: MatchExpression): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

function matcherOf(operator: string, values: readonly string[]): { operator: string } | { why: string } {
  const known = OPERATORS.get(operator);
  if (!values.every((value) => LABEL_VALUE.test(value)))
    return { why: "it has a value that no label in Kubernetes has" };
  if (known === undefined) return { why: `PromQL has no operator for ${operator}` };
  if (known === "exists" || known === "absent") {
    return values.length === 0 ? { operator: known === "exists" ? "!=" : "=" } : { why: "it has values" };
  }
  if (values.length === 0) return { why: "it has no values" };
  const isOne = values.length === 1;
  if (known === "equals") return { operator: isOne ? "=" : "=~" };
  if (known === "differs") return { operator: isOne ? "!=" : "!~" };
  return { operator: known === "in" ? "=~" : "!~" };
}

/** Whether it can be a name of objects. Only such a name is safe where a template writes it without escapes. */
export function isObjectName(name: string): boolean {
  return OBJECT_NAME.test(name);
}

/** Whether PromQL accepts the label without quotes. */
export function isPrometheusLabel(label: string): boolean {
  return PROMETHEUS_LABEL.test(label);
}
