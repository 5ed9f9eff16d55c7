import { problem } from "@asm-autoscaler/hpa-metrics";
import type { MetricRegistry } from "./hpas/metricRegistry.ts";
import { type Log, logProblem } from "./kubernetes/log.ts";

/**
 * Logs what the first list of HPAs contains. For each flag that enables a source of kube-metrics-adapter that this adapter
 * does not have, it also names the HPAs with metrics that are not served.
 */
export function tellFirstList(
  metricRegistry: Pick<MetricRegistry, "allHpaMetrics" | "metricNames">,
  missingSources: readonly string[],
  log: Log,
): void {
  const all = [...metricRegistry.allHpaMetrics()];
  log.info({}, `HPAs listed: ${all.length}. Metric names registered: ${metricRegistry.metricNames().length}.`);
  for (const flag of missingSources) {
    const unserved = all.filter(
      ({ hpa, specs }) => specs.length < hpa.externalMetrics.length || hpa.otherMetrics.length > 0,
    );
    const message =
      `${flag} switches on a source that this adapter does not have; it serves Prometheus only. ` +
      `HPAs with metrics that are not served: ${unserved.map(({ hpa }) => hpa.id).join(", ") || "none"}`;
    logProblem(log, problem("ASM_SOURCE_MISSING", message));
  }
}
