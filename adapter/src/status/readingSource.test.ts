import { problem } from "@asm-autoscaler/hpa-metrics";
import { expect, test } from "@jest/globals";
import { sourceText } from "../../page/source.ts";
import type { ReadingSource } from "../readings/reading.ts";
import { createScene, trafficHpa } from "./scene.testing.ts";
import { statusOfOne } from "./statusList.ts";

const NOW = 1_000_000;
const prometheus = { value: 30, evaluatedAt: NOW - 4_000 };
const pods = { value: 48, evaluatedAt: NOW - 1_000, noise: 2, pods: 5, sampled: 5, read: 5 };

/** The source on the status page, in its data and in its words. */
function shown(source: ReadingSource | undefined) {
  const { read, sources } = createScene(
    [trafficHpa({ namespace: "shop", name: "web", targets: [10], maxReplicas: 9 })],
    NOW,
  );
  read(0, [{ milli: 48_000n, quantity: "48", evaluatedAt: NOW - 1_000, ...(source ? { source } : {}) }], 5);
  const [metric] = statusOfOne(sources, "shop/web")?.metrics ?? [];
  if (!metric) throw new Error("there is no metric");
  return { data: metric.reading?.source, words: sourceText(metric, NOW) };
}

test("a metric of Prometheus alone has no source", () => {
  expect(shown(undefined)).toEqual({ data: undefined, words: "" });
});

test("the larger of both is named, with the age of each and the pods that were read", () => {
  const { data, words } = shown({ from: "pods", prometheus, pods });
  expect(data).toEqual({ from: "pods", prometheus, pods });
  expect(words).toBe("the pods, the larger of both: 5 of 5 pods read, 1 s ago. Prometheus has 30, 4 s ago.");
  expect(shown({ from: "prometheus", prometheus, pods: { ...pods, value: 31 } }).words).toBe(
    "Prometheus. The pods have 31, which is not larger by more than its noise of 2: 5 of 5 pods read, 1 s ago.",
  );
});

test("a source without a reading is named with its problem", () => {
  const closed = problem("ASM_DIRECT_CLOSED", "3 of 5 pods of Deployment shop/web cannot be read");
  const { data, words } = shown({ from: "prometheus", prometheus, problem: closed });
  expect(data?.problem).toMatchObject({
    code: "ASM_DIRECT_CLOSED",
    severity: "warning",
    remedy: expect.stringContaining("15090"),
  });
  expect(words).toMatch(
    /^Prometheus alone, because the pods give no reading\. ASM_DIRECT_CLOSED: 3 of 5 pods .* read\.$/,
  );
  const down = problem("ASM_PROMETHEUS_UNREACHABLE", "it does not answer");
  expect(shown({ from: "pods", pods, problem: down }).words).toMatch(
    /^the pods alone, because Prometheus gives no reading: 5 of 5 pods read, 1 s ago\. ASM_PROMETHEUS_UNREACHABLE: /,
  );
});

test("a value of the pods that may be too low is named with the reason, and so is a Prometheus that does not answer", () => {
  const tooLow = problem("ASM_DIRECT_PODS", "1 of 5 callers of Deployment shop/web are not read");
  const down = problem("ASM_PROMETHEUS_UNREACHABLE", "it does not answer");
  for (const from of ["pods", "prometheus"] as const) {
    const { data, words } = shown({ from, prometheus, pods: { ...pods, read: 4 }, problem: down, tooLow });
    expect(data).toMatchObject({ problem: { code: down.code }, tooLow: { code: "ASM_DIRECT_PODS" } });
    expect(words).toContain("4 of 5 pods read, 1 s ago");
    expect(words).toMatch(
      / ASM_PROMETHEUS_UNREACHABLE: .* may be too low\. ASM_DIRECT_PODS: 1 of 5 callers .* read\.?$/,
    );
  }
});

test("pods that are missing and pods outside the sample are counted apart", () => {
  expect(shown({ from: "pods", prometheus, pods: { ...pods, read: 4 } }).words).toContain(
    "4 of 5 pods read, and the others count like their mean, 1 s ago",
  );
  expect(shown({ from: "pods", prometheus, pods: { ...pods, pods: 1000, sampled: 200, read: 199 } }).words).toContain(
    "199 of 200 pods read, a sample of 1,000 pods, and the others count like their mean, 1 s ago",
  );
});
