import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { anyQuery } from "./anyQuery.testing";
import { queryCost } from "./cost";
import { parseQuery } from "./query";

function costOf(text: string): number {
  const result = parseQuery(text);
  if (!result.ok) throw new Error(`${text}: ${result.problem.message}`);
  return queryCost(result.query);
}

test.each([
  ["x", 300],
  ["x offset 30d", 300],
  ["vector(1)", 0],
  ["rate(x[1m])", 60],
  ["rate(x[90])", 90],
  ["rate(x[1h30m] offset 5m)", 5400],
  ["rate(x[500ms])", 0.5],
  ["rate(x[5m]) / rate(y[5m])", 600],
  ["max_over_time(rate(x[5m])[1h:1m])", 60 * 300],
  ["max_over_time(rate(x[5m])[1h:])", 60 * 300],
  ["max_over_time(x[30s:1m])", 300],
  ["sum_over_time(max_over_time(rate(x[1m])[1h:1m])[1d:1h])", 24 * 60 * 60],
  ["avg_over_time((x + rate(y[1m]))[10m:5m])", 2 * 360],
  ["avg_over_time(x[1h:0.5])", 7200 * 300],
  ['label_replace(label_replace(x, "a", "$1", "b", "(.*)"), "c", "$1", "d", "(.*)")', 3 * 300],
  ["rate(x[0x5A])", 90],
  ["rate(x[9e1])", 90],
  ["rate(x[1_000])", 1000],
  ["rate(x[1.5])", 1.5],
  ["rate(x[step()])", Number.POSITIVE_INFINITY],
  ["rate(x[5m * 2])", Number.POSITIVE_INFINITY],
  ["sum_over_time(vector(1)[1y:1s])", 31_536_000],
  ["max_over_time(sum_over_time(vector(1)[1h:1m])[1d:1h])", 24 * 60 + 24],
  ["sum_over_time(x[1y:1s])", 31_536_000 * 300],
])("%s costs %d seconds of series", (text, cost) => {
  expect(costOf(text)).toBeCloseTo(cost, 6);
});

test("the longest sum of durations is judged at once", () => {
  const began = performance.now();
  expect(costOf(`rate(x[${"1 + ".repeat(2_000)}5m])`)).toBe(Number.POSITIVE_INFINITY);
  expect(performance.now() - began).toBeLessThan(1_000);
});

test("a query costs as much as its parts, and spacing is free", () => {
  fc.assert(
    fc.property(anyQuery, anyQuery, (a, b) => {
      const both = costOf(`(${a}\n) + (${b}\n)`);
      expect(both).toBeCloseTo(costOf(a) + costOf(b), 3);
    }),
  );
});
