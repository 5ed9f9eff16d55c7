import { type ExternalRule, isFor, queryOf } from "./adapterRules.ts";
import type { EditableHpa, EditableMetric } from "./cleanHpa.ts";
import type { Manifest } from "./manifests.ts";
import type { Finding } from "./report.ts";
import { freeName, queryMistake, summed } from "./translation.ts";

/**
 * Gives each metric that a rule of prometheus-adapter serves its query as an annotation, under a name that only this HPA
 * has. The HPA controller adds up what prometheus-adapter answers, so the query is a sum.
 */
export function applyRules(hpa: EditableHpa, manifest: Manifest, rules: readonly ExternalRule[]): Finding[] {
  const taken = new Set<string>();
  return hpa.external.flatMap((metric): Finding[] => {
    const type = metric.matchLabels["type"] ?? metric.name;
    if (type === "prometheus" || type === "prometheus-query") return [];
    const [first, ...others] = rulesFor(metric, manifest.namespace, rules);
    if (!first) return [];
    const { rule, found } = first;
    const places = [rule, ...others.map((other) => other.rule)].map(({ place }) => place).join(" or ");
    const message = `the metric "${metric.name}" comes from ${places} of prometheus-adapter`;
    const finding = { id: "prometheus-adapter", differs: true, message, reference: "serves it by the rule" };
    const lost = (why: string) => [{ ...finding, here: `cannot be translated: ${why}` }];
    if (others.some((other) => JSON.stringify(other.found) !== JSON.stringify(found)))
      return lost("which of them it is depends on the series in Prometheus; give check the one rule that serves it");
    if ("why" in found) return lost(found.why);
    const mistake = queryMistake(found.query);
    if (mistake !== undefined) return lost(mistake);
    const name = freeName(`${manifest.name}-${metric.name}`, taken);
    const key = `metric-config.external.${name}.prometheus/query`;
    hpa.annotations[key] = summed(found.query);
    metric.name = name;
    metric.matchLabels = { type: "prometheus" };
    metric.matchExpressions = [];
    return [{ ...finding, key, here: "served by the query that the rule asks, now an annotation" }];
  });
}

/** The rules that may serve the metric; those that were written for it, where there are such, before those for any series. */
function rulesFor(metric: EditableMetric, namespace: string, rules: readonly ExternalRule[]) {
  const all = rules.flatMap((rule) => {
    const found = queryOf(rule, metric, namespace);
    return found ? [{ rule, found }] : [];
  });
  const own = all.filter(({ rule }) => isFor(rule, metric.name));
  return own.length > 0 ? own : all;
}
