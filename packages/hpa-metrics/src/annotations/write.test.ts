import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { ProblemError } from "../problem";
import { anyQuery } from "../promql/anyQuery.testing";
import { isReserved } from "./key";
import { readMetricSpecs } from "./read";
import type { Aggregate, AnnotatedQuery } from "./spec";
import { writeAnnotations } from "./write";

test("the guide's annotation and metric are written", () => {
  expect(writeAnnotations([{ queryName: "processed-requests-per-second", query: "sum(x)" }])).toEqual({
    annotations: { "metric-config.external.prometheus-query.prometheus/processed-requests-per-second": "sum(x)" },
    metrics: [{ name: "prometheus-query", matchLabels: { "query-name": "processed-requests-per-second" } }],
  });
});

test("shared settings are written once", () => {
  const shared = { serverAlias: "eu", aggregate: "max" as const };
  const { annotations } = writeAnnotations([
    { queryName: "a", query: "x", ...shared },
    { queryName: "b", query: "y", ...shared },
  ]);
  expect(annotations).toEqual({
    "metric-config.external.prometheus-query.prometheus/a": "x",
    "metric-config.external.prometheus-query.prometheus/b": "y",
    "metric-config.external.prometheus-query.prometheus/prometheus-server-alias": "eu",
    "metric-config.external.prometheus-query.prometheus/aggregate": "max",
  });
});

test("an interval and what is anticipated belong to one query", () => {
  const { annotations } = writeAnnotations([
    { queryName: "a", query: "x" },
    { queryName: "b", query: "y", intervalSeconds: 90, anticipates: "a" },
  ]);
  expect(annotations).toEqual({
    "metric-config.external.prometheus-query.prometheus/a": "x",
    "metric-config.external.prometheus-query.prometheus/b": "y",
    "metric-config.external.prometheus-query.prometheus/anticipates.b": "a",
    "metric-config.external.prometheus-query.prometheus/interval.b": "1m30s",
  });
  const long = "a".repeat(52);
  expect(() => writeAnnotations([{ queryName: long, query: "x", anticipates: "a" }])).toThrow("Use up to 51");
});

test("a query in the dialect of its server is written as it is, with its dialect", () => {
  const { annotations, metrics } = writeAnnotations([
    { queryName: "a", query: "range_max(x[5m])", dialect: "server" },
    { queryName: "b", query: "y" },
  ]);
  expect(annotations).toMatchObject({ "metric-config.external.prometheus-query.prometheus/dialect.a": "server" });
  expect(readMetricSpecs(annotations, metrics).problems).toEqual([]);
  const long = "a".repeat(56);
  expect(() => writeAnnotations([{ queryName: long, query: "x", dialect: "server" }])).toThrow("Use up to 55");
});

test("no queries need no annotations", () => {
  expect(writeAnnotations([])).toEqual({ annotations: {}, metrics: [] });
});

const a = { queryName: "a", query: "x" };
test.each<[string, AnnotatedQuery[], string]>([
  ["ASM_QUERY_NAME_INVALID", [{ queryName: "a b", query: "x" }], '"a b"'],
  ["ASM_QUERY_NAME_INVALID", [{ queryName: "", query: "x" }], '""'],
  ["ASM_QUERY_NAME_INVALID", [{ queryName: "a".repeat(64), query: "x" }], "63"],
  ["ASM_QUERY_NAME_RESERVED", [{ queryName: "interval", query: "x" }], '"interval"'],
  ["ASM_QUERY_NAME_TWICE", [a, a], '"a"'],
  ["ASM_QUERY_INVALID", [{ queryName: "a", query: "sum(\n  ratee(x)\n)" }], "line 2, column 3"],
  [
    "ASM_SETTINGS_DIFFER",
    [
      { ...a, serverAlias: "eu" },
      { ...a, queryName: "b", serverAlias: "us" },
    ],
    '"a" and "b"',
  ],
  ["ASM_SETTINGS_DIFFER", [a, { ...a, queryName: "b", aggregate: "sum" }], "aggregate (none, sum)"],
  ["ASM_SERVER_INVALID", [{ ...a, serverAlias: "" }], "alias"],
])("%s: %j is refused", (code, queries, words) => {
  expect(() => writeAnnotations(queries)).toThrow(ProblemError);
  expect(() => writeAnnotations(queries)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(words) }),
  );
});

test("a wrong query's error shows the caret", () => {
  expect(() => writeAnnotations([{ queryName: "a", query: "sum(\n  ratee(x)\n)" }])).toThrow("\n  ratee(x)\n  ^");
});

test("what is written is read back", () => {
  const queryName = fc
    .stringMatching(/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,12}[A-Za-z0-9])?$/)
    .filter((name) => !isReserved(name));
  const shared = fc.record(
    {
      intervalSeconds: fc.integer({ min: 1, max: 1e9 }).map((milliseconds) => milliseconds / 1000),
      serverAlias: fc.string({ minLength: 1 }),
      aggregate: fc.constantFrom<Aggregate>("sum", "max", "min", "avg"),
    },
    { requiredKeys: [] },
  );
  const named = fc.uniqueArray(fc.record({ queryName, query: anyQuery }), {
    selector: (query) => query.queryName,
    maxLength: 4,
  });
  fc.assert(
    fc.property(named, shared, (queries, settings) => {
      const { serverAlias, ...others } = settings;
      const { annotations, metrics } = writeAnnotations(queries.map((query) => ({ ...query, ...settings })));
      const { specs, problems } = readMetricSpecs(annotations, metrics);
      expect(problems).toEqual([]);
      expect(specs.map(({ query, ...spec }) => ({ ...spec, text: query.text }))).toEqual(
        queries.map(({ queryName, query }) => ({
          metricName: "prometheus-query",
          labels: { "query-name": queryName },
          text: query.trim(),
          queryKey: `metric-config.external.prometheus-query.prometheus/${queryName}`,
          server: serverAlias === undefined ? { kind: "default" } : { kind: "alias", alias: serverAlias },
          ...others,
        })),
      );
    }),
  );
});
