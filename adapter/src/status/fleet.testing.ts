import { type Problem, problem, readHpa, requestsPerSecondQuery } from "@asm-autoscaler/hpa-metrics";
import { parseHpa, storedStatus } from "../hpas/hpa.ts";
import { createMetricRegistry } from "../hpas/metricRegistry.ts";
import { createRecords } from "./records.ts";
import type { StatusSources } from "./statusList.ts";

/** HPAs for tests of the status page. The test plays the HPA controller and the metric reads. */
export interface Fleet {
  readonly sources: StatusSources;
  /** Reads the HPA with the number `index`: `rate` requests per second, or a problem, with this number of pods. */
  read(index: number, rate: number | Problem, pods: number): void;
  /** Advances the clock by one sync period of the HPA controller. */
  step(): void;
}

const SYNC_MS = 15_000;
const NO_SERIES = problem("ASM_NO_SERIES", "the query finds no series; so it is since 2026-11-24T19:40:00Z");
const NAMES = ["cart", "checkout", "search", "catalog", "payment", "profile", "review", "podinfo"];

/**
 * Creates this number of HPAs in the guide's form, with fifteen minutes of history. Most are steady at 10 requests per
 * second and pod. A few grow, are at their maximum, or have a query without a result.
 */
export function createFleet(hpas: number): Fleet {
  let now = Date.now() - 60 * SYNC_MS;
  const metricRegistry = createMetricRegistry({
    checkSpec: () => undefined,
    onAdd: () => undefined,
    onRemove: () => undefined,
  });
  const records = createRecords(metricRegistry.hpaMetrics, { wall: () => now });
  const objects = Array.from({ length: hpas }, (_, index) => hpaObject(index));
  for (const object of objects) {
    const hpa = parseHpa(object);
    if (hpa) metricRegistry.put(hpa);
  }
  const read: Fleet["read"] = (index, rate, pods) => {
    const object = objects[index];
    const hpa = parseHpa(object);
    const [spec] = (hpa && metricRegistry.hpaMetrics(hpa.id)?.specs) ?? [];
    if (!hpa || !spec) throw new Error(`there is no HPA ${index}`);
    records.seen(
      hpa.id,
      storedStatus(readHpa({ ...object, status: { currentReplicas: pods, desiredReplicas: pods } })),
    );
    if (typeof rate !== "number") return records.troubled(hpa.id, spec.queryKey, rate, { refused: true });
    records.well(hpa.id, spec.queryKey);
    records.served(hpa.id, spec, { milli: BigInt(Math.round(rate * 1000)), quantity: "", evaluatedAt: now - 2_000 });
  };
  for (let step = 0; step <= 60; step++) {
    for (let index = 0; index < hpas; index++) play(index, step, read);
    if (step < 60) now += SYNC_MS;
  }
  return {
    sources: { ...metricRegistry, records, isSynced: () => true, now: () => now },
    read,
    step() {
      now += SYNC_MS;
    },
  };
}

/**
 * Plays one step of one HPA. The number determines the HPA's load, which rises and falls, and its pods follow the load.
 */
function play(index: number, step: number, read: Fleet["read"]): void {
  const demand = (at: number) => 25 + (index % 7) * 4 + 20 * Math.sin((at + index) / 9);
  const needed = (at: number) => Math.ceil(demand(at) / 10);
  const isLost = index % 97 === 13 && step > 40;
  const isFull = index % 89 === 5;
  if (isLost) {
    read(index, NO_SERIES, needed(40));
    return;
  }
  read(index, isFull ? 140 + step / 3 : demand(step), isFull ? Math.min(10, 6 + step) : Math.max(1, needed(step - 1)));
}

function hpaObject(index: number): Record<string, unknown> {
  const name = index === 0 ? "podinfo" : `${NAMES[index % NAMES.length]}-${index}`;
  const namespace = index === 0 ? "test" : `team-${String.fromCharCode(97 + (index % 20))}`;
  const queryName = "processed-requests-per-second";
  return {
    metadata: {
      name,
      namespace,
      uid: `uid-${index}`,
      annotations: {
        [`metric-config.external.prometheus-query.prometheus/${queryName}`]: requestsPerSecondQuery({
          workload: name,
          namespace,
        }),
      },
    },
    spec: {
      minReplicas: 1,
      maxReplicas: 10,
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
      metrics: [
        {
          type: "External",
          external: {
            metric: { name: "prometheus-query", selector: { matchLabels: { "query-name": queryName } } },
            target: { type: "AverageValue", averageValue: "10" },
          },
        },
      ],
    },
  };
}
