import type { MetricSpec } from "hpa-metrics";
import { pause } from "./kubernetes/listWatch.ts";
import type { Readings } from "./readings/readings.ts";

/** Readiness waits no longer for Prometheus than this, ms: a replica that can say why it has no reading beats none. */
export const FIRST_READINGS_MS = 5_000;
/** So long at least between two tries of what is in evaluation, ms: reads of a namespace with many slow queries do not wait. */
const RETRY_MS = 250;
/** The fault of a read whose query is still in evaluation. */
const IN_FLIGHT = "ASM_PROMETHEUS_SLOW";

/** A metric, and the namespace of the HPA that asks for it. */
export interface NamespacedMetric {
  spec: MetricSpec;
  namespace: string;
}

/**
 * Tries every reading once, all together so that alike queries are planned together: a new replica then holds what the
 * old ones hold before it is asked. Resolves when each query was answered, well or ill, or after `FIRST_READINGS_MS`.
 * Never rejects.
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
        return outcome !== undefined && !outcome.ok && outcome.fault.code === IN_FLIGHT;
      });
      if (waiting.length > 0) await pause(RETRY_MS, either);
    }
  };
  await Promise.race([tryAll(), pause(FIRST_READINGS_MS, either)]);
  done.abort();
}
