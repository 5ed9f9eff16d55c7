import { expect, test } from "@jest/globals";
import { parseQuery, type Query, unparsedQuery } from "./query";
import { windowsOf } from "./windows";

function parsed(text: string, parse = parseQuery): Query {
  const result = parse(text);
  if (!result.ok) throw new Error(result.problem.message);
  return result.query;
}

test.each<[string, [string, number][]]>([
  ['sum(rate(x{a="b"}[1m]))', [['x{a="b"}', 60]]],
  [
    "rate(x[1m30s] offset 5m) / rate(y[2m])",
    [
      ["x", 90],
      ["y", 120],
    ],
  ],
  ["rate(x[5m]) + rate(x[30s])", [["x", 30]]],
  ["max_over_time(rate(x[1m])[1h:1m])", [["x", 60]]],
  ["x", []],
  ["rate(x[1m] anchored)", []],
  ["rate(x[1m + 30s])", [["x", Number.POSITIVE_INFINITY]]],
])("the windows of %s are the shortest range of each selector", (text, windows) => {
  expect(windowsOf(parsed(text)).map(({ selector, seconds }) => [selector, seconds])).toEqual(windows);
});

test("of a query in another dialect no window is known", () => {
  expect(windowsOf(parsed("rate(x)", unparsedQuery))).toEqual([]);
});
