import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { problemLine } from "../problem";
import { readMetricSpecs } from "./read";
import type { ExternalMetric, ServerRef } from "./spec";

const key = (metric: string, name: string) => `metric-config.external.${metric}.prometheus/${name}`;
const named = (queryName: string): ExternalMetric => ({
  name: "prometheus-query",
  matchLabels: { "query-name": queryName },
});
const typed = (name: string): ExternalMetric => ({ name, matchLabels: { type: "prometheus" } });

/** Problems as `CODE severity key`. */
function told(annotations: Record<string, string>, metrics: readonly ExternalMetric[]): string[] {
  const { problems } = readMetricSpecs(annotations, metrics);
  return problems.map((problem) => [problem.code, problem.severity, problem.key ?? "-"].join(" "));
}

test("the guide's HPA is read, whatever the spacing of its query", () => {
  const annotations = {
    [key("prometheus-query", "rps")]: "\n  sum(\n rate(x[1m])\n)\n",
    "kubectl.kubernetes.io/x": "y",
  };
  const { specs, problems } = readMetricSpecs(annotations, [named("rps")]);
  expect(problems).toEqual([]);
  expect(specs).toMatchObject([
    {
      metricName: "prometheus-query",
      labels: { "query-name": "rps" },
      query: { text: "sum(\n rate(x[1m])\n)" },
      queryKey: key("prometheus-query", "rps"),
      server: { kind: "default" },
    },
  ]);
  expect(specs[0]).not.toHaveProperty("intervalSeconds");
  expect(specs[0]).not.toHaveProperty("aggregate");
});

test("interval, aggregate and server alias are read", () => {
  const annotations = {
    [key("rps", "query")]: "x",
    [key("rps", "interval")]: "1m30s",
    [key("rps", "aggregate")]: "max",
    [key("rps", "prometheus-server-alias")]: "eu",
  };
  expect(readMetricSpecs(annotations, [typed("rps")])).toMatchObject({
    specs: [{ intervalSeconds: 90, aggregate: "max", server: { kind: "alias", alias: "eu" } }],
    problems: [],
  });
});

test("the server alias may be a label; an annotation wins over it, and a URL over both", () => {
  const metric = { name: "rps", matchLabels: { type: "prometheus", "prometheus-server-alias": "eu" } };
  const query = { [key("rps", "query")]: "x" };
  const alias = { ...query, [key("rps", "prometheus-server-alias")]: "us" };
  const url = { ...alias, [key("rps", "prometheus-server")]: "https://p.example:9090/path" };
  const servers = [query, alias, url].map((annotations) => readMetricSpecs(annotations, [metric]).specs[0]?.server);
  expect(servers).toEqual([
    { kind: "alias", alias: "eu" },
    { kind: "alias", alias: "us" },
    { kind: "url", url: "https://p.example:9090/path" },
  ]);
});

test("an interval of zero is ignored", () => {
  const annotations = { [key("rps", "query")]: "x", [key("rps", "interval")]: "0" };
  expect(readMetricSpecs(annotations, [typed("rps")]).specs[0]).not.toHaveProperty("intervalSeconds");
});

test("an unknown key is named, with the nearest known one, and the metric is still served", () => {
  const annotations = { [key("rps", "query")]: "x", [key("rps", "intervall")]: "30s" };
  const { specs, problems } = readMetricSpecs(annotations, [typed("rps")]);
  expect(specs).toHaveLength(1);
  expect(problems).toMatchObject([{ code: "ASM_KEY_UNUSED", severity: "warning", key: key("rps", "intervall") }]);
  expect(problems[0]?.message).toContain('did you mean "interval"?');
});

test("of very many unknown keys the first are named, and how many more there are", () => {
  const more = Array.from({ length: 4_000 }, (_, index) => [key("rps", `unknown-${index}`), "x"]);
  const { specs, problems } = readMetricSpecs({ [key("rps", "query")]: "x", ...Object.fromEntries(more) }, [
    typed("rps"),
  ]);
  expect([specs.length, problems.length]).toEqual([1, 21]);
  expect(problems.at(-1)?.message).toContain("like 3979 other annotations of the metric");
});

test("a query that no metric names is a warning that knows the names in use", () => {
  const annotations = { [key("prometheus-query", "requests")]: "x", [key("prometheus-query", "request")]: "y" };
  const { problems } = readMetricSpecs(annotations, [named("requests")]);
  expect(problems).toMatchObject([{ code: "ASM_KEY_UNUSED", key: key("prometheus-query", "request") }]);
  expect(problems[0]?.message).toContain('did you mean "requests"?');
});

test("a metric that names a missing query is told the nearest query there is", () => {
  const { specs, problems } = readMetricSpecs({ [key("prometheus-query", "requests")]: "x" }, [named("request")]);
  expect(specs).toEqual([]);
  expect(problems[0]).toMatchObject({
    code: "ASM_QUERY_MISSING",
    severity: "error",
    key: key("prometheus-query", "request"),
  });
  expect(problems[0]?.message).toContain('there is "requests"');
});

test("a key for a metric that the HPA does not have names the nearest metric", () => {
  const { problems } = readMetricSpecs({ [key("requests", "query")]: "x", [key("request", "query")]: "y" }, [
    typed("requests"),
  ]);
  expect(problems).toMatchObject([{ code: "ASM_KEY_UNUSED", key: key("request", "query") }]);
  expect(problems[0]?.message).toContain('did you mean "requests"?');
});

test("a bad metric never takes another of the same HPA with it", () => {
  const annotations = {
    [key("prometheus-query", "good")]: "x",
    [key("prometheus-query", "bad")]: "ratee(x[1m])",
    [key("slow", "query")]: "y",
    [key("slow", "interval")]: "30",
    [key("many", "query")]: "z",
    [key("many", "aggregate")]: "median",
  };
  const { specs } = readMetricSpecs(annotations, [
    named("good"),
    named("bad"),
    typed("slow"),
    typed("many"),
    named("none"),
  ]);
  expect(specs.map(({ query }) => query.text)).toEqual(["x"]);
  expect(told(annotations, [named("good"), named("bad"), typed("slow"), typed("many"), named("none")])).toEqual([
    `ASM_QUERY_INVALID error ${key("prometheus-query", "bad")}`,
    `ASM_INTERVAL_INVALID error ${key("slow", "interval")}`,
    `ASM_AGGREGATE_INVALID error ${key("many", "aggregate")}`,
    `ASM_QUERY_MISSING error ${key("prometheus-query", "none")}`,
  ]);
});

test("all faults of one metric are told at once, and those of shared annotations once", () => {
  const annotations = {
    [key("prometheus-query", "a")]: "(",
    [key("prometheus-query", "b")]: "x",
    [key("prometheus-query", "interval")]: "-1s",
    [key("prometheus-query", "prometheus-server")]: "p:9090",
  };
  expect(told(annotations, [named("a"), named("b")])).toEqual([
    `ASM_QUERY_INVALID error ${key("prometheus-query", "a")}`,
    `ASM_INTERVAL_INVALID error ${key("prometheus-query", "interval")}`,
    `ASM_SERVER_INVALID error ${key("prometheus-query", "prometheus-server")}`,
  ]);
});

test("a wrong query is shown with a caret, and told in one line without it", () => {
  const { problems } = readMetricSpecs({ [key("rps", "query")]: "sum(\n  ratee(x[1m])\n)" }, [typed("rps")]);
  const [problem] = problems;
  expect(problem?.message.split("\n").slice(1)).toEqual(["  ratee(x[1m])", "  ^"]);
  expect(problem && problemLine(problem)).toBe(
    `ASM_QUERY_INVALID: the query in "${key("rps", "query")}" is wrong at line 2, column 3: unknown function "ratee", did you mean "rate"? Correct the query so that it returns a scalar or an instant vector, or set \`dialect: server\` if it is in the dialect of its server.`,
  );
});

test.each(["", "localhost:9090", "ftp://x", "http://", "http://[::1", "/path"])("%j is no server", (server) => {
  const annotations = { [key("rps", "query")]: "x", [key("rps", "prometheus-server")]: server };
  expect(told(annotations, [typed("rps")])).toEqual([`ASM_SERVER_INVALID error ${key("rps", "prometheus-server")}`]);
});

test("a server that a label names is refused, not replaced by the default one", () => {
  const metric = { name: "rps", matchLabels: { type: "prometheus", "prometheus-server": "p.example" } };
  expect(readMetricSpecs({ [key("rps", "query")]: "x" }, [metric]).specs).toEqual([]);
  const empty = { name: "rps", matchLabels: { type: "prometheus", "prometheus-server-alias": "" } };
  expect(told({ [key("rps", "query")]: "x" }, [empty])).toEqual(["ASM_SERVER_INVALID error -"]);
});

test("metrics of other sources are left alone, with one warning each", () => {
  const metrics = [{ name: "sqs" }, { name: "rps", matchLabels: { type: "promethus" } }];
  const annotations = { [key("rps", "query")]: "x" };
  expect(told(annotations, metrics)).toEqual(["ASM_METRIC_NOT_SERVED warning -", "ASM_METRIC_NOT_SERVED warning -"]);
  expect(readMetricSpecs(annotations, metrics).problems[1]?.message).toContain('did you mean "prometheus"?');
});

test("the type says whose a metric is, even one that is named prometheus-query", () => {
  const metric = { name: "prometheus-query", matchLabels: { type: "influxdb", "query-name": "a" } };
  expect(readMetricSpecs({ [key("prometheus-query", "a")]: "x" }, [metric]).specs).toEqual([]);
});

test.each([
  ["metric-config.external.my.metric.prometheus/query", "the metric's name in it has a dot"],
  ["metric-config.external.rps.prometheus/a/query", "it has 2 slashes"],
  ["metric-config.external.rps.prometheus", "it has 0 slashes"],
  ["metric-config.external.rps/query", "the metric's name or the collector is missing"],
  ["metric-config.externl.rps.prometheus/query", 'its type is "externl", not "external"'],
  ["metric-config.external.rps.influxdb/query", 'its collector is "influxdb", not "prometheus"'],
])("%s is not read: %s", (annotation, reason) => {
  const { specs, problems } = readMetricSpecs({ [annotation]: "x" }, []);
  expect(specs).toEqual([]);
  expect(problems).toMatchObject([{ code: "ASM_KEY_NOT_READ", severity: "warning", key: annotation }]);
  expect(problems[0]?.message).toBe(`the annotation "${annotation}" is not read: ${reason}`);
});

test("keys of pods and object metrics and of anything else are no concern of ours", () => {
  const annotations = {
    "metric-config.pods.rps.json-path/path": "/metrics",
    "metric-config.object.rps.prometheus/query": "(",
    "metric-config.object.a.b.c/d/e": "",
    "example.com/metric-config.external": "x",
  };
  expect(told(annotations, [])).toEqual([]);
});

test("settings without effect on external metrics are told", () => {
  const annotations = {
    [key("rps", "query")]: "x",
    [key("rps", "per-replica")]: "false",
    [key("rps", "min-pod-ready-age")]: "xx",
  };
  expect(readMetricSpecs(annotations, [typed("rps")]).specs).toHaveLength(1);
  expect(told(annotations, [typed("rps")])).toEqual([
    `ASM_KEY_WITHOUT_EFFECT warning ${key("rps", "per-replica")}`,
    `ASM_KEY_WITHOUT_EFFECT warning ${key("rps", "min-pod-ready-age")}`,
  ]);
});

test("a metric without a selector is refused: it would be the sum of all of its name", () => {
  const annotations = { [key("prometheus-query", "query")]: "x" };
  for (const metric of [{ name: "prometheus-query" }, { name: "prometheus-query", matchLabels: {} }]) {
    expect(readMetricSpecs(annotations, [metric]).specs).toEqual([]);
    expect(told(annotations, [metric])).toEqual(["ASM_SELECTOR_MISSING error -"]);
  }
});

test("a setting's name is no query's name", () => {
  expect(told({ [key("prometheus-query", "aggregate")]: "sum" }, [named("aggregate")])).toEqual([
    "ASM_QUERY_NAME_RESERVED error -",
  ]);
});

test("an annotation query-name wins over the label, and says so", () => {
  const annotations = {
    [key("prometheus-query", "query-name")]: "a",
    [key("prometheus-query", "a")]: "x",
    [key("prometheus-query", "b")]: "y",
  };
  const { specs } = readMetricSpecs(annotations, [named("b")]);
  expect(specs.map(({ query }) => query.text)).toEqual(["x"]);
  expect(told(annotations, [named("b")])).toEqual([
    `ASM_LABEL_OVERRIDDEN warning ${key("prometheus-query", "query-name")}`,
    `ASM_KEY_UNUSED warning ${key("prometheus-query", "b")}`,
  ]);
});

test("the same metric twice is one", () => {
  const annotations = { [key("prometheus-query", "a")]: "x" };
  const again = { name: "prometheus-query", matchExpressions: [{ key: "query-name", operator: "In", values: ["a"] }] };
  expect(readMetricSpecs(annotations, [named("a"), named("a"), again]).specs).toHaveLength(1);
});

test.each([
  { operator: "In", values: ["a", "b"] },
  { operator: "Exists" },
  { operator: "NotIn", values: ["a"], key: "query-name" },
  { operator: "DoesNotExist", key: "query-name" },
  { operator: "Gt", values: ["1"] },
])("a selector that the served labels cannot meet is an error: %j", (expression) => {
  const metric = { ...named("a"), matchExpressions: [{ key: "zone", ...expression }] };
  const { specs, problems } = readMetricSpecs({ [key("prometheus-query", "a")]: "x" }, [metric]);
  expect(specs).toEqual([]);
  expect(problems).toMatchObject([{ code: "ASM_SELECTOR_NEVER_MATCHES", severity: "error" }]);
});

test.each([
  { operator: "In", values: ["eu"] },
  { operator: "NotIn", values: ["eu"] },
  { operator: "DoesNotExist" },
  { operator: "Exists", key: "query-name" },
])("a selector that they meet is served: %j", (expression) => {
  const metric = { ...named("a"), matchExpressions: [{ key: "zone", ...expression }] };
  expect(readMetricSpecs({ [key("prometheus-query", "a")]: "x" }, [metric]).specs).toHaveLength(1);
});

test("anything at all is read without being thrown", () => {
  const setting = fc.constantFrom("query", "query-name", "interval", "aggregate", "prometheus-server-alias", "a", "b");
  const anyKey = fc.oneof(
    {
      arbitrary: fc
        .tuple(fc.constantFrom("rps", "prometheus-query"), setting)
        .map(([metric, name]) => key(metric, name)),
      weight: 6,
    },
    fc
      .array(fc.constantFrom("metric-config", "external", "prometheus", ".", "/", "rps", "__proto__"))
      .map((all) => all.join("")),
    fc.string().map((name) => key("rps", name)),
  );
  const known = ["x", "sum(y)", "a", "30s", "sum", "http://x", "constructor", ""];
  const anyText = fc.oneof({ arbitrary: fc.constantFrom(...known), weight: 6 }, fc.string({ unit: "binary" }));
  const anyLabels = fc.record(
    {
      type: fc.constantFrom("prometheus", "prometheus-query", "sqs", ""),
      "query-name": fc.constantFrom("a", "b", "query", "interval", "__proto__"),
      "prometheus-server-alias": anyText,
      query: anyText,
      __proto__: anyText,
    },
    { requiredKeys: [] },
  );
  const anyExpression = fc.record({
    key: fc.constantFrom("type", "query-name", "zone"),
    operator: fc.constantFrom("In", "NotIn", "Exists", "DoesNotExist", ""),
    values: fc.array(fc.constantFrom("prometheus", "a", "eu"), { maxLength: 2 }),
  });
  const anyMetric = fc.record(
    {
      name: fc.constantFrom("rps", "prometheus-query"),
      matchLabels: anyLabels,
      matchExpressions: fc.array(anyExpression, { maxLength: 1 }),
    },
    { requiredKeys: ["name"] },
  );
  let served = 0;
  fc.assert(
    fc.property(
      fc.dictionary(anyKey, anyText, { minKeys: 2 }),
      fc.array(anyMetric, { maxLength: 4 }),
      (annotations, metrics) => {
        const { specs, problems } = readMetricSpecs(annotations, metrics);
        served += specs.length;
        expect(specs.length).toBeLessThanOrEqual(metrics.length);
        for (const spec of specs) expect(annotations[spec.queryKey]?.trim()).toBe(spec.query.text);
        for (const problem of problems) expect(problemLine(problem)).toMatch(/^ASM_[A-Z_]+: .+[.?!] .+\.$/);
      },
    ),
    { numRuns: 1000 },
  );
  expect(served).toBeGreaterThan(5);
});

test("an HPA of too many metrics has none, however cheap each of them is", () => {
  const annotations = { [key("prometheus-query", "a")]: "x" };
  const metrics = Array.from({ length: 101 }, () => named("a"));
  expect(readMetricSpecs(annotations, metrics)).toMatchObject({ specs: [], problems: [{ code: "ASM_HPA_METRICS" }] });
  expect(readMetricSpecs(annotations, metrics.slice(1)).specs).toHaveLength(1);
  expect(readMetricSpecs(annotations, metrics, { most: 101 }).specs).toHaveLength(1);
});

test("metrics that name one query share it", () => {
  const annotations = { [key("prometheus-query", "a")]: "x" };
  const { specs } = readMetricSpecs(annotations, [
    { name: "prometheus-query", matchLabels: { "query-name": "a" } },
    { name: "prometheus-query", matchLabels: { "query-name": "a", zone: "b" } },
  ]);
  expect(specs).toHaveLength(2);
  expect(specs[0]?.query).toBe(specs[1]?.query);
});

test("a metric of a size that Kubernetes takes and nobody needs is refused", () => {
  const big = { name: "n".repeat(300_000), matchLabels: { type: "prometheus" } };
  const wide = { name: "rps", matchLabels: { type: "prometheus", zone: "z".repeat(5_000) } };
  const { specs, problems } = readMetricSpecs({ [key("rps", "query")]: "x" }, [big, wide]);
  expect(specs).toEqual([]);
  expect(problems.map(({ code }) => code)).toEqual(["ASM_METRIC_SIZE", "ASM_METRIC_SIZE", "ASM_KEY_UNUSED"]);
});

test("of many problems the first are listed, in messages of a length that can be read", () => {
  const keys = Array.from({ length: 5_000 }, (_, index) => [`metric-config.external.m${index}.prometheus/query`, "x"]);
  const values = Object.fromEntries(
    [...keys, [key("rps", "query")], [key("rps", "interval")]].map(([name]) => [name, "y".repeat(9_000)]),
  );
  const { problems } = readMetricSpecs(values, [typed("rps")]);
  expect(problems.length).toBeLessThanOrEqual(102);
  expect(Math.max(...problems.map(({ message }) => message.length))).toBeLessThanOrEqual(1_000);
  expect(problems.filter(({ severity }) => severity === "error").map(({ code }) => code)).toEqual([
    "ASM_QUERY_INVALID",
    "ASM_INTERVAL_INVALID",
  ]);
});

describe("a query in the dialect of its server", () => {
  const foreign = "range_max(x[5m])";

  test("is read as it is, by an annotation of the metric or of the one query", () => {
    const both = [named("a"), named("b")];
    const queries = { [key("prometheus-query", "a")]: ` ${foreign} `, [key("prometheus-query", "b")]: "sum(x)" };
    const [a, b] = readMetricSpecs({ ...queries, [key("prometheus-query", "dialect")]: "server" }, both).specs;
    expect([a, b]).toMatchObject([{ query: { text: foreign, isUnparsed: true } }, { query: { isUnparsed: true } }]);
    const own = readMetricSpecs({ ...queries, [key("prometheus-query", "dialect.a")]: "server" }, both);
    expect(own.problems).toEqual([]);
    expect(own.specs.map(({ query }) => query.isUnparsed)).toEqual([true, undefined]);
  });

  test("is read for a server that has a dialect, unless it is PromQL or has to be", () => {
    const alias = { [key("rps", "prometheus-server-alias")]: "arms" };
    const isArms = (server: ServerRef) => server.kind === "alias" && server.alias === "arms";
    const read = (annotations: Record<string, string>) =>
      readMetricSpecs(annotations, [typed("rps")], { hasOwnDialect: isArms }).specs[0]?.query;
    const query = { [key("rps", "query")]: foreign };
    expect(read({ ...query, ...alias })).toEqual({ text: foreign, isUnparsed: true });
    expect(read(query)).toBeUndefined();
    expect(read({ [key("rps", "query")]: "sum(x)", ...alias })).toEqual({ text: "sum(x)" });
    expect(read({ ...query, ...alias, [key("rps", "dialect")]: "promql" })).toBeUndefined();
  });

  test("is still not empty, too long or half a character, and the dialect has a known name", () => {
    const of = (query: string, dialect: string) =>
      told({ [key("rps", "query")]: query, [key("rps", "dialect")]: dialect }, [typed("rps")]);
    for (const text of [" ", "x".repeat(8_193), "\ud800"])
      expect(of(text, "server")).toEqual([`ASM_QUERY_INVALID error ${key("rps", "query")}`]);
    expect(of("x", "metricsql")).toEqual([`ASM_DIALECT_INVALID error ${key("rps", "dialect")}`]);
  });
});
