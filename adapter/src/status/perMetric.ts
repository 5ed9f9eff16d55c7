import type { MetricSpec } from "@asm-autoscaler/hpa-metrics";
import { Gauge, type Registry } from "prom-client";
import type { MetricRegistry } from "../hpas/metricRegistry.ts";
import type { Readings } from "../readings/readings.ts";

/** Maximum number of HPA metrics with their own series, for the whole cluster. */
export const MOST_METRICS = 1_000;

/**
 * Registers the age, evaluation time and problem of each metric of an HPA, up to MOST_METRICS. Metrics with a problem
 * come first. Another metric counts those that are left out. The values are read at each scrape and are not stored.
 */
export function registerPerMetric(
  registry: Registry,
  metricRegistry: MetricRegistry,
  readings: Pick<Readings, "state">,
): void {
  const labelNames = ["namespace", "hpa", "metric", "query"] as const;
  const gauge = <L extends string>(name: string, help: string, names: readonly L[]) =>
    new Gauge({ name: `asm_metrics_adapter_${name}`, help, labelNames: names, registers: [registry] });
  const age = gauge("reading_age_seconds", "Age of the last reading of a metric.", labelNames);
  const took = gauge("evaluation_seconds", "Duration of the last evaluation of a metric.", labelNames);
  const problem = gauge(
    "reading_fault",
    "1 while the last evaluation of a metric failed, with the code of its problem.",
    [...labelNames, "code"],
  );
  const leftOut = gauge(
    "metrics_left_out",
    `Metrics beyond the first ${MOST_METRICS}, which have no series of their own.`,
    [],
  );
  // The first gauge that is collected fills all gauges.
  Object.assign(age, {
    collect() {
      for (const one of [age, took, problem]) one.reset();
      const { shown, left } = choose(metricRegistry, readings);
      leftOut.set(left);
      for (const { labels, state } of shown) {
        if (state.ageMs !== undefined) age.set(labels, state.ageMs / 1000);
        if (state.tookMs !== undefined) took.set(labels, state.tookMs / 1000);
        if (state.code !== undefined) problem.set({ ...labels, code: state.code }, 1);
      }
    },
  });
}

function choose(metricRegistry: MetricRegistry, readings: Pick<Readings, "state">) {
  const faulty: ReturnType<typeof entry>[] = [];
  const sound: ReturnType<typeof entry>[] = [];
  let count = 0;
  for (const { hpa, specs } of metricRegistry.allHpaMetrics()) {
    for (const spec of specs) {
      count++;
      const made = entry(hpa.id, spec, readings);
      const list = made.state.code === undefined ? sound : faulty;
      if (list.length < MOST_METRICS) list.push(made);
    }
  }
  const shown = [...faulty, ...sound].slice(0, MOST_METRICS);
  return { shown, left: count - shown.length };
}

function entry(id: string, spec: MetricSpec, readings: Pick<Readings, "state">) {
  const [namespace = "", hpa = ""] = id.split("/");
  const query = spec.queryKey.slice(spec.queryKey.indexOf("/") + 1);
  return {
    labels: { namespace, hpa, metric: spec.metricName, query: query.slice(0, 63) },
    state: readings.state(spec),
  };
}
