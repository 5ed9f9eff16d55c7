import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { milliFromNumber } from "../quantity";
import { parsePolicy } from "./noDataPolicy";
import { readMetricSpecs } from "./read";
import { writeAnnotations } from "./write";

const key = (name: string) => `metric-config.external.prometheus-query.prometheus/${name}`;
const metrics = ["rps", "errors"].map((name) => ({ name: "prometheus-query", matchLabels: { "query-name": name } }));
const queries = { [key("rps")]: "x", [key("errors")]: "y" };

test.each([
  ["hold", undefined],
  ["zero", { kind: "value", quantity: "0" }],
  [" last-for  10m ", { kind: "last-for", seconds: 600 }],
  ["value 5", { kind: "value", quantity: "5" }],
  ["value 1.5", { kind: "value", quantity: "1500m" }],
  ["value 2k", { kind: "value", quantity: "2k" }],
  ["value 999999G", { kind: "value", quantity: "999999G" }],
])("%j is a policy", (text, policy) => {
  expect(parsePolicy("k", text)).toEqual({ policy });
});

test.each([
  ["", "is not known"],
  ["zeros", 'did you mean "zero"?'],
  ["last-for", "takes one argument"],
  ["last-for 10", "missing unit"],
  ["last-for -10m", "negative duration"],
  ["last-for 0s", "above zero"],
  ["value", "takes one argument"],
  ["value -1", "no quantity"],
  ["value NaN", "no quantity"],
  ["value 10P", "no quantity"],
  ["value 1000000G", "no quantity"],
  ["zero 1", "takes no argument"],
])("%j is none, and the fault says why and names its key", (text, why) => {
  expect(parsePolicy("the-key", text)).toMatchObject({
    code: "ASM_POLICY_INVALID",
    severity: "error",
    key: "the-key",
    message: expect.stringContaining(why),
  });
});

test("a number is kept to the thousandth and never becomes negative or too large", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999_999 }), (thousandths) => {
      const parsed = parsePolicy("k", `value ${(thousandths / 1000).toFixed(3)}`);
      const policy = "policy" in parsed ? parsed.policy : undefined;
      expect(policy).toEqual(parsePolicyOf(milliFromNumber(thousandths / 1000)));
    }),
  );
});

function parsePolicyOf(milli: bigint) {
  const parsed = parsePolicy("k", `value ${milli}m`);
  return "policy" in parsed ? parsed.policy : undefined;
}

test("a policy counts for every query of the metric, and one with a query's name for that query alone", () => {
  const annotations = {
    ...queries,
    [key("on-no-data")]: "zero",
    [key("on-error")]: "last-for 5m",
    [key("on-no-data.errors")]: "hold",
  };
  const { specs, problems } = readMetricSpecs(annotations, metrics);
  expect(problems).toEqual([]);
  expect(specs.map(({ onNoData, onError }) => ({ onNoData, onError }))).toEqual([
    { onNoData: { kind: "value", quantity: "0" }, onError: { kind: "last-for", seconds: 300 } },
    { onNoData: undefined, onError: { kind: "last-for", seconds: 300 } },
  ]);
});

test("a wrong policy leaves its metrics unserved, and only those of its query when it names one", () => {
  const { specs, problems } = readMetricSpecs({ ...queries, [key("on-error.rps")]: "nought" }, metrics);
  expect(specs.map(({ queryKey }) => queryKey)).toEqual([key("errors")]);
  expect(problems.map((problem) => `${problem.code} ${problem.key}`)).toEqual([
    `ASM_POLICY_INVALID ${key("on-error.rps")}`,
  ]);
});

test("a policy for a query that is not there is told, with the nearest one", () => {
  const { problems } = readMetricSpecs({ ...queries, [key("on-no-data.erors")]: "zero" }, metrics);
  expect(problems).toMatchObject([{ code: "ASM_KEY_UNUSED", message: expect.stringContaining('"on-no-data.errors"') }]);
});

test("what is written for one query is read back for it alone", () => {
  const written = writeAnnotations([
    { queryName: "a", query: "x", onNoData: "zero" },
    { queryName: "b", query: "y", onError: "value 3" },
  ]);
  const { specs, problems } = readMetricSpecs(written.annotations, written.metrics);
  expect(problems).toEqual([]);
  expect(specs.map(({ onNoData, onError }) => [onNoData, onError])).toEqual([
    [{ kind: "value", quantity: "0" }, undefined],
    [undefined, { kind: "value", quantity: "3" }],
  ]);
});

test.each([
  ["ASM_POLICY_INVALID", { queryName: "a", query: "x", onNoData: "maybe" }],
  ["ASM_QUERY_NAME_INVALID", { queryName: "a".repeat(55), query: "x", onError: "zero" }],
  ["ASM_QUERY_NAME_RESERVED", { queryName: "on-error.rps", query: "x" }],
])("%s: %j is refused when it is written", (code, query) => {
  expect(() => writeAnnotations([query])).toThrow(expect.objectContaining({ code }));
});
