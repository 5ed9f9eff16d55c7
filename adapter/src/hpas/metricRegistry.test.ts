import { describe, expect, test } from "@jest/globals";
import { parseHpa } from "./hpa.ts";
import { createCatalogue } from "./metricRegistry.ts";

const KEY = "metric-config.external.prometheus-query.prometheus/";

/** An HPA as the API server sends it, in the guide's form; `queries` by query-name. */
function hpa(id: string, queries: Record<string, string>, more: object = {}) {
  const [namespace, name] = id.split("/");
  const parsed = parseHpa({
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
    ...more,
  });
  if (!parsed) throw new Error("the test's HPA has no name");
  return parsed;
}

function scene() {
  const events: string[] = [];
  const catalogue = createCatalogue({
    checkSpec: () => undefined,
    onAdd: (spec) => events.push(`+${spec.query.text}`),
    onRemove: (spec) => events.push(`-${spec.query.text}`),
  });
  const find = (namespace: string, name = "prometheus-query") => catalogue.find(namespace, name, () => true);
  return { catalogue, events, find };
}

describe("finding by a label's value", () => {
  test("gives what a search through all gives, and forgets what goes", () => {
    const { catalogue } = scene();
    for (const name of ["a", "b", "c"]) catalogue.put(hpa(`n/${name}`, { [`q-${name}`]: name, shared: "x" }));
    const by = (value: string) => {
      const matches = (labels: Readonly<Record<string, string>>) => labels["query-name"] === value;
      const quick = catalogue.find("n", "prometheus-query", matches, ["query-name", value]);
      expect(quick).toEqual(catalogue.find("n", "prometheus-query", matches));
      return quick.flatMap(({ hpas }) => hpas);
    };
    expect(by("q-b")).toEqual(["n/b"]);
    expect(by("shared")).toEqual(["n/a", "n/b", "n/c"]);
    catalogue.put(hpa("n/b", { other: "b" }));
    catalogue.remove("n/c");
    expect(by("q-b")).toEqual([]);
    expect(by("shared")).toEqual(["n/a"]);
    expect(by("other")).toEqual(["n/b"]);
  });
});

describe("the catalogue of metrics", () => {
  test("is empty until an HPA asks for a metric, then lists its name once", () => {
    const { catalogue } = scene();
    expect(catalogue.metricNames()).toEqual([]);
    catalogue.put(hpa("test/a", { rps: "up" }));
    catalogue.put(hpa("other/a", { rps: "up" }));
    expect(catalogue.metricNames()).toEqual(["prometheus-query"]);
  });

  test("keeps namespaces apart and does not mind the case of a name", () => {
    const { catalogue, find } = scene();
    catalogue.put(hpa("test/a", { rps: "up" }));
    expect(find("test", "Prometheus-Query")).toHaveLength(1);
    expect(find("elsewhere")).toEqual([]);
  });

  test("an update of the status alone is no change", () => {
    const { catalogue, events } = scene();
    expect(catalogue.put(hpa("test/a", { rps: "up" }))?.specs).toHaveLength(1);
    expect(catalogue.put(hpa("test/a", { rps: "up" }, { status: { currentReplicas: 3 } }))).toBeUndefined();
    expect(events).toEqual(["+up"]);
  });

  test("a changed query comes before the old one goes", () => {
    const { catalogue, events, find } = scene();
    catalogue.put(hpa("test/a", { rps: "up" }));
    catalogue.put(hpa("test/a", { rps: "down" }));
    expect(events).toEqual(["+up", "+down", "-up"]);
    expect(find("test").map(({ spec }) => spec.query.text)).toEqual(["down"]);
  });

  test("a deleted HPA and one that a listing no longer shows are forgotten", () => {
    const { catalogue, find } = scene();
    catalogue.put(hpa("test/a", { rps: "up" }));
    catalogue.put(hpa("test/b", { errors: "down" }));
    expect(catalogue.remove("test/a")).toBe(true);
    expect(catalogue.remove("test/a")).toBe(false);
    expect(catalogue.keepOnly(new Set())).toEqual(["test/b"]);
    expect(find("test")).toEqual([]);
    expect(catalogue.metricNames()).toEqual([]);
  });

  test("two HPAs with the same query under one key share it, with another query they are rivals", () => {
    const { catalogue, find } = scene();
    catalogue.put(hpa("test/a", { rps: "sum(up)" }));
    catalogue.put(hpa("test/b", { rps: "sum( up )" }));
    expect(find("test")).toMatchObject([{ hpas: ["test/a", "test/b"] }]);
    expect(find("test")[0]?.rival).toBeUndefined();
    catalogue.put(hpa("test/c", { rps: "sum(down)" }));
    expect(find("test")[0]?.rival?.hpa).toBe("test/c");
  });

  test("one bad query is a fault that names its key, and the good one is registered", () => {
    const { catalogue } = scene();
    const wish = catalogue.put(hpa("test/a", { good: "up", bad: "sum(" }));
    expect(wish?.specs.map((spec) => spec.queryKey)).toEqual([`${KEY}good`]);
    expect(wish?.faults.map((fault) => fault.key)).toContain(`${KEY}bad`);
  });

  test("an HPA without annotations is told, not served", () => {
    const { catalogue, find } = scene();
    const bare = hpa("test/a", { rps: "up" });
    const wish = catalogue.put({ ...bare, annotations: {}, fingerprint: "other" });
    expect(wish?.specs).toEqual([]);
    expect(wish?.faults.some((fault) => fault.severity === "error")).toBe(true);
    expect(find("test")).toEqual([]);
  });
});
