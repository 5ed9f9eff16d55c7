import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readMetricSpecs } from "./read";
import { writeAnnotations } from "./write";

const load = { queryName: "rps", query: "sum(rate(x[1m]))" };
const ahead = { queryName: "rps-ahead", query: "vector(5)", anticipates: "rps", intervalSeconds: 60 };
const { annotations, metrics } = writeAnnotations([load, ahead]);
const asked = metrics.slice(0, 1);

describe("a query that anticipates the load of another", () => {
  test("is observed if no metric asks for it", () => {
    const { specs, problems } = readMetricSpecs(annotations, asked);
    expect(problems).toEqual([]);
    expect(specs).toEqual([
      expect.not.objectContaining({ isObserved: true }),
      expect.objectContaining({
        labels: { "query-name": "rps-ahead" },
        anticipates: "rps",
        intervalSeconds: 60,
        isObserved: true,
      }),
    ]);
  });

  test("is a metric like any other if one asks for it, with an interval of its own", () => {
    const { specs, problems } = readMetricSpecs(annotations, metrics);
    expect(problems).toEqual([]);
    expect(
      specs.map(({ anticipates, intervalSeconds, isObserved }) => [anticipates, intervalSeconds, isObserved]),
    ).toEqual([
      [undefined, undefined, undefined],
      ["rps", 60, undefined],
    ]);
  });

  test.each([
    ["whose load is no metric of the HPA", { ...ahead, anticipates: "other" }],
    ["which anticipates itself", { ...ahead, anticipates: "rps-ahead" }],
  ])("%s is not evaluated unless a metric asks for it", (_what, wrong) => {
    const written = writeAnnotations([load, wrong]);
    const observed = readMetricSpecs(written.annotations, asked);
    expect(observed.problems.map(({ code }) => code)).toEqual(["ASM_ANTICIPATES_UNKNOWN"]);
    expect(observed.specs).toHaveLength(1);
    const whole = readMetricSpecs(written.annotations, written.metrics);
    expect(whole.problems.map(({ code }) => code)).toEqual(["ASM_ANTICIPATES_UNKNOWN"]);
    expect(whole.specs.map(({ anticipates }) => anticipates)).toEqual([undefined, undefined]);
  });

  test("is the only one of its load, so an HPA has no more of them than metrics", () => {
    const many = Array.from({ length: 50 }, (_, index) => ({ ...ahead, queryName: `ahead-${index}` }));
    const written = writeAnnotations([load, ...many]);
    const { specs, problems } = readMetricSpecs(written.annotations, asked);
    expect(specs).toHaveLength(2);
    expect(problems).toHaveLength(49);
  });

  test("has the problems of any query", () => {
    const key = "metric-config.external.prometheus-query.prometheus/rps-ahead";
    const { specs, problems } = readMetricSpecs({ ...annotations, [key]: "sum(" }, asked);
    expect(specs).toHaveLength(1);
    expect(problems.map(({ code }) => code)).toEqual(["ASM_QUERY_INVALID"]);
    const { [key]: _, ...without } = annotations;
    expect(readMetricSpecs(without, asked).problems.map(({ code }) => code)).toContain("ASM_QUERY_MISSING");
  });

  test("is not evaluated where another annotation decides which query the metric has", () => {
    const key = "metric-config.external.prometheus-query.prometheus/";
    for (const more of [{ [`${key}query`]: "z" }, { [`${key}query-name`]: "rps" }]) {
      const { specs } = readMetricSpecs({ ...annotations, ...more }, asked);
      expect(specs).toHaveLength(1);
      expect(specs[0]?.isObserved).toBeUndefined();
    }
  });

  test("is never more than the metrics of the HPA, and never served under its name, whatever the annotations say", () => {
    const name = fc.constantFrom("rps", "rps-ahead", "a", "b");
    const key = (last: string) => `metric-config.external.prometheus-query.prometheus/${last}`;
    const entry = fc.oneof(
      fc.tuple(
        name.map((one) => key(`anticipates.${one}`)),
        name,
      ),
      fc.tuple(name.map(key), fc.constantFrom("vector(1)", "sum(")),
      fc.tuple(fc.constantFrom(key("query"), key("query-name")), name),
    );
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 12 }), fc.uniqueArray(name), (entries, names) => {
        const external = names.map((one) => ({ name: "prometheus-query", matchLabels: { "query-name": one } }));
        const { specs } = readMetricSpecs(Object.fromEntries(entries), external);
        const observed = specs.filter(({ isObserved }) => isObserved);
        expect(observed.length).toBeLessThanOrEqual(specs.length - observed.length);
        for (const { anticipates } of observed) expect(anticipates).toBeDefined();
      }),
    );
  });
});
