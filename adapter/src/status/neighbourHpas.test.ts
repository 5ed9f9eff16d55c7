import { type ExternalMetric, readHpa } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import { type SeenMetric, unclaimed } from "../delegates/delegates.ts";
import { parseHpa, storedStatus } from "../hpas/hpa.ts";
import { createMetricRegistry } from "../hpas/metricRegistry.ts";
import { createRecords } from "./records.ts";
import { readRequest, statusList, statusOfOne } from "./statusList.ts";

const ID = "test/keda-hpa-podinfo";
const LABEL = "scaledobject.keda.sh/name";
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

/** The status page of an adapter that reads the HPA at a time when nobody serves its metric. */
function scene(hasDelegates = true, servedAtFirst = false) {
  let now: SeenMetric = servedAtFirst ? { delegate: "keda" } : { problem: unclaimed({ metric: "s0-prometheus" }) };
  const asked: ExternalMetric[] = [];
  const registry = createMetricRegistry({
    checkSpec: () => undefined,
    ...(hasDelegates ? { isServedElsewhere: () => now.delegate !== undefined } : {}),
    onAdd: () => undefined,
    onRemove: () => undefined,
  });
  const records = createRecords(registry.hpaMetrics, { wall: () => 60_000 }, hasDelegates);
  const hpa = parseHpa(OBJECT);
  if (!hpa) throw new Error("the test's HPA has no name");
  registry.put(hpa);
  records.seen(ID, storedStatus(readHpa(OBJECT)));
  const seen = (_: string, metric: ExternalMetric) => {
    asked.push(metric);
    return now;
  };
  const sources = {
    ...{ ...registry, records, isSynced: () => true, now: () => 60_000 },
    ...(hasDelegates ? { seen } : {}),
  };
  return {
    asked,
    serve: (next: SeenMetric) => (now = next),
    status: () => statusOfOne(sources, ID),
    async found(search: string) {
      const request = readRequest(new URLSearchParams({ search }));
      if ("mistake" in request) throw new Error(request.mistake);
      return (await statusList(sources, request)).matching;
    },
  };
}

const codes = (status: ReturnType<typeof statusOfOne>) => status?.problems.map(({ code }) => code);

describe("an HPA with metrics of a neighbour only", () => {
  test("is on the page, with the delegate and its last answer, and never the selector", async () => {
    const { status, serve, asked, found } = scene(true, true);
    expect(status()).toMatchObject({ state: "steady", problems: [] });
    expect(status()?.metrics[1]).toMatchObject({
      ...{ name: "s0-prometheus", reading: { value: 38 }, delegate: { name: "keda" } },
    });
    const lastAnswer = { result: "200", value: "38", at: 50_000 };
    serve({ delegate: "keda", lastAnswer });
    expect(status()?.metrics.map(({ delegate }) => delegate)).toEqual([undefined, { name: "keda", lastAnswer }]);
    expect(JSON.stringify(status())).not.toContain(LABEL);
    // The registry keeps the selector, without which the delegate is not known.
    expect(asked[0]).toMatchObject({ matchLabels: { [LABEL]: "podinfo" } });
    expect([await found("keda podinfo"), await found("datadog")]).toEqual([1, 0]);
  });

  test("has ASM_METRIC_NOT_SERVED exactly while nobody serves its metric, whatever was true when it was read", () => {
    const late = scene();
    expect(codes(late.status())).toEqual(["ASM_METRIC_NOT_SERVED"]);
    late.serve({ delegate: "keda" });
    expect(codes(late.status())).toEqual([]);
    const gone = scene(true, true);
    expect(codes(gone.status())).toEqual([]);
    gone.serve({ problem: unclaimed({ metric: "s0-prometheus" }) });
    expect(codes(gone.status())).toEqual(["ASM_METRIC_NOT_SERVED"]);
  });

  test("keeps the problem that was found when it was read if there are no delegates", () => {
    const { status } = scene(false);
    expect(codes(status())).toEqual(["ASM_METRIC_NOT_SERVED"]);
    expect(status()?.problems[0]?.message).toContain("No source here serves");
  });
});
