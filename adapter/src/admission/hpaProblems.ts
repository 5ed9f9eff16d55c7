import type { Fault, MetricSpec } from "hpa-metrics";
import type { Hpa } from "../hpas/hpa.ts";
import { type MetricRegistry, sameQuestion } from "../hpas/metricRegistry.ts";
import { type HpaRules, readHpaMetricsInSteps } from "../hpas/readHpaMetrics.ts";

/**
 * Everything that the adapter would find wrong with an HPA: its annotations, what this adapter's own configuration refuses,
 * and a name and labels that another HPA of the namespace gives another query for. The latter would leave both unserved,
 * the one that works now as well.
 */
export function* hpaProblemsInSteps(
  hpa: Hpa,
  metricRegistry: Pick<MetricRegistry, "find">,
  rules: HpaRules,
): Generator<undefined, Fault[]> {
  const { specs, faults } = yield* readHpaMetricsInSteps(hpa, rules);
  for (const spec of specs) {
    yield;
    const fault = claimed(hpa, spec, metricRegistry);
    if (fault) faults.push(fault);
  }
  return faults;
}

function claimed(hpa: Hpa, spec: MetricSpec, metricRegistry: Pick<MetricRegistry, "find">): Fault | undefined {
  const identity = JSON.stringify(spec.labels);
  const entries = Object.entries(spec.labels);
  // The label by which most metrics of a namespace differ; only those with its value are looked at.
  const telling = entries.find(([name]) => name === "query-name") ?? entries[0];
  const isSame = (labels: Readonly<Record<string, string>>) =>
    entries.every(([name, value]) => labels[name] === value) && Object.keys(labels).length === entries.length;
  for (const known of metricRegistry.find(hpa.namespace, spec.metricName, isSame, telling)) {
    const other = known.hpas.find((id) => id !== hpa.id);
    if (other === undefined || sameQuestion(known.spec, spec)) continue;
    return {
      code: "ASM_KEY_CLAIMED_TWICE",
      severity: "error",
      key: spec.queryKey,
      message: `HPA ${other} gives another query for the same metric ${spec.metricName} ${identity}`,
      remedy: "Give each query of a namespace a query-name of its own",
    };
  }
  return undefined;
}
