import { problem, readHpa } from "@asm-autoscaler/hpa-metrics";
import { afterEach, describe, expect, test } from "@jest/globals";
import { mayServeOne } from "../connectRules.ts";
import { parseHpa, storedStatus } from "../hpas/hpa.ts";
import { createMetricRegistry } from "../hpas/metricRegistry.ts";
import { customRead, ruleScene, type Scene, samples, seriesOf } from "../rules/scene.testing.ts";
import { createRecords } from "./records.ts";
import { readRequest, type StatusSources, statusList, statusOfOne } from "./statusList.ts";

const RULES = `
rules:
- seriesQuery: '{__name__=~"^http_.*"}'
  resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}, ingress: {group: networking.k8s.io, resource: ingress}}}
  name: {matches: "^(.*)_total$"}
  metricsQuery: 'sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)'
- seriesQuery: broken
  resources: {overrides: {namespace: {resource: namespace}}}
  metricsQuery: '<<.Missing>>'
externalRules:
- seriesQuery: queue_length
  resources: {overrides: {namespace: {resource: namespace}}}
  metricsQuery: '<<.Series>>{<<.LabelMatchers>>}'
`;
const pods = (name: string) => ({
  type: "Pods",
  pods: { metric: { name }, target: { type: "AverageValue", averageValue: "10" } },
});
const object = {
  type: "Object",
  object: {
    metric: { name: "http_requests" },
    describedObject: { apiVersion: "networking.k8s.io/v1", kind: "Ingress", name: "front" },
    target: { type: "Value", value: "10" },
  },
};
const external = {
  type: "External",
  external: { metric: { name: "queue_length" }, target: { type: "AverageValue", averageValue: "10" } },
};

let scene: Scene;
afterEach(() => scene.stop());

/** The page of one HPA with these metrics, on the rules above. */
async function begin(metrics: readonly object[]) {
  scene = ruleScene(RULES);
  scene.series = (match) =>
    match === "queue_length"
      ? seriesOf({ queue_length: ["namespace"] })
      : seriesOf({ http_requests_total: ["namespace", "pod", "ingress"] });
  scene.pods.set("shop/web-1", { app: "web" }).set("shop/web-2", { app: "web" }).set("shop/web-3", { app: "web" });
  await scene.start();
  const manifest = {
    metadata: { namespace: "shop", name: "web" },
    spec: { maxReplicas: 5, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" }, metrics },
    status: { currentReplicas: 3, desiredReplicas: 3 },
  };
  const { rules } = scene;
  const registry = createMetricRegistry({
    checkSpec: () => undefined,
    isServedElsewhere: (_namespace, { name }) => rules.mayServe(name),
    onAdd: () => undefined,
    onRemove: () => undefined,
  });
  const hpa = parseHpa(manifest);
  if (!hpa) throw new Error("the HPA has no name");
  registry.put(hpa);
  const records = createRecords(registry.hpaMetrics, { wall: () => 0 }, (one) => mayServeOne(one, rules, false));
  records.seen(hpa.id, storedStatus(readHpa(manifest)));
  const sources: StatusSources = { ...registry, records, rules, isSynced: () => true, now: () => Date.now() };
  return sources;
}

async function listOf(sources: StatusSources) {
  const request = readRequest(new URLSearchParams());
  if ("mistake" in request) throw new Error(request.mistake);
  return statusList(sources, request);
}

describe("an HPA with metrics of rules", () => {
  test("is on the page with the rule, and with what its pods gave last", async () => {
    const sources = await begin([pods("http_requests")]);
    expect(statusOfOne(sources, "shop/web")?.metrics[0]?.rule).toEqual({
      ...{ place: "rules[0]", series: "http_requests_total", reads: [] },
    });
    scene.answer = () => samples({ "pod=web-1": 2, "pod=web-2": 7, "pod=web-3": Number.NaN });
    await scene.rules.custom.read(customRead({ objects: "app=web" }));
    expect(statusOfOne(sources, "shop/web")?.metrics[0]?.rule?.reads).toEqual([
      {
        pods: "app=web",
        query: 'sum(rate(http_requests_total{namespace="shop",pod=~"web-1|web-2|web-3"}[2m])) by (pod)',
        ...{ evaluatedAt: expect.any(Number), count: 2, objects: 3, min: 2, max: 7, sum: 9 },
        without: [{ name: "web-3", message: expect.stringContaining("NaN") }],
      },
    ]);
  });

  test("shows each selector of pods apart, because the HPA's own is not known", async () => {
    const sources = await begin([pods("http_requests")]);
    scene.answer = () => samples({ "pod=web-1": 2 });
    await scene.rules.custom.read(customRead({ objects: "app=web" }));
    await scene.rules.custom.read(customRead({ objects: "app!=db" }));
    const reads = statusOfOne(sources, "shop/web")?.metrics[0]?.rule?.reads;
    expect(reads?.map((read) => read.pods)).toEqual(["app=web", "app!=db"]);
  });

  test("has the value of the described object alone, and the problem of a read that fails", async () => {
    const sources = await begin([object]);
    scene.answer = () => samples({ "ingress=front": 12.5 });
    await scene.rules.custom.read(customRead({ group: "networking.k8s.io", resource: "ingresses", name: "front" }));
    await scene.rules.custom.read(customRead({ group: "networking.k8s.io", resource: "ingresses", name: "other" }));
    const reads = () => statusOfOne(sources, "shop/web")?.metrics[0]?.rule?.reads;
    expect(reads()).toMatchObject([{ count: 1, objects: 1, sum: 12.5 }]);
    scene.answer = () => ({
      ok: false,
      problem: problem("ASM_PROMETHEUS_UNREACHABLE", "no https://user:secret@prometheus"),
    });
    scene.pass(3_000);
    await scene.rules.custom.read(customRead({ group: "networking.k8s.io", resource: "ingresses", name: "front" }));
    expect(reads()).toMatchObject([{ sum: 12.5, problem: { code: "ASM_PROMETHEUS_UNREACHABLE" } }]);
    expect(JSON.stringify(reads())).not.toContain("secret");
  });

  test("has the sum of the series of an external metric", async () => {
    const sources = await begin([external]);
    scene.answer = () => samples({ "queue=a": 1, "queue=b": 4 });
    await scene.rules.external.read({ namespace: "shop", metric: "queue_length", selector: [] });
    expect(statusOfOne(sources, "shop/web")?.metrics[0]?.rule).toMatchObject({
      ...{ place: "externalRules[0]", reads: [{ count: 2, sum: 5 }] },
    });
  });

  test("has no rule for a metric that no rule gives, and is on the page", async () => {
    const sources = await begin([pods("unknown")]);
    expect(statusOfOne(sources, "shop/web")?.metrics[0]).toMatchObject({ name: "unknown", type: "Pods" });
    expect(statusOfOne(sources, "shop/web")?.metrics[0]?.rule).toBeUndefined();
  });
});

describe("the rules on the page", () => {
  test("are counted, with the broken ones and the lists of series", async () => {
    const { rules } = await listOf(await begin([pods("http_requests")]));
    expect(rules).toMatchObject({
      readAt: expect.any(Number),
      rules: { custom: 1, external: 1, broken: 1 },
      metrics: { custom: 3, external: 1 },
      problems: [{ code: "ASM_RULE_INVALID", message: expect.stringContaining("ules[1]") }],
      leftOut: 0,
    });
    expect(rules?.lists.map(({ seriesQuery, names }) => [seriesQuery, names])).toEqual([
      ['{__name__=~"^http_.*"}', 1],
      ["queue_length", 1],
    ]);
  });

  test("name a list that fails first, with its reason and the age of the last whole one", async () => {
    const sources = await begin([]);
    const state = sources.rules?.state();
    if (!state) throw new Error("no rules");
    const failed = { names: 1, ageMs: 60_000, problem: problem("ASM_PROMETHEUS_UNREACHABLE", "no answer") };
    const series = [...state.series.slice(0, 1), { seriesQuery: "queue_length", ...failed }];
    const failing = { ...sources, rules: { seen: () => undefined, state: () => ({ ...state, series }) } };
    const { rules } = await listOf(failing);
    expect(rules?.lists[0]).toMatchObject({
      seriesQuery: "queue_length",
      problem: { code: "ASM_RULE_SERIES" },
    });
  });

  test("are absent without a file", async () => {
    const { rules: _, ...sources } = await begin([pods("http_requests")]);
    expect(await listOf(sources)).not.toHaveProperty("rules");
    expect(JSON.stringify(statusOfOne(sources, "shop/web"))).not.toContain("rule");
  });

  test("are bounded, and say how many are left out", async () => {
    const sources = await begin([]);
    const state = sources.rules?.state();
    if (!state) throw new Error("no rules");
    const broken = Array.from({ length: 1_000 }, (_, index) => ({
      place: `rules[${index}]`,
      problem: problem("ASM_RULE_INVALID", `rules[${index}]: ${"x".repeat(10_000)}`),
    }));
    const { rules } = await listOf({
      ...sources,
      rules: { seen: () => undefined, state: () => ({ ...state, broken }) },
    });
    expect(rules?.leftOut).toBe(950);
    expect(JSON.stringify(rules).length).toBeLessThan(60_000);
  });
});
