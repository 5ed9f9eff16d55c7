import { type Problem, readHpa, requestsPerSecondQuery } from "@asm-autoscaler/hpa-metrics";
import { parseHpa, storedStatus } from "../hpas/hpa.ts";
import { createMetricRegistry } from "../hpas/metricRegistry.ts";
import type { Reading } from "../readings/reading.ts";
import { createRecords } from "./records.ts";
import type { StatusSources } from "./statusList.ts";

/** HPAs for tests of the status page. The test plays the HPA controller and the metric reads. */
export interface Scene {
  readonly sources: StatusSources;
  /**
   * Reads the metrics of the HPA with the number `index`: for each a number of requests per second, a reading, or a problem.
   *
   * @param pods The HPA's current replicas.
   */
  read(index: number, readings: readonly (number | Reading | Problem)[], pods: number): void;
  /** Advances the clock by one sync period of the HPA controller. */
  step(): void;
}

/** Sync period of the HPA controller in milliseconds. */
export const SYNC_MS = 15_000;

/** Creates a scene with these HPAs and no readings. @param startsAt The time of the scene's clock in Unix milliseconds. */
export function createScene(objects: readonly Record<string, unknown>[], startsAt: number): Scene {
  let now = startsAt;
  const metricRegistry = createMetricRegistry({
    checkSpec: () => undefined,
    onAdd: () => undefined,
    onRemove: () => undefined,
  });
  const records = createRecords(metricRegistry.hpaMetrics, { wall: () => now });
  const hpas = objects.map((object) => {
    const hpa = parseHpa(object);
    if (!hpa) throw new Error("an HPA of the scene has no name");
    metricRegistry.put(hpa);
    return { object, id: hpa.id };
  });
  return {
    sources: { ...metricRegistry, records, isSynced: () => true, now: () => now },
    read(index, readings, pods) {
      const { object, id } = hpas[index] ?? { object: {}, id: "" };
      const status = { currentReplicas: pods, desiredReplicas: pods };
      records.seen(id, storedStatus(readHpa({ ...object, status })));
      readings.forEach((reading, metric) => {
        const spec = metricRegistry.hpaMetrics(id)?.specs[metric];
        if (!spec) throw new Error(`there is no metric ${metric} of HPA ${index}`);
        if (typeof reading !== "number" && "code" in reading) {
          records.troubled(id, spec.queryKey, reading, { refused: true });
          return;
        }
        records.well(id, spec.queryKey);
        const counted = (value: number) => ({ milli: BigInt(Math.round(value * 1000)), quantity: "" });
        const made = typeof reading === "number" ? { ...counted(reading), evaluatedAt: now - 2_000 } : reading;
        records.served(id, spec, made);
      });
    },
    step() {
      now += SYNC_MS;
    },
  };
}

/** An HPA in the guide's form, with one query of requests per second for each target. */
export function trafficHpa(args: {
  namespace: string;
  name: string;
  /** Requests per second and pod. */
  targets: readonly number[];
  maxReplicas: number;
}): Record<string, unknown> {
  const { namespace, name, targets, maxReplicas } = args;
  const queryName = (index: number) => `processed-requests-per-second${index === 0 ? "" : `-${index}`}`;
  const queries = targets.map((_, index): [string, string] => [
    `metric-config.external.prometheus-query.prometheus/${queryName(index)}`,
    requestsPerSecondQuery({ workload: index === 0 ? name : `${name}-${index}`, namespace }),
  ]);
  return {
    metadata: { name, namespace, uid: `uid-${namespace}-${name}`, annotations: Object.fromEntries(queries) },
    spec: {
      minReplicas: 1,
      maxReplicas,
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
      metrics: targets.map((target, index) => ({
        type: "External",
        external: {
          metric: { name: "prometheus-query", selector: { matchLabels: { "query-name": queryName(index) } } },
          target: { type: "AverageValue", averageValue: String(target) },
        },
      })),
    },
  };
}
