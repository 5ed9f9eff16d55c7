import type { MetricSpec } from "@asm-autoscaler/hpa-metrics";
import { pause } from "./kubernetes/pause.ts";
import type { Readings } from "./readings/readings.ts";

/**
 * Maximum time that readiness waits for Prometheus, in milliseconds. A replica that reports why it has no reading is
 * better than no replica.
 */
export const FIRST_READINGS_MS = 5_000;
/**
 * Minimum time between two attempts while a query is being evaluated, in milliseconds. Reads of a namespace with many
 * slow queries return at once.
 */
const RETRY_MS = 250;

/** A metric, and the namespace of the HPA that uses it. */
export interface NamespacedMetric {
  spec: MetricSpec;
  namespace: string;
}

/**
 * Reads every metric once, all together, so that similar queries are batched. A new replica then has the readings
 * before its first request. Resolves when each query has an answer or a problem, or after `FIRST_READINGS_MS`. Never
 * rejects.
 */
export async function tryFirstReadings(
  metrics: readonly NamespacedMetric[],
  readings: Pick<Readings, "read">,
  signal: AbortSignal,
): Promise<void> {
  const done = new AbortController();
  const either = AbortSignal.any([signal, done.signal]);
  const tryAll = async () => {
    let waiting = metrics;
    while (waiting.length > 0 && !either.aborted) {
      const outcomes = await Promise.all(waiting.map(({ spec, namespace }) => readings.read(spec, namespace)));
      waiting = waiting.filter((_, index) => {
        const outcome = outcomes[index];
        return outcome !== undefined && !outcome.ok && outcome.problem.code === "ASM_PROMETHEUS_SLOW";
      });
      if (waiting.length > 0) await pause(RETRY_MS, either);
    }
  };
  await Promise.race([tryAll(), pause(FIRST_READINGS_MS, either)]);
  done.abort();
}
