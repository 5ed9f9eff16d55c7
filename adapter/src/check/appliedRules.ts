import { type ExternalRule, queryOf } from "./adapterRules.ts";
import type { EditableHpa } from "./cleanHpa.ts";
import type { Manifest } from "./manifests.ts";
import type { Finding } from "./report.ts";
import { labelName, queryMistake, summed } from "./translation.ts";

/**
 * Gives each metric that a rule of prometheus-adapter serves its query as an annotation, under a name that only this HPA
 * has. The HPA controller adds up what prometheus-adapter answers, so the query is a sum.
 */
export function applyRules(hpa: EditableHpa, manifest: Manifest, rules: readonly ExternalRule[]): Finding[] {
  return hpa.external.flatMap((metric): Finding[] => {
    const type = metric.matchLabels["type"] ?? metric.name;
    if (type === "prometheus" || type === "prometheus-query") return [];
    for (const rule of rules) {
      const found = queryOf(rule, metric, manifest.namespace);
      if (!found) continue;
      const message = `the metric "${metric.name}" comes from ${rule.place} of prometheus-adapter`;
      const why = "why" in found ? found.why : queryMistake(found.query);
      const finding = { id: "prometheus-adapter", differs: true, message, reference: "serves it by the rule" };
      if (why !== undefined || "why" in found) return [{ ...finding, here: `cannot be translated: ${why}` }];
      const name = labelName(`${manifest.name}-${metric.name}`);
      const key = `metric-config.external.${name}.prometheus/query`;
      hpa.annotations[key] = summed(found.query);
      metric.name = name;
      metric.matchLabels = { type: "prometheus" };
      metric.matchExpressions = [];
      return [{ ...finding, key, here: "served by the query that the rule asks, now an annotation" }];
    }
    return [];
  });
}
