import type { Problem } from "@asm-autoscaler/hpa-metrics";
import type { EditableHpa, EditableMetric } from "./cleanHpa.ts";
import { otherQuery } from "./kubeMetricsAdapter.ts";

/**
 * Removes a problem from an HPA so that the HPA requests what it requested from the reference adapter. Returns a
 * description of the change, or undefined when only the HPA's owner knows what is intended.
 */
export function repair(problem: Problem, hpa: EditableHpa): string | undefined {
  const { code, key = "" } = problem;
  switch (code) {
    case "ASM_QUERY_IN_LABEL":
      return queryOfLabel(hpa);
    case "ASM_QUERY_MISSING":
      return missingQuery(key, hpa);
    case "ASM_INTERVAL_INVALID":
      return drop(key, hpa, "removed: the adapter's default interval holds");
    case "ASM_KEY_WITHOUT_EFFECT":
      return drop(key, hpa, "removed");
    case "ASM_KEY_UNUSED":
      // A suggestion means that the key is probably misspelled. Only the owner knows which key is correct.
      return /did you mean/.test(problem.message) ? undefined : drop(key, hpa, "removed");
    case "ASM_KEY_NOT_READ":
      return notRead(key, hpa);
    case "ASM_SELECTOR_MISSING":
      return withoutSelector(problem, hpa);
    case "ASM_QUERY_NAME_RESERVED":
      return renamedQuery("aggregate", "aggregate-query", hpa);
    case "ASM_LABEL_OVERRIDDEN":
      return overridden(key, hpa);
    default:
      return undefined;
  }
}

function drop(key: string, hpa: EditableHpa, words: string): string | undefined {
  if (!(key in hpa.annotations)) return undefined;
  delete hpa.annotations[key];
  return words;
}

function keyOf(metric: EditableMetric, name: string): string {
  return `metric-config.external.${metric.name}.prometheus/${name}`;
}

function queryOfLabel(hpa: EditableHpa): string | undefined {
  const metric = hpa.external.find(({ matchLabels }) => matchLabels["query"] !== undefined);
  const query = metric?.matchLabels["query"];
  if (!metric || query === undefined || keyOf(metric, "query") in hpa.annotations) return undefined;
  hpa.annotations[keyOf(metric, "query")] = query;
  delete metric.matchLabels["query"];
  metric.matchLabels["type"] ??= "prometheus";
  return "the query moved from the label into the annotation";
}

function missingQuery(key: string, hpa: EditableHpa): string | undefined {
  const [left = "", name = ""] = key.split("/");
  const metric = hpa.external.find((candidate) => `metric-config.external.${candidate.name}.prometheus` === left);
  const label = metric?.matchLabels[name];
  const other = otherQuery(key, hpa);
  const query = label ?? (other === undefined ? undefined : hpa.annotations[other]);
  if (!metric || query === undefined) return undefined;
  hpa.annotations[key] = query;
  if (label !== undefined) delete metric.matchLabels[name];
  if (label === undefined && other !== undefined) delete hpa.annotations[other];
  return label === undefined ? `renamed from ${other}` : "the query moved from the label into the annotation";
}

/**
 * Renames a key that only the reference adapter reads, unless `missingQuery` has already renamed it. Returns undefined
 * for other keys.
 */
function notRead(key: string, hpa: EditableHpa): string | undefined {
  const [left = "", name = ""] = key.split("/");
  const [, type, metricName, collector, ...more] = left.split(".");
  const metric = hpa.external.find((candidate) => candidate.name === metricName);
  if (!(key in hpa.annotations)) return "renamed, see there";
  if (!metric || collector !== "prometheus" || type === "external" || more.length > 0) return undefined;
  if (keyOf(metric, name) in hpa.annotations) return undefined;
  hpa.annotations[keyOf(metric, name)] = hpa.annotations[key] ?? "";
  delete hpa.annotations[key];
  return `renamed to ${keyOf(metric, name)}`;
}

function withoutSelector(problem: Problem, hpa: EditableHpa): string | undefined {
  const metric = hpa.external.find(
    (candidate) => problem.message.includes(`"${candidate.name}"`) && Object.keys(candidate.matchLabels).length === 0,
  );
  if (!metric || !(keyOf(metric, "query") in hpa.annotations)) return undefined;
  metric.matchLabels["type"] = "prometheus";
  return "the selector type: prometheus added";
}

/** Renames a query in its selectors and in its annotations. */
export function renamedQuery(from: string, to: string, hpa: EditableHpa): string | undefined {
  const metric = hpa.external.find(({ matchLabels }) => matchLabels["query-name"] === from);
  const query = metric && hpa.annotations[keyOf(metric, from)];
  if (!metric || query === undefined || keyOf(metric, to) in hpa.annotations) return undefined;
  for (const same of hpa.external) {
    if (same.name === metric.name && same.matchLabels["query-name"] === from) same.matchLabels["query-name"] = to;
  }
  // Renames the query and the annotations of this query.
  for (const prefix of ["", "on-no-data.", "on-error.", "dialect.", "reaction."]) {
    const value = hpa.annotations[keyOf(metric, prefix + from)];
    if (value === undefined) continue;
    delete hpa.annotations[keyOf(metric, prefix + from)];
    hpa.annotations[keyOf(metric, prefix + to)] = value;
  }
  return `the query is named "${to}"`;
}

function overridden(key: string, hpa: EditableHpa): string | undefined {
  const name = hpa.annotations[key];
  const metrics = hpa.external.filter((metric) => keyOf(metric, "query-name") === key);
  // Labels identify a served metric. With several metrics, changing the label would make them the same.
  if (name === undefined || metrics.length !== 1 || !metrics[0]) return undefined;
  metrics[0].matchLabels["query-name"] = name;
  delete hpa.annotations[key];
  return "the label has the annotation's value, and the annotation is removed";
}
