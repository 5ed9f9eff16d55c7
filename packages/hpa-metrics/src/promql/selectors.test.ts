import { expect, test } from "@jest/globals";
import { parseQuery } from "./query";
import { selectorsOf } from "./selectors";

function selectors(text: string) {
  const parsed = parseQuery(text);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return selectorsOf(parsed.query);
}

test("a selector is taken apart into its metric and its matchers, unescaped", () => {
  expect(selectors('sum(rate(requests_total{app="we\\"b",code!~"5.."}[1m] offset 5m))')).toEqual([
    {
      text: 'requests_total{app="we\\"b",code!~"5.."}',
      metric: "requests_total",
      matchers: [
        { label: "app", operator: "=", value: 'we"b' },
        { label: "code", operator: "!~", value: "5.." },
      ],
    },
  ]);
});

test("the metric's name may stand in a matcher or in quotes, and a pattern of names is a matcher", () => {
  expect(selectors('{__name__="a",b="c"}')).toMatchObject([{ metric: "a", matchers: [{ label: "b" }] }]);
  expect(selectors('{"a.b",c="d"}')).toMatchObject([{ metric: "a.b", matchers: [{ label: "c" }] }]);
  expect(selectors('{__name__=~"a.*"}')).toMatchObject([{ metric: undefined, matchers: [{ label: "__name__" }] }]);
});

test("equal selectors are one, and a query may have none", () => {
  expect(selectors("sum(a) / (sum(a) > 0) or b").map(({ text }) => text)).toEqual(["a", "b"]);
  expect(selectors("vector(1)")).toEqual([]);
});
