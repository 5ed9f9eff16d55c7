import { type ExternalMetric, readHpa } from "@asm-autoscaler/hpa-metrics";
import { type SeenMetric, unclaimed } from "../delegates/delegates.ts";
import { parseHpa, storedStatus } from "../hpas/hpa.ts";
import { createMetricRegistry } from "../hpas/metricRegistry.ts";
import { createRecords } from "./records.ts";
import type { StatusSources } from "./statusList.ts";

/** The HPA of KEDA, and the label of its metric. */
export const ID = "test/keda-hpa-podinfo";
export const LABEL = "scaledobject.keda.sh/name";

const OF_KEDA = { name: "s0-prometheus", selector: { matchLabels: { [LABEL]: "podinfo" } } };
const OBJECT = {
  metadata: { namespace: "test", name: "keda-hpa-podinfo", uid: "1" },
  spec: {
    ...{ maxReplicas: 10, scaleTargetRef: { kind: "Deployment", name: "podinfo" } },
    metrics: [
      { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
      { type: "External", external: { metric: OF_KEDA, target: { type: "AverageValue", averageValue: "10" } } },
    ],
  },
  status: {
    currentReplicas: 4,
    currentMetrics: [
      { type: "Resource", resource: { name: "cpu", current: { averageUtilization: 10 } } },
      { type: "External", external: { metric: OF_KEDA, current: { averageValue: "9500m" } } },
    ],
  },
};

/** A status page with one HPA, which has a metric of KEDA. The test says who serves the metric. */
export interface KedaScene {
  readonly sources: StatusSources;
  /** The metrics that the page asked about. */
  readonly asked: readonly ExternalMetric[];
  serve(next: SeenMetric): void;
}

/** Creates the scene. Nobody serves the metric when the HPA is read, unless `servedAtFirst`. Its clock stands still. */
export function createKedaScene({ hasDelegates = true, servedAtFirst = false } = {}): KedaScene {
  let present: SeenMetric = servedAtFirst ? { delegate: "keda" } : { problem: unclaimed({ metric: "s0-prometheus" }) };
  const asked: ExternalMetric[] = [];
  const registry = createMetricRegistry({
    checkSpec: () => undefined,
    ...(hasDelegates ? { isServedElsewhere: () => present.delegate !== undefined } : {}),
    onAdd: () => undefined,
    onRemove: () => undefined,
  });
  const records = createRecords(registry.hpaMetrics, { wall: () => 60_000 }, () => hasDelegates);
  const hpa = parseHpa(OBJECT);
  if (!hpa) throw new Error("the HPA of KEDA has no name");
  registry.put(hpa);
  records.seen(ID, storedStatus(readHpa(OBJECT)));
  const seen = (_: string, metric: ExternalMetric) => {
    asked.push(metric);
    return present;
  };
  return {
    asked,
    sources: {
      ...{ ...registry, records, isSynced: () => true, now: () => 60_000 },
      ...(hasDelegates ? { seen } : {}),
    },
    serve(next) {
      present = next;
    },
  };
}
