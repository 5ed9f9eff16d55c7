import { problem } from "@asm-autoscaler/hpa-metrics";
import type { Delegates } from "./delegates/delegates.ts";
import type { HpaMetrics, MetricRegistry } from "./hpas/metricRegistry.ts";
import { type Log, logProblem } from "./kubernetes/log.ts";

/** Maximum number of HPAs that one log line names. */
const MOST_NAMES = 50;

/** Logs what the first list of HPAs contains. */
export function tellFirstList(
  metricRegistry: Pick<MetricRegistry, "allHpaMetrics" | "metricNames">,
  log: Pick<Log, "info">,
): void {
  const hpas = [...metricRegistry.allHpaMetrics()].length;
  log.info({}, `HPAs listed: ${hpas}. Metric names registered: ${metricRegistry.metricNames().length}.`);
}

/**
 * For each flag that enables a source of kube-metrics-adapter that this adapter does not have, logs the HPAs with metrics
 * that neither this adapter nor a delegate serves. Call it after the lists of the delegates were read.
 */
export function tellMissingSources(
  metricRegistry: Pick<MetricRegistry, "allHpaMetrics">,
  missingSources: readonly string[],
  delegates: Pick<Delegates, "mayServe">,
  log: Log,
): void {
  if (missingSources.length === 0) return;
  const unserved = [...metricRegistry.allHpaMetrics()].filter((hpaMetrics) => isUnserved(hpaMetrics, delegates));
  const names = unserved.slice(0, MOST_NAMES).map(({ hpa }) => hpa.id);
  const more = unserved.length > names.length ? ` and ${unserved.length - names.length} more` : "";
  for (const flag of missingSources) {
    const message =
      `${flag} switches on a source that this adapter does not have; it serves PromQL queries and delegates only. ` +
      `HPAs with metrics that are not served: ${names.join(", ") || "none"}${more}`;
    logProblem(log, problem("ASM_SOURCE_MISSING", message));
  }
}

function isUnserved({ hpa, specs }: HpaMetrics, { mayServe }: Pick<Delegates, "mayServe">): boolean {
  const others = hpa.externalMetrics.filter((metric) => !mayServe(hpa.namespace, metric));
  const objects = specs.filter(({ object }) => object).length;
  const isServed = (type: string) => type === "Object" && objects > 0 && objects >= hpa.objectMetrics.length;
  return specs.length - objects < others.length || !hpa.otherMetrics.every(isServed);
}
