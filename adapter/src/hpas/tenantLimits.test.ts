import { describe, expect, test } from "@jest/globals";
import { faultLine } from "hpa-metrics";
import { parseHpa } from "./hpa.ts";
import { createCatalogue, type Wish } from "./metricRegistry.ts";
import { admitted, type TenantRules } from "./tenantLimits.ts";

const KEY = "metric-config.external.prometheus-query.prometheus/";

/** An HPA in the guide's form; `queries` by query-name. */
function hpa(id: string, queries: Record<string, string>) {
  const [namespace, name] = id.split("/");
  const annotations = Object.fromEntries(Object.entries(queries).map(([query, text]) => [KEY + query, text]));
  const metrics = Object.keys(queries).map((query) => ({
    type: "External",
    external: { metric: { name: "prometheus-query", selector: { matchLabels: { "query-name": query } } } },
  }));
  const parsed = parseHpa({ metadata: { namespace, name, annotations }, spec: { metrics } });
  if (!parsed) throw new Error("the test's HPA has no name");
  return parsed;
}

function scene(rules: TenantRules & { maxMetricsPerNamespace?: number }) {
  const held = new Map<string, number>();
  const came: string[] = [];
  const add = (text: string, by: number) => held.set(text, (held.get(text) ?? 0) + by);
  const catalogue = createCatalogue({
    checkSpec: () => undefined,
    admit: (namespace, spec) => admitted(namespace, spec, rules),
    onAdd: (spec) => add(spec.query.text, 1),
    onRemove: (spec) => add(spec.query.text, -1),
    onRoom: (wish) => came.push(wish.hpa.id),
    ...(rules.maxMetricsPerNamespace ? { maxMetricsPerNamespace: rules.maxMetricsPerNamespace } : {}),
  });
  const served = () => [...held].flatMap(([text, times]) => (times > 0 ? [text] : [])).sort();
  return { catalogue, served, came };
}
const codes = (wish: Wish | undefined) => wish?.faults.map((fault) => fault.code);

describe("a namespace's queries", () => {
  test("read its own series only when the operator says so, and are alike only within it", () => {
    const { catalogue, served } = scene({ namespaceLabel: "ns" });
    catalogue.put(hpa("shop/a", { rps: "sum(rate(x[1m]))" }));
    catalogue.put(hpa("bank/a", { rps: "sum(rate(x[1m]))" }));
    expect(served()).toEqual(['sum(rate(x{ns="bank"}[1m]))', 'sum(rate(x{ns="shop"}[1m]))']);
  });

  test("cannot ask for another namespace's, and the fault shows where", () => {
    const { catalogue, served } = scene({ namespaceLabel: "ns" });
    const wish = catalogue.put(hpa("shop/a", { rps: 'sum(\n  x{ns="bank"}\n)', good: 'x{ns="shop"}' }));
    expect(served()).toEqual(['x{ns="shop"}']);
    expect(codes(wish)).toEqual(["ASM_QUERY_NOT_OWN"]);
    expect(wish?.faults[0]?.message).toContain('line 2, column 8: this query may only read series with ns="shop"');
    expect(wish?.faults[0]?.message.split("\n").slice(1)).toEqual(['  x{ns="bank"}', "       ^"]);
  });

  test("may cost no more than the operator allows", () => {
    const { catalogue, served } = scene({ maxQueryCostMs: 600_000 });
    const wish = catalogue.put(
      hpa("shop/a", {
        two: "rate(x[5m]) / rate(y[5m])",
        three: "x + y + z",
        year: "max_over_time(x[1y:1s])",
        step: "rate(x[step()])",
      }),
    );
    expect(served()).toEqual(["rate(x[5m]) / rate(y[5m])"]);
    expect(wish?.faults.map(faultLine)).toEqual([
      expect.stringContaining(`ASM_QUERY_COST: the query in "${KEY}three" reads 900 s of series at each evaluation`),
      expect.stringContaining("ASM_QUERY_COST"),
      expect.stringContaining("has no cost that can be told"),
    ]);
  });
});

describe("a namespace with a limit of metrics", () => {
  test("serves those that came first, tells the others, and gives them room when it comes free", () => {
    const { catalogue, served, came } = scene({ maxMetricsPerNamespace: 2 });
    catalogue.put(hpa("shop/a", { a: "a" }));
    catalogue.put(hpa("shop/b", { b: "b" }));
    expect(codes(catalogue.put(hpa("shop/c", { c: "c", d: "d" })))).toEqual([
      "ASM_TOO_MANY_METRICS",
      "ASM_TOO_MANY_METRICS",
    ]);
    expect(codes(catalogue.put(hpa("shop/e", { e: "e" })))).toEqual(["ASM_TOO_MANY_METRICS"]);
    catalogue.put(hpa("other/a", { o: "o" }));
    expect(served()).toEqual(["a", "b", "o"]);
    catalogue.remove("shop/a");
    expect(served()).toEqual(["b", "e", "o"]);
    catalogue.remove("shop/b");
    catalogue.remove("shop/e");
    expect(served()).toEqual(["c", "d", "o"]);
    expect(came).toEqual(["shop/e", "shop/c"]);
    expect(catalogue.wish("shop/c")?.faults).toEqual([]);
  });

  test("does not count an HPA's old metrics against its new ones", () => {
    const { catalogue, served, came } = scene({ maxMetricsPerNamespace: 2 });
    catalogue.put(hpa("shop/a", { a: "a", b: "b" }));
    catalogue.put(hpa("shop/z", { z: "z" }));
    expect(codes(catalogue.put(hpa("shop/a", { a: "a", c: "c" })))).toEqual([]);
    expect(served()).toEqual(["a", "c"]);
    catalogue.put(hpa("shop/a", { a: "a" }));
    expect(served()).toEqual(["a", "z"]);
    expect(came).toEqual(["shop/z"]);
  });

  test("has its room back when an HPA that waited goes or asks for less", () => {
    const { catalogue, served } = scene({ maxMetricsPerNamespace: 1 });
    catalogue.put(hpa("shop/a", { a: "a", b: "b" }));
    catalogue.put(hpa("shop/c", { c: "c", d: "d" }));
    catalogue.put(hpa("shop/a", { a: "a" }));
    catalogue.remove("shop/c");
    catalogue.remove("shop/a");
    catalogue.put(hpa("shop/e", { e: "e" }));
    expect(served()).toEqual(["e"]);
  });
});
