import { describe, expect, test } from "@jest/globals";
import { readMetricSpecs } from "./read";
import type { ObjectMetric } from "./spec";

const INGRESS = { apiVersion: "networking.k8s.io/v1", kind: "Ingress", name: "shop" };
const HITS: ObjectMetric = { name: "hits", object: INGRESS, isPerPod: false };
const target = { apiVersion: "apps/v1", kind: "Deployment", name: "shop" };

/** Reads one Object metric. The keys are those after the slash, or whole keys. */
function read(keys: Record<string, string>, objects: readonly ObjectMetric[] | undefined = [HITS]) {
  const annotations = Object.fromEntries(
    Object.entries(keys).map(([key, value]) => [
      key.startsWith("metric-config.") ? key : `metric-config.object.hits.prometheus/${key}`,
      value,
    ]),
  );
  const { specs, problems } = readMetricSpecs(annotations, [], { objects, target });
  return { specs, problems, told: problems.map(({ code, severity }) => `${code} ${severity}`) };
}

describe("an Object metric with annotations", () => {
  test("is read with its object, and needs no selector", () => {
    const { specs, told } = read({ query: "sum(hits)" });
    expect(specs).toEqual([
      expect.objectContaining({
        metricName: "hits",
        labels: {},
        object: INGRESS,
        queryKey: "metric-config.object.hits.prometheus/query",
      }),
    ]);
    expect(told).toEqual([]);
  });

  test("has the settings of an External metric", () => {
    const { specs, told } = read({
      query: "hits",
      ...{ interval: "30s", aggregate: "max", "on-no-data": "zero", "on-error": "last-for 5m" },
      "prometheus-server-alias": "business",
    });
    expect(specs[0]).toMatchObject({
      ...{ intervalSeconds: 30, aggregate: "max", server: { kind: "alias", alias: "business" } },
      onNoData: { kind: "value", quantity: "0" },
      onError: { kind: "last-for", seconds: 300 },
    });
    expect(read({ query: "sum(a) default 0", dialect: "server" }).specs[0]?.query.isUnparsed).toBe(true);
    expect(told).toEqual([]);
  });

  test("is divided by the replicas of the scale target with per-replica", () => {
    expect(read({ query: "hits", "per-replica": "true" }).specs[0]?.perReplicaOf).toEqual(target);
    expect(read({ query: "hits" }).specs[0]).not.toHaveProperty("perReplicaOf");
  });

  test.each(["false", "yes", ""])(
    "is not served with per-replica %j, which kube-metrics-adapter divides by too",
    (value) => {
      const { specs, told } = read({ query: "hits", "per-replica": value });
      expect(specs).toEqual([]);
      expect(told).toEqual(["ASM_PER_REPLICA_INVALID error"]);
    },
  );

  test("reports that it is divided twice by per-replica and an averageValue", () => {
    const { specs, told } = read({ query: "hits", "per-replica": "true" }, [{ ...HITS, isPerPod: true }]);
    expect(specs).toHaveLength(1);
    expect(told).toEqual(["ASM_PER_REPLICA_TWICE warning"]);
  });

  test("needs a query, in an annotation of its own type", () => {
    const { problems } = read({ interval: "30s" });
    expect(problems).toEqual([
      expect.objectContaining({
        code: "ASM_QUERY_MISSING",
        message: expect.stringContaining("metric-config.object.hits"),
      }),
    ]);
  });

  test("reports keys that nothing uses", () => {
    expect(read({ query: "hits", "min-pod-ready-age": "30s" }).told).toEqual(["ASM_KEY_WITHOUT_EFFECT warning"]);
    expect(read({ query: "hits", querry: "x" }).told).toEqual(["ASM_KEY_UNUSED warning"]);
    const { problems } = read({ "metric-config.object.hit.prometheus/query": "x" });
    expect(problems).toEqual([
      expect.objectContaining({ code: "ASM_KEY_UNUSED", message: expect.stringContaining('did you mean "hits"') }),
    ]);
  });

  test("is read once for each object and selector", () => {
    const objects = [
      HITS,
      HITS,
      { ...HITS, object: { ...INGRESS, name: "cart" } },
      { ...HITS, matchLabels: { a: "b" } },
    ];
    expect(read({ query: "hits" }, objects).specs.map(({ object, labels }) => [object?.name, labels])).toEqual([
      ["shop", {}],
      ["cart", {}],
      ["shop", { a: "b" }],
    ]);
  });
});

test("an Object metric without annotations is left to the rules", () => {
  expect(read({})).toEqual({ specs: [], problems: [], told: [] });
});

test("Object metrics count towards the metrics that an HPA may have", () => {
  const { specs, problems } = readMetricSpecs({}, [], { objects: [HITS, HITS], most: 1 });
  expect([specs, problems.map(({ code }) => code)]).toEqual([[], ["ASM_HPA_METRICS"]]);
});

describe("annotations of another source", () => {
  test.each([
    "metric-config.pods.hits.json-path",
    "metric-config.object.hits.skipper",
    "metric-config.pods.hits.prometheus",
  ])("%s is reported once, with its name", (prefix) => {
    const { specs, problems } = read({ [`${prefix}/path`]: "/", [`${prefix}/port`]: "80" });
    expect(specs).toEqual([]);
    expect(problems.map(({ code, severity, key }) => [code, severity, key])).toEqual([
      ["ASM_COLLECTOR_NOT_SERVED", "warning", `${prefix}/path`],
    ]);
  });

  test("do not change a metric that Prometheus serves", () => {
    const { specs, told } = read({ query: "hits", "metric-config.object.hits.skipper/interval": "30s" });
    expect(specs).toHaveLength(1);
    expect(told).toEqual(["ASM_COLLECTOR_NOT_SERVED warning"]);
  });

  test("are told if they cannot be read", () => {
    expect(read({ "metric-config.object.a.b.prometheus/query": "x" }).told).toEqual(["ASM_KEY_NOT_READ warning"]);
  });
});

test("without the custom metrics API, all these annotations are left to the adapter that serves it", () => {
  const keys = { query: "(", "metric-config.pods.hits.json-path/path": "/", "metric-config.object.a.b.c/query": "x" };
  const annotations = Object.fromEntries(
    Object.entries(keys).map(([key, value]) => [
      key.startsWith("metric") ? key : `metric-config.object.hits.prometheus/${key}`,
      value,
    ]),
  );
  expect(readMetricSpecs(annotations, [], {})).toEqual({ specs: [], problems: [], ruleMetrics: [] });
});
