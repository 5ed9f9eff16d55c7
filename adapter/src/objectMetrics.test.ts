import type { Problem } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import type { CustomMetrics, CustomRead } from "./api/customMetrics.ts";
import type { Listener } from "./externalMetrics.ts";
import { parseHpa } from "./hpas/hpa.ts";
import { createMetricRegistry } from "./hpas/metricRegistry.ts";
import { parseSelector } from "./kubernetes/labelSelectorParser.ts";
import { createObjectMetrics, joinCustomMetrics } from "./objectMetrics.ts";
import { fakeReadings } from "./readings/fakeReadings.testing.ts";
import type { ReadOutcome } from "./readings/staleness.ts";

const INGRESS = { apiVersion: "networking.k8s.io/v1", kind: "Ingress", name: "shop" };
const PLURALS: Readonly<Record<string, string>> = {
  Ingress: "ingresses",
  Service: "services",
  Namespace: "namespaces",
};

/** HPAs with one Object metric each. The outcome of a read is by query; by default it is 4. */
function scene(outcomes: Record<string, ReadOutcome> = {}) {
  const state = { isSynced: true, hasDiscovery: true };
  const told: string[] = [];
  const metricRegistry = createMetricRegistry({
    checkSpec: () => undefined,
    servesObjects: true,
    onAdd: () => undefined,
    onRemove: () => undefined,
  });
  const reading = { milli: 4000n, quantity: "4", evaluatedAt: 7 };
  const readings = fakeReadings((query) => outcomes[query] ?? { ok: true, reading });
  const listener: Listener = {
    troubled: (hpa, _key, { code }) => told.push(`${hpa} ${code}`),
    served: (hpa, { object }, { quantity }) => told.push(`${hpa} ${object?.name} ${quantity}`),
    well: () => undefined,
  };
  const known = new Set<string>();
  const names = {
    async of({ kind }: { kind: string }) {
      const name = state.hasDiscovery ? PLURALS[kind] : undefined;
      if (name === undefined) throw new Error("the API server does not answer");
      known.add(kind);
      return name;
    },
    known: ({ kind }: { kind: string }) => (known.has(kind) ? PLURALS[kind] : undefined),
  };
  const objects = createObjectMetrics({ metricRegistry, readings, names, isSynced: () => state.isSynced, listener });
  const put = (name: string, query: string, described: object = INGRESS, matchLabels?: Record<string, string>) => {
    const annotations = { "metric-config.object.hits.prometheus/query": query };
    const metric = { name: "hits", ...(matchLabels ? { selector: { matchLabels } } : {}) };
    const metrics = [
      { type: "Object", object: { metric, describedObject: described, target: { type: "Value", value: "1" } } },
    ];
    const hpa = parseHpa({ metadata: { namespace: "test", name, annotations }, spec: { metrics } });
    if (hpa) metricRegistry.put(hpa);
  };
  const read = (change: Partial<CustomRead> = {}, selector = "") => {
    const parsed = parseSelector(selector);
    if (!parsed.ok) throw new Error(parsed.message);
    return objects.read({
      ...{ namespace: "test", group: "networking.k8s.io", resource: "ingresses", name: "shop", metric: "hits" },
      ...{ objects: [], series: parsed.selector },
      ...change,
    });
  };
  return { state, told, put, read, objects, metricRegistry };
}

describe("the Object metric of an annotation", () => {
  test("is served for its described object", async () => {
    const { put, read, told } = scene();
    put("a", "x");
    expect(await read()).toEqual({
      ok: true,
      values: [expect.objectContaining({ ...INGRESS, namespace: "test", value: "4", evaluatedAt: 7 })],
    });
    expect(told).toEqual(["test/a shop 4"]);
  });

  test.each([
    ["another object", { name: "cart" }],
    ["another metric", { metric: "Hits" }],
    ["another namespace", { namespace: "shop" }],
    ["another group", { group: "extensions" }],
    ["another resource", { resource: "ingress" }],
    ["all objects", { name: "*" }],
    ["an object without a namespace", { namespace: "" }],
  ])("is not served for %s", async (_name, change) => {
    const { put, read } = scene();
    put("a", "x");
    expect(await read(change)).toBeUndefined();
  });

  test("is not an External metric, and an External metric is not an Object metric", () => {
    const { put, metricRegistry } = scene();
    put("a", "x");
    expect(metricRegistry.find("test", "hits", () => true)).toEqual([]);
    expect([metricRegistry.metricNames(), metricRegistry.namespaceMetrics("test")]).toEqual([[], []]);
  });

  test("is served for the HPA's own namespace, as the HPA controller reads a Namespace", async () => {
    const { put, read } = scene();
    put("a", "x", { apiVersion: "v1", kind: "Namespace", name: "test" });
    expect(await read({ namespace: "", group: "", resource: "namespaces", name: "test" })).toMatchObject({
      values: [{ kind: "Namespace", name: "test", namespace: "" }],
    });
  });

  test("has no value without a reading, and its HPA is told", async () => {
    const problem: Problem = { code: "ASM_NAN", severity: "error", message: "NaN", remedy: "Add or vector(0)" };
    const { put, read, told } = scene({ x: { ok: false, problem } });
    put("a", "x");
    expect(await read()).toEqual({ ok: false, status: 503, message: expect.stringMatching(/HPA test\/a.*ASM_NAN/) });
    expect(told).toEqual(["test/a ASM_NAN"]);
  });

  test("has no value before the HPAs are read, or while the plural name of its kind is not known", async () => {
    const { put, read, state, told } = scene();
    put("a", "x");
    state.isSynced = false;
    expect(await read()).toMatchObject({ status: 503, message: expect.stringContaining("ASM_STARTING") });
    Object.assign(state, { isSynced: true, hasDiscovery: false });
    expect(await read()).toMatchObject({ status: 503, message: expect.stringContaining("ASM_OBJECT_KIND") });
    expect(told).toEqual(["test/a ASM_OBJECT_KIND"]);
  });
});

describe("two HPAs with a metric of one name", () => {
  test("share it if they mean the same", async () => {
    const { put, read, told } = scene();
    put("a", "x");
    put("b", "x");
    expect(await read()).toMatchObject({ ok: true });
    expect(told).toEqual(["test/a shop 4", "test/b shop 4"]);
  });

  test("are both told if they have different queries for one object", async () => {
    const { put, read, told } = scene();
    put("a", "x");
    put("b", "y");
    expect(await read()).toMatchObject({
      ok: false,
      status: 503,
      message: expect.stringMatching(/ASM_KEY_CLAIMED_TWICE.*Ingress shop/),
    });
    expect(told).toEqual(["test/a ASM_KEY_CLAIMED_TWICE", "test/b ASM_KEY_CLAIMED_TWICE"]);
  });

  test("have their own for different objects, and for different selectors", async () => {
    const two = { ok: true, reading: { milli: 2000n, quantity: "2", evaluatedAt: 7 } } as const;
    const { put, read } = scene({ y: two, z: two });
    put("a", "x");
    put("b", "y", { ...INGRESS, name: "cart" });
    put("c", "z", INGRESS, { code: "500" });
    const value = async (...args: Parameters<typeof read>) => {
      const result = await read(...args);
      return result?.ok ? result.values.map((one) => one.value) : result?.message;
    };
    expect(await value()).toEqual(["4"]);
    expect(await value({ name: "cart" })).toEqual(["2"]);
    expect(await value({}, "code=500")).toEqual(["2"]);
    expect(await value({}, "code=404")).toBeUndefined();
  });

  test("are not guessed between if a selector matches both", async () => {
    const { put, read } = scene();
    put("a", "x", INGRESS, { code: "404" });
    put("b", "y", INGRESS, { code: "500" });
    expect(await read()).toMatchObject({
      ok: false,
      status: 503,
      message: expect.stringMatching(/ASM_OBJECT_SEVERAL.*test\/a and test\/b/),
    });
  });
});

describe("the custom metrics API", () => {
  const rules: CustomMetrics = {
    metricNames: () => [{ name: "pods/rps", isNamespaced: true }],
    read: async ({ metric }) =>
      metric === "rps" ? { ok: true, values: [] } : { ok: false, status: 404, message: "no rule" },
  };
  const asked: CustomRead = {
    ...{ namespace: "test", group: "networking.k8s.io", resource: "ingresses", name: "shop", metric: "hits" },
    ...{ objects: [], series: [] },
  };

  test("asks annotations first, then rules", async () => {
    const { put, objects } = scene();
    put("a", "x");
    const custom = joinCustomMetrics(objects, rules);
    expect(await custom.read(asked)).toMatchObject({ values: [{ value: "4" }] });
    expect(await custom.read({ ...asked, metric: "rps" })).toEqual({ ok: true, values: [] });
    expect(await custom.read({ ...asked, metric: "x" })).toMatchObject({ message: "no rule" });
  });

  test("answers 404 for what nothing serves", async () => {
    const custom = joinCustomMetrics(scene().objects, undefined);
    expect(await custom.read(asked)).toEqual({
      ok: false,
      status: 404,
      message: expect.stringMatching(/^ASM_OBJECT_NOT_SERVED: .*"hits" of ingresses "shop" in the namespace "test"/),
    });
  });

  test("lists the names of both, in the same array until they change", async () => {
    const { put, objects, read } = scene();
    const custom = joinCustomMetrics(objects, { ...rules, metricNames: constant(rules.metricNames()) });
    put("a", "x");
    put("b", "x", { apiVersion: "v1", kind: "Service", name: "shop" });
    await read();
    await read({ group: "", resource: "services" });
    const names = custom.metricNames();
    expect(names.map(({ name }) => name)).toEqual(["ingresses.networking.k8s.io/hits", "services/hits", "pods/rps"]);
    expect(custom.metricNames()).toBe(names);
  });
});

function constant<T>(value: T): () => T {
  return () => value;
}
