import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { canonicalQuery, readMetricSpecs } from "@asm-autoscaler/hpa-metrics";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import { ModuleKind, ScriptTarget, transpileModule } from "typescript";
import { type EngineRoom, openEngineRoom } from "./engineRoom.ts";

/** `check --output=typescript`: the program that it prints is run, and what it makes asks for what the HPA asked for. */

const LAUNCHER = join(process.cwd(), "adapter/bin/asm-metrics-adapter.mjs");
const REQUESTS =
  'sum( rate( istio_requests_total{destination_workload = "web", reporter="destination",\n destination_workload_namespace="default" }[1m] ) )';

let room: EngineRoom;
beforeAll(async () => {
  room = await openEngineRoom();
}, 120_000);
afterAll(() => room?.stop(), 60_000);

const external = (name: string, matchLabels: object, target: object) => ({
  type: "External",
  external: { metric: { name, selector: { matchLabels } }, target },
});
const hpa = (annotations: object, metrics: object[], more: object = {}) => ({
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: { name: "old", namespace: "default", annotations },
  spec: {
    minReplicas: 2,
    maxReplicas: 9,
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
    metrics,
    ...more,
  },
});

const HPAS: Readonly<Record<string, object>> = {
  "the guide's": hpa({ "metric-config.external.prometheus-query.prometheus/rps": REQUESTS }, [
    external("prometheus-query", { "query-name": "rps" }, { type: "AverageValue", averageValue: "10" }),
  ]),
  "of several metrics, policies and rates for each minute": hpa(
    {
      "metric-config.external.queue.prometheus/query": 'sum(queue_length{queue="a\\"b"}) # all of it',
      "metric-config.external.queue.prometheus/on-no-data": "last-for 10m",
      "metric-config.external.queue.prometheus/on-error": "value 5",
      "metric-config.external.latency.prometheus/query": "max(latency_seconds)",
    },
    [
      external("queue", { type: "prometheus" }, { type: "AverageValue", averageValue: "1500m" }),
      { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } } },
      external("latency", { type: "prometheus" }, { type: "Value", value: "250m" }),
    ],
    {
      behavior: {
        scaleUp: { policies: [{ type: "Pods", value: 7, periodSeconds: 60 }], stabilizationWindowSeconds: 30 },
        scaleDown: { selectPolicy: "Disabled", stabilizationWindowSeconds: 300 },
      },
    },
  ),
  "with fields that have no argument of their own": hpa(
    {
      "metric-config.external.prometheus-query.prometheus/rps": REQUESTS,
      "example.com/owner": "shop",
    },
    [
      external("prometheus-query", { "query-name": "rps" }, { type: "AverageValue", averageValue: "10" }),
      { type: "Pods", pods: { metric: { name: "jobs" }, target: { type: "AverageValue", averageValue: "5" } } },
    ],
    {
      behavior: {
        scaleUp: {
          stabilizationWindowSeconds: 0,
          selectPolicy: "Min",
          policies: [
            { type: "Pods", value: 2, periodSeconds: 10 },
            { type: "Percent", value: 50, periodSeconds: 90 },
          ],
        },
      },
    },
  ),
};

/** What `check` prints for an object. The exit code is 1 if it differs or if something is left out. */
function outputOf(given: object, output: "json" | "typescript"): string {
  const args = [LAUNCHER, "check", `--output=${output}`, "--prometheus-server=http://p", "-"];
  const { status, stdout } = spawnSync(process.execPath, args, { input: JSON.stringify(given), encoding: "utf8" });
  expect([0, 1]).toContain(status);
  return stdout;
}

function compiled(text: string) {
  const compilerOptions = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 };
  return new Function("require", "exports", transpileModule(text, { compilerOptions }).outputText);
}

/** What an HPA asks for, in the order of its metrics, whatever its metrics are called. */
function asks({ metadata, spec }: V2HorizontalPodAutoscaler) {
  const metrics = spec?.metrics ?? [];
  const wanted = metrics.flatMap(({ external: metric }) =>
    metric ? [{ name: metric.metric.name, matchLabels: metric.metric.selector?.matchLabels ?? {} }] : [],
  );
  const { specs, problems } = readMetricSpecs(metadata?.annotations ?? {}, wanted);
  expect(problems).toEqual([]);
  return {
    queries: specs.map(({ query, onNoData, onError }) => ({ query: canonicalQuery(query), onNoData, onError })),
    targets: metrics
      .map(({ external: own, resource, pods }) => own?.target ?? resource?.target ?? pods?.target)
      .sort(byJson),
    bounds: [spec?.minReplicas, spec?.maxReplicas, spec?.scaleTargetRef],
    behavior: spec?.behavior,
  };
}

function byJson(a: unknown, b: unknown): number {
  const [first, second] = [a, b].map((value) => JSON.stringify(Object.entries(Object(value)).sort()));
  return (first ?? "") < (second ?? "") ? -1 : 1;
}

const read = async (name: string): Promise<V2HorizontalPodAutoscaler> =>
  JSON.parse(await room.controlPlane.kubectl(["get", "hpa", name, "-o", "json"]));

test.each(Object.entries(HPAS))(
  "the program of an HPA %s makes one that asks for the same",
  async (_, given) => {
    const { kubectl } = room.controlPlane;
    await kubectl(["apply", "-f", "-"], JSON.stringify(given));
    const before = asks(await read("old"));
    await kubectl(["delete", "hpa", "old"]);
    const text = outputOf(given, "typescript");
    expect(text).toContain('name: "old"');
    const program = compiled(text);
    await room.withStack(
      "check",
      async () => program(createRequire(import.meta.url), {}),
      async (stack) => {
        await stack.up();
        expect(asks(await read("old"))).toEqual(before);
      },
    );
  },
  120_000,
);

test("the program of a ScaledObject with a cron trigger makes the HPA that is printed for it", async () => {
  const cron = { timezone: "Asia/Shanghai", start: "0 8 * * 1-5", end: "0 20 * * 1-5", desiredReplicas: "6" };
  const requests = { serverAddress: "http://p", query: "sum(rate(a[1m]))", threshold: "2.5" };
  const scaledObject = {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: { name: "web", namespace: "default" },
    spec: {
      scaleTargetRef: { name: "web" },
      minReplicaCount: 2,
      maxReplicaCount: 9,
      fallback: { failureThreshold: 3, replicas: 4 },
      triggers: [
        { type: "prometheus", metadata: requests },
        { type: "cron", metadata: cron },
        { type: "cpu", metricType: "Utilization", metadata: { value: "60" } },
      ],
    },
  };
  const [{ manifest }] = JSON.parse(outputOf(scaledObject, "json"));
  const program = compiled(outputOf(scaledObject, "typescript"));
  await room.withStack(
    "check-keda",
    async () => program(createRequire(import.meta.url), {}),
    async (stack) => {
      await stack.up();
      expect(asks(await read("web"))).toEqual(asks(manifest));
    },
  );
}, 120_000);

test("what a TrafficAutoscaler cannot say stands before it, and nothing is dropped without a word", () => {
  const given = hpa(
    {
      "metric-config.external.prometheus-query.prometheus/rps": REQUESTS,
      "metric-config.external.prometheus-query.prometheus/interval": "30s",
      "metric-config.external.prometheus-query.prometheus/prometheus-server-alias": "thanos",
    },
    [
      external("prometheus-query", { "query-name": "rps" }, { type: "AverageValue", averageValue: "10" }),
      { type: "Pods", pods: { metric: { name: "x" }, target: { type: "AverageValue", averageValue: "1" } } },
    ],
    { behavior: { scaleUp: { selectPolicy: "Min", policies: [{ type: "Pods", value: 1, periodSeconds: 10 }] } } },
  );
  const text = outputOf(given, "typescript");
  expect(text.match(/(?<=Left out: ).*/g)?.map((line) => line.split(/[:,]/)[0])).toEqual([
    "metric-config.external.prometheus-query.prometheus/rps",
  ]);
  for (const kept of ['name: "old"', 'type: "Pods"', "periodSeconds: 10"]) expect(text).toContain(kept);
  expect(text).toContain('prometheusServerAlias: "thanos"');
});
