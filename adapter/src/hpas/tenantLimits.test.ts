import { problemLine } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import { parseHpa } from "./hpa.ts";
import { createMetricRegistry, type HpaMetrics } from "./metricRegistry.ts";
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
  const metricRegistry = createMetricRegistry({
    checkSpec: () => undefined,
    admit: (namespace, spec) => admitted(namespace, spec, rules),
    onAdd: (spec) => add(spec.query.text, 1),
    onRemove: (spec) => add(spec.query.text, -1),
    onRoom: (hpaMetrics) => came.push(hpaMetrics.hpa.id),
    ...(rules.maxMetricsPerNamespace ? { maxMetricsPerNamespace: rules.maxMetricsPerNamespace } : {}),
  });
  const served = () => [...held].flatMap(([text, times]) => (times > 0 ? [text] : [])).sort();
  return { metricRegistry, served, came };
}
const codes = (hpaMetrics: HpaMetrics | undefined) => hpaMetrics?.problems.map((problem) => problem.code);

describe("a namespace's queries", () => {
  test("read its own series only when the operator says so, and are alike only within it", () => {
    const { metricRegistry, served } = scene({ namespaceLabel: "ns" });
    metricRegistry.put(hpa("shop/a", { rps: "sum(rate(x[1m]))" }));
    metricRegistry.put(hpa("bank/a", { rps: "sum(rate(x[1m]))" }));
    expect(served()).toEqual(['sum(rate(x{ns="bank"}[1m]))', 'sum(rate(x{ns="shop"}[1m]))']);
  });

  test("cannot ask for another namespace's, and the fault shows where", () => {
    const { metricRegistry, served } = scene({ namespaceLabel: "ns" });
    const hpaMetrics = metricRegistry.put(hpa("shop/a", { rps: 'sum(\n  x{ns="bank"}\n)', good: 'x{ns="shop"}' }));
    expect(served()).toEqual(['x{ns="shop"}']);
    expect(codes(hpaMetrics)).toEqual(["ASM_QUERY_NOT_OWN"]);
    expect(hpaMetrics?.problems[0]?.message).toContain(
      'line 2, column 8: this query may only read series with ns="shop"',
    );
    expect(hpaMetrics?.problems[0]?.message.split("\n").slice(1)).toEqual(['  x{ns="bank"}', "       ^"]);
  });

  test("are not served unparsed where the operator binds or limits them", () => {
    for (const [rules, code] of [
      [{ namespaceLabel: "ns" }, "ASM_QUERY_NOT_OWN"],
      [{ maxQueryCostMs: 1e12 }, "ASM_QUERY_COST"],
    ] as const) {
      const { metricRegistry, served } = scene(rules);
      const unparsed = hpa("shop/a", { rps: "x default 0", good: "x" });
      const annotations = { ...unparsed.annotations, [`${KEY}dialect.rps`]: "server" };
      const hpaMetrics = metricRegistry.put({ ...unparsed, annotations });
      expect(served()).toHaveLength(1);
      expect(codes(hpaMetrics)).toEqual([code]);
    }
    const { metricRegistry, served } = scene({});
    const unparsed = hpa("shop/a", { rps: "x default 0" });
    metricRegistry.put({ ...unparsed, annotations: { ...unparsed.annotations, [`${KEY}dialect`]: "server" } });
    expect(served()).toEqual(["x default 0"]);
  });

  test("may cost no more than the operator allows", () => {
    const { metricRegistry, served } = scene({ maxQueryCostMs: 600_000 });
    const hpaMetrics = metricRegistry.put(
      hpa("shop/a", {
        two: "rate(x[5m]) / rate(y[5m])",
        three: "x + y + z",
        year: "max_over_time(x[1y:1s])",
        step: "rate(x[step()])",
      }),
    );
    expect(served()).toEqual(["rate(x[5m]) / rate(y[5m])"]);
    expect(hpaMetrics?.problems.map(problemLine)).toEqual([
      expect.stringContaining(`ASM_QUERY_COST: the query in "${KEY}three" reads 900 s of series at each evaluation`),
      expect.stringContaining("ASM_QUERY_COST"),
      expect.stringContaining("has no cost that can be told"),
    ]);
  });
});

describe("a namespace with a limit of metrics", () => {
  test("serves those that came first, tells the others, and gives them room when it comes free", () => {
    const { metricRegistry, served, came } = scene({ maxMetricsPerNamespace: 2 });
    metricRegistry.put(hpa("shop/a", { a: "a" }));
    metricRegistry.put(hpa("shop/b", { b: "b" }));
    expect(codes(metricRegistry.put(hpa("shop/c", { c: "c", d: "d" })))).toEqual([
      "ASM_TOO_MANY_METRICS",
      "ASM_TOO_MANY_METRICS",
    ]);
    expect(codes(metricRegistry.put(hpa("shop/e", { e: "e" })))).toEqual(["ASM_TOO_MANY_METRICS"]);
    metricRegistry.put(hpa("other/a", { o: "o" }));
    expect(served()).toEqual(["a", "b", "o"]);
    metricRegistry.remove("shop/a");
    expect(served()).toEqual(["b", "e", "o"]);
    metricRegistry.remove("shop/b");
    metricRegistry.remove("shop/e");
    expect(served()).toEqual(["c", "d", "o"]);
    expect(came).toEqual(["shop/e", "shop/c"]);
    expect(metricRegistry.hpaMetrics("shop/c")?.problems).toEqual([]);
  });

  test("does not count an HPA's old metrics against its new ones", () => {
    const { metricRegistry, served, came } = scene({ maxMetricsPerNamespace: 2 });
    metricRegistry.put(hpa("shop/a", { a: "a", b: "b" }));
    metricRegistry.put(hpa("shop/z", { z: "z" }));
    expect(codes(metricRegistry.put(hpa("shop/a", { a: "a", c: "c" })))).toEqual([]);
    expect(served()).toEqual(["a", "c"]);
    metricRegistry.put(hpa("shop/a", { a: "a" }));
    expect(served()).toEqual(["a", "z"]);
    expect(came).toEqual(["shop/z"]);
  });

  test("has its room back when an HPA that waited goes or asks for less", () => {
    const { metricRegistry, served } = scene({ maxMetricsPerNamespace: 1 });
    metricRegistry.put(hpa("shop/a", { a: "a", b: "b" }));
    metricRegistry.put(hpa("shop/c", { c: "c", d: "d" }));
    metricRegistry.put(hpa("shop/a", { a: "a" }));
    metricRegistry.remove("shop/c");
    metricRegistry.remove("shop/a");
    metricRegistry.put(hpa("shop/e", { e: "e" }));
    expect(served()).toEqual(["e"]);
  });
});
