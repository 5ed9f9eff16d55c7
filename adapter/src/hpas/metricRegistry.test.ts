import { type MetricSpec, problem } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import { parseHpa } from "./hpa.ts";
import { createMetricRegistry } from "./metricRegistry.ts";
import { readHpaMetrics } from "./readHpaMetrics.ts";

const KEY = "metric-config.external.prometheus-query.prometheus/";

/** An HPA as the API server sends it, in the guide's form; `queries` by query-name. */
function hpa(id: string, queries: Record<string, string>, more: object = {}) {
  const parsed = parseHpa({ ...manifest(id, queries), ...more });
  if (!parsed) throw new Error("the test's HPA has no name");
  return parsed;
}

function manifest(id: string, queries: Record<string, string>) {
  const [namespace, name] = id.split("/");
  return {
    metadata: {
      namespace,
      name,
      annotations: Object.fromEntries(Object.entries(queries).map(([query, text]) => [KEY + query, text])),
    },
    spec: {
      metrics: Object.keys(queries).map((query) => ({
        type: "External",
        external: { metric: { name: "prometheus-query", selector: { matchLabels: { "query-name": query } } } },
      })),
    },
  };
}

function scene() {
  const events: string[] = [];
  const metricRegistry = createMetricRegistry({
    checkSpec: () => undefined,
    onAdd: (spec) => events.push(`+${spec.query.text}`),
    onRemove: (spec) => events.push(`-${spec.query.text}`),
  });
  const find = (namespace: string, name = "prometheus-query") => metricRegistry.find(namespace, name, () => true);
  return { metricRegistry, events, find };
}

test("an Object metric counts towards the quota of its namespace, and waits for room", () => {
  const added: string[] = [];
  const metricRegistry = createMetricRegistry({
    checkSpec: () => undefined,
    servesObjects: true,
    maxMetricsPerNamespace: 1,
    onAdd: ({ metricName }) => added.push(metricName),
    onRemove: () => undefined,
  });
  metricRegistry.put(hpa("n/a", { rps: "x" }));
  const describedObject = { apiVersion: "v1", kind: "Service", name: "web" };
  const annotations = { "metric-config.object.hits.prometheus/query": "y" };
  const metrics = [{ type: "Object", object: { metric: { name: "hits" }, describedObject } }];
  const parsed = parseHpa({ metadata: { namespace: "n", name: "b", annotations }, spec: { metrics } });
  if (!parsed) throw new Error("the test's HPA has no name");
  expect(metricRegistry.put(parsed)?.problems.map(({ code }) => code)).toEqual(["ASM_TOO_MANY_METRICS"]);
  expect(metricRegistry.findObjects("n", "hits", () => true)).toEqual([]);
  metricRegistry.remove("n/a");
  expect(metricRegistry.findObjects("n", "hits", () => true)).toEqual([expect.objectContaining({ hpas: ["n/b"] })]);
  expect(added).toEqual(["prometheus-query", "hits"]);
});

describe("finding by a label's value", () => {
  test("gives what a search through all gives, and forgets what goes", () => {
    const { metricRegistry } = scene();
    for (const name of ["a", "b", "c"]) metricRegistry.put(hpa(`n/${name}`, { [`q-${name}`]: name, shared: "x" }));
    const by = (value: string) => {
      const matches = (labels: Readonly<Record<string, string>>) => labels["query-name"] === value;
      const quick = metricRegistry.find("n", "prometheus-query", matches, ["query-name", value]);
      expect(quick).toEqual(metricRegistry.find("n", "prometheus-query", matches));
      return quick.flatMap(({ hpas }) => hpas);
    };
    expect(by("q-b")).toEqual(["n/b"]);
    expect(by("shared")).toEqual(["n/a", "n/b", "n/c"]);
    metricRegistry.put(hpa("n/b", { other: "b" }));
    metricRegistry.remove("n/c");
    expect(by("q-b")).toEqual([]);
    expect(by("shared")).toEqual(["n/a"]);
    expect(by("other")).toEqual(["n/b"]);
  });
});

describe("the metric registry", () => {
  test("is empty until an HPA asks for a metric, then lists its name once", () => {
    const { metricRegistry } = scene();
    expect(metricRegistry.metricNames()).toEqual([]);
    metricRegistry.put(hpa("test/a", { rps: "up" }));
    metricRegistry.put(hpa("other/a", { rps: "up" }));
    expect(metricRegistry.metricNames()).toEqual(["prometheus-query"]);
  });

  test("keeps namespaces apart and does not mind the case of a name", () => {
    const { metricRegistry, find } = scene();
    metricRegistry.put(hpa("test/a", { rps: "up" }));
    expect(find("test", "Prometheus-Query")).toHaveLength(1);
    expect(find("elsewhere")).toEqual([]);
  });

  test("an update of the status alone is no change", () => {
    const { metricRegistry, events } = scene();
    expect(metricRegistry.put(hpa("test/a", { rps: "up" }))?.specs).toHaveLength(1);
    expect(metricRegistry.put(hpa("test/a", { rps: "up" }, { status: { currentReplicas: 3 } }))).toBeUndefined();
    expect(events).toEqual(["+up"]);
  });

  test("a changed query comes before the old one goes", () => {
    const { metricRegistry, events, find } = scene();
    metricRegistry.put(hpa("test/a", { rps: "up" }));
    metricRegistry.put(hpa("test/a", { rps: "down" }));
    expect(events).toEqual(["+up", "+down", "-up"]);
    expect(find("test").map(({ spec }) => spec.query.text)).toEqual(["down"]);
  });

  test("a deleted HPA and one that a listing no longer shows are forgotten", () => {
    const { metricRegistry, find } = scene();
    metricRegistry.put(hpa("test/a", { rps: "up" }));
    metricRegistry.put(hpa("test/b", { errors: "down" }));
    expect(metricRegistry.remove("test/a")).toBe(true);
    expect(metricRegistry.remove("test/a")).toBe(false);
    expect(metricRegistry.keepOnly(new Set())).toEqual(["test/b"]);
    expect(find("test")).toEqual([]);
    expect(metricRegistry.metricNames()).toEqual([]);
  });

  test("two HPAs with the same query under one key share it, with another query they are rivals", () => {
    const { metricRegistry, find } = scene();
    metricRegistry.put(hpa("test/a", { rps: "sum(up)" }));
    metricRegistry.put(hpa("test/b", { rps: "sum( up )" }));
    expect(find("test")).toMatchObject([{ hpas: ["test/a", "test/b"] }]);
    expect(find("test")[0]?.rival).toBeUndefined();
    metricRegistry.put(hpa("test/c", { rps: "sum(down)" }));
    expect(find("test")[0]?.rival?.hpa).toBe("test/c");
  });

  test("an equal query that is read from the proxies of another workload is a rival", () => {
    const { metricRegistry, find } = scene();
    const workload = 'destination_workload="web",destination_workload_namespace="test",reporter="destination"';
    const queries = { rps: `sum(rate(istio_requests_total{${workload}}[1m]))` };
    const scaling = (id: string, name: string, reaction: Record<string, string> = { "reaction.rps": "direct" }) => {
      const { spec, metadata } = manifest(id, queries);
      const annotations = Object.entries(reaction).map(([key, value]) => [KEY + key, value]);
      const parsed = parseHpa({
        metadata: { ...metadata, annotations: { ...metadata.annotations, ...Object.fromEntries(annotations) } },
        spec: { ...spec, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name } },
      });
      if (!parsed) throw new Error("the test's HPA has no name");
      return parsed;
    };
    metricRegistry.put(scaling("test/a", "web"));
    metricRegistry.put(scaling("test/b", "web"));
    expect(find("test")).toMatchObject([{ hpas: ["test/a", "test/b"], spec: { direct: { target: { name: "web" } } } }]);
    metricRegistry.put(scaling("test/b", "web", {}));
    expect(find("test")[0]?.rival?.hpa).toBe("test/b");
    // A new target is a new state, although annotations and metrics are the same.
    metricRegistry.put(scaling("test/b", "web"));
    metricRegistry.put(scaling("test/b", "api"));
    expect(find("test")[0]?.rival?.hpa).toBe("test/b");
  });

  test("one bad query is a fault that names its key, and the good one is registered", () => {
    const { metricRegistry } = scene();
    const hpaMetrics = metricRegistry.put(hpa("test/a", { good: "up", bad: "sum(" }));
    expect(hpaMetrics?.specs.map((spec) => spec.queryKey)).toEqual([`${KEY}good`]);
    expect(hpaMetrics?.problems.map((problem) => problem.key)).toContain(`${KEY}bad`);
  });

  test("an HPA without annotations is told, not served", () => {
    const { metricRegistry, find } = scene();
    const bare = hpa("test/a", { rps: "up" });
    const hpaMetrics = metricRegistry.put({ ...bare, annotations: {}, fingerprint: "other" });
    expect(hpaMetrics?.specs).toEqual([]);
    expect(hpaMetrics?.problems.some((problem) => problem.severity === "error")).toBe(true);
    expect(find("test")).toEqual([]);
  });
});

test("what is only observed is evaluated and found by nobody", () => {
  const { metricRegistry, events } = scene();
  const metrics = (manifest("n/a", { rps: "x" }) as { spec: object }).spec;
  const { metadata } = manifest("n/a", { rps: "x", "rps-ahead": "y", "anticipates.rps-ahead": "rps" });
  metricRegistry.put(hpa("n/a", {}, { metadata, spec: metrics }));
  expect(events).toEqual(["+x", "+y"]);
  const found = (name: string) =>
    metricRegistry.find("n", "prometheus-query", (labels) => labels["query-name"] === name, ["query-name", name]);
  expect(found("rps")).toHaveLength(1);
  expect(found("rps-ahead")).toEqual([]);
  expect(metricRegistry.find("n", "prometheus-query", () => true)).toHaveLength(1);
  metricRegistry.remove("n/a");
  expect(events).toEqual(["+x", "+y", "-x", "-y"]);
});

test("the operator refuses what is only observed as a warning, because the HPA works without it", () => {
  const refused = problem("ASM_QUERY_COST", "it costs too much");
  const rules = { checkSpec: (spec: MetricSpec) => (spec.anticipates === undefined ? undefined : refused) };
  const queries = { rps: "x", "rps-ahead": "y", "anticipates.rps-ahead": "rps" };
  const observed = hpa(
    "n/a",
    {},
    { metadata: manifest("n/a", queries).metadata, spec: manifest("n/a", { rps: "x" }).spec },
  );
  const acting = hpa(
    "n/a",
    {},
    { metadata: manifest("n/a", queries).metadata, spec: manifest("n/a", { rps: "", "rps-ahead": "" }).spec },
  );
  const severities = [observed, acting].map((one) =>
    readHpaMetrics(one, rules).problems.map(({ severity }) => severity),
  );
  expect(severities).toEqual([["warning"], ["error"]]);
});
