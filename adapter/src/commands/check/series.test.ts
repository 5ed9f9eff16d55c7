import { parseQuery } from "@asm-autoscaler/hpa-metrics";
import { expect, test } from "@jest/globals";
import { givesOneSample } from "./series.ts";

function single(text: string): boolean {
  const result = parseQuery(text);
  if (!result.ok) throw new Error(result.problem.message);
  return givesOneSample(result.query);
}

test.each([
  "1",
  "-(1 + 2)",
  "vector(1)",
  "sum(rate(a[1m]))",
  "sum by () (a)",
  "sum(a) / sum(b)",
  "sum(a) or vector(0)",
  "sum(a) and b",
  "scalar(a)",
  "clamp_min(sum(a), 0)",
  "histogram_quantile(0.95, sum(rate(a_bucket[1m])) by (le))",
  "histogram_quantile(0.95, (sum by (le) (rate(a_bucket[1m]))))",
  "max(sum by (pod) (a))",
  'absent(a{b="c"})',
  "absent(a) + absent(b)",
])("%s gives at most one sample", (text) => expect(single(text)).toBe(true));

test.each([
  "a",
  "rate(a[1m])",
  "sum by (pod) (a)",
  "sum without (pod) (a)",
  "topk(1, a)",
  "a / sum(b)",
  "a or vector(0)",
  "b and sum(a)",
  "sum(a) or b",
  "absent(a) or absent(b)",
  'sum(a) or (absent_over_time(b{c="d"}[5m]) * 2)',
  "histogram_quantile(0.95, sum(rate(a_bucket[1m])) by (le, pod))",
  'label_replace(sum(a), "x", "y", "", "")',
])("%s may give several", (text) => expect(single(text)).toBe(false));
