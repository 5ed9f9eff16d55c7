import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { anyValue } from "./promql/anyQuery.testing";
import { parseQuery } from "./promql/query";
import { selectorsOf } from "./promql/selectors";
import { selector } from "./selector";

test("a selector without matchers is the metric's name", () => {
  expect(selector("up", [])).toBe("up");
});

test("matchers stand in the order given, with their operators", () => {
  expect(
    selector("job:x", [
      { label: "a", operator: "=", value: "b" },
      { label: "c", operator: "!~", value: "5.." },
    ]),
  ).toBe('job:x{a="b",c!~"5.."}');
});

test("any value stays inside its quotes and means itself", () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const result = parseQuery(selector("x", [{ label: "a", operator: "=", value }]));
      if (!result.ok) throw new Error(result.problem.message);
      const values = selectorsOf(result.query).flatMap(({ matchers }) => matchers.map((one) => one.value));
      expect(values).toEqual([value]);
    }),
  );
});

test.each(["", "1x", "a b", "a{", "a\n", "é"])("%j is no metric name", (metric) => {
  expect(() => selector(metric, [])).toThrow("metric name");
});

test.each(["", "1x", "a:b", 'a="', "a\n"])("%j is no label name", (label) => {
  expect(() => selector("x", [{ label, operator: "=", value: "" }])).toThrow("label name");
});

test("the metric's name cannot be matched again, and half a surrogate pair has no text", () => {
  expect(() => selector("x", [{ label: "__name__", operator: "=", value: "y" }])).toThrow("__name__");
  expect(() => selector("x", [{ label: "a", operator: "=", value: "\ud800" }])).toThrow("Unicode");
});
