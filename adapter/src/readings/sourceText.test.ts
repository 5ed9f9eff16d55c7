import { problem } from "@asm-autoscaler/hpa-metrics";
import { expect, test } from "@jest/globals";
import type { ReadingSource } from "./reading.ts";
import { formatSource, parseSource } from "./sourceText.ts";

const prometheus = { value: 30, evaluatedAt: 1_000 };
const pods = { value: 48.25, evaluatedAt: 2_000, noise: 2, pods: 5, sampled: 5, read: 4 };

test.each<ReadingSource>([
  { from: "pods", pods, prometheus },
  { from: "prometheus", prometheus, problem: problem("ASM_DIRECT_CLOSED", "2 of 2 pods cannot be read") },
  { from: "pods", pods, prometheus, tooLow: problem("ASM_DIRECT_PODS", "1 of 5 callers are not read") },
  { from: "pods", pods, problem: problem("ASM_PROMETHEUS_UNREACHABLE", "“prometheus” does not answer") },
])("a source stays what it is as one line of ASCII", (source) => {
  const text = formatSource(source);
  expect(text).toMatch(/^[ -~]+$/);
  expect(parseSource(text)).toEqual(source);
});

test("a long message is cut, and credentials in it are not shown", () => {
  const reason = problem(
    "ASM_PROMETHEUS_UNREACHABLE",
    `http://user:word@prometheus ${"x".repeat(5_000)}\r\nInjected: 1`,
  );
  const text = formatSource({ from: "pods", pods, problem: reason, tooLow: reason });
  expect(text.length).toBeLessThan(1_100);
  expect(text).not.toMatch(/word@|\r|\n/);
});

test.each(["", "{", "null", "[]", '{"from":"elsewhere"}', "undefined"])(
  "a text of another form is no source: %j",
  (text) => {
    expect(parseSource(text)).toBeUndefined();
  },
);

test("a part of another form is left out", () => {
  const text =
    '{"from":"pods","pods":{"value":"48"},"prometheus":7,"problem":{"code":"ASM_OF_TOMORROW","message":"x"}}';
  expect(parseSource(text)).toEqual({ from: "pods" });
});
