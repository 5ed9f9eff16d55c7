import type { ExternalMetric, MatchExpression } from "./spec";

/**
 * The labels that a metric is served with, sorted by key: `matchLabels`, and each expression that allows exactly one
 * value.
 */
export function servedLabels(metric: ExternalMetric): Map<string, string> {
  const labels = new Map(Object.entries(metric.matchLabels ?? {}));
  for (const { key, operator, values = [] } of metric.matchExpressions ?? []) {
    const [value] = values;
    if (operator === "In" && values.length === 1 && value !== undefined && !labels.has(key)) labels.set(key, value);
  }
  return new Map([...labels].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * The first expression of the metric's selector that the served labels do not match, as text. The HPA controller
 * requests the metric with the whole selector, so it would never find such a metric.
 */
export function unsatisfied(metric: ExternalMetric, labels: ReadonlyMap<string, string>): string | undefined {
  const expression = metric.matchExpressions?.find((candidate) => !satisfies(candidate, labels.get(candidate.key)));
  if (!expression) return undefined;
  const { key, operator, values = [] } = expression;
  return values.length === 0 ? `${key} ${operator}` : `${key} ${operator} (${values.join(", ")})`;
}

function satisfies({ operator, values = [] }: MatchExpression, label: string | undefined): boolean {
  switch (operator) {
    case "In":
      return label !== undefined && values.includes(label);
    case "NotIn":
      return label === undefined || !values.includes(label);
    case "Exists":
      return label !== undefined;
    case "DoesNotExist":
      return label === undefined;
    default:
      return false;
  }
}
