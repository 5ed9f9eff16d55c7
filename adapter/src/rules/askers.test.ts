import { afterEach, describe, expect, test } from "@jest/globals";
import { parseHpa } from "../hpas/hpa.ts";
import { readHpaMetrics } from "../hpas/readHpaMetrics.ts";
import { parseSelector } from "../kubernetes/labelSelectorParser.ts";
import { customRead, ruleScene, type Scene, samples, seriesOf } from "./scene.testing.ts";

const RULES = `
rules:
- seriesQuery: hits
  resources: {template: "<<.Resource>>"}
  metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'
externalRules:
- seriesQuery: queue_length
  resources: {overrides: {namespace: {resource: namespace}}}
  metricsQuery: '<<.Series>>{<<.LabelMatchers>>}'
`;
const PODS = { type: "Pods", pods: { metric: { name: "hits" } } };
const INGRESS = {
  type: "Object",
  object: {
    metric: { name: "hits" },
    describedObject: { apiVersion: "networking.k8s.io/v1", kind: "Ingress", name: "web" },
  },
};
const EXTERNAL = {
  type: "External",
  external: { metric: { name: "Queue_Length", selector: { matchLabels: { queue: "a", app: "x" } } } },
};

let scene: Scene;
afterEach(() => scene.stop());

async function begin() {
  scene = ruleScene(RULES);
  scene.series = (match) =>
    seriesOf(match === "hits" ? { hits: ["namespace", "pod", "ingress"] } : { queue_length: ["namespace", "queue"] });
  scene.pods.set("shop/web-1", { app: "web" });
  await scene.start();
}

/** Adds an HPA of the namespace `shop`, with a policy for each of its metrics. */
function add(name: string, metric: object, policies: Record<string, string> = {}, target = "web") {
  const annotations = Object.fromEntries(
    ["pods.hits", "object.hits", "external.queue-length"].flatMap((key) =>
      Object.entries(policies).map(([policy, value]) => [`metric-config.${key}.prometheus/${policy}`, value]),
    ),
  );
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: target };
  const hpa = parseHpa({
    metadata: { namespace: "shop", name, annotations },
    spec: { scaleTargetRef, metrics: [metric] },
  });
  if (!hpa) throw new Error("not an HPA");
  const rules = { checkSpec: () => undefined, servesObjects: true, servesRules: true, isServedElsewhere: () => true };
  const read = readHpaMetrics(hpa, rules);
  scene.hpas.add(read);
  return read;
}

const reads = {
  Pods: () => scene.rules.custom.read(customRead({ metric: "hits", objects: "app=web" })),
  Object: () => {
    const kind = { group: "networking.k8s.io", resource: "ingresses", name: "web" };
    return scene.rules.custom.read(customRead({ metric: "hits", ...kind }));
  },
  External: async () => {
    const parsed = parseSelector("app=x,queue=a");
    if (!parsed.ok) throw new Error("selector");
    const read = { namespace: "shop", metric: "queue_length", selector: parsed.selector };
    return (await scene.rules.external.read(read)) ?? { ok: false as const, message: "no rule" };
  },
};
const ALL = [
  ["Pods", PODS, "metric hits of pods in shop"],
  ["Object", INGRESS, "metric hits of ingresses.networking.k8s.io web in shop"],
  ["External", EXTERNAL, "external metric queue_length in shop"],
] as const;

describe.each(ALL)("a %s metric of a rule", (type, metric, title) => {
  test("has no value without data, and its HPA is told", async () => {
    await begin();
    add("a", metric);
    expect(await reads[type]()).toMatchObject({ ok: false });
    expect(scene.told.at(-1)).toBe(`shop/a ${title} ASM_NO_SERIES`);
  });

  test("has the value of its policy without data, and its HPA is told", async () => {
    await begin();
    add("a", metric, { "on-no-data": "value 5" });
    const result = await reads[type]();
    expect(result).toMatchObject({ ok: true });
    expect(JSON.stringify(result)).toContain('"value":"5"');
    expect(scene.told.at(-1)).toBe(`shop/a ${title} ASM_NO_SERIES, served`);
  });

  test("has the safest of different policies, and all its HPAs are told", async () => {
    await begin();
    add("a", metric, { "on-no-data": "zero" });
    const other = add("b", metric);
    expect(await reads[type]()).toMatchObject({ ok: false });
    const told = ["a", "b"].map((name) => `shop/${name} policies of ${title} ASM_RULE_POLICIES, served`);
    expect(scene.told.slice(0, 2)).toEqual(told);
    scene.hpas.remove(other);
    expect(await reads[type]()).toMatchObject({ ok: true });
    expect(scene.told.slice(-2)[0]).toBe(`shop/a policies of ${title} well`);
  });

  test("keeps its last values for the time of its policy while Prometheus fails", async () => {
    await begin();
    add("a", metric, { "on-error": "last-for 10m" });
    const labels = { Pods: "pod=web-1", Object: "ingress=web", External: "queue=a" }[type];
    scene.answer = () => samples({ [labels]: 7 });
    expect(await reads[type]()).toMatchObject({ ok: true });
    expect(scene.told.at(-1)).toBe(`shop/a ${title} well`);
    const problem = {
      code: "ASM_PROMETHEUS_UNREACHABLE",
      severity: "error",
      message: "down",
      remedy: "start it",
    } as const;
    scene.answer = () => ({ ok: false, problem });
    scene.pass(300_000);
    expect(await reads[type]()).toMatchObject({ ok: true });
    scene.pass(301_000);
    expect(await reads[type]()).toMatchObject({ ok: false });
  });
});

test("HPAs of other objects, selectors and namespaces have no part in it", async () => {
  await begin();
  add("a", INGRESS, { "on-no-data": "zero" });
  const describedObject = { ...INGRESS.object.describedObject, name: "other" };
  add("b", { ...INGRESS, object: { ...INGRESS.object, describedObject } });
  add("c", {
    ...INGRESS,
    object: { ...INGRESS.object, metric: { name: "hits", selector: { matchLabels: { a: "b" } } } },
  });
  expect(await reads.Object()).toMatchObject({ ok: true });
  expect(scene.told.filter((line) => !line.startsWith("shop/a "))).toEqual([]);
});

test("HPAs that scale different workloads are not told about the pods of each other, only about their policies", async () => {
  await begin();
  add("a", PODS, { "on-no-data": "zero" }, "web");
  add("b", PODS, {}, "db");
  expect(await reads.Pods()).toMatchObject({ ok: false });
  expect(scene.told.map((line) => line.split(" ").at(-2))).toEqual(["ASM_RULE_POLICIES,", "ASM_RULE_POLICIES,"]);
});
