import { type MetricSpec, type Problem, readMetricSpecs } from "@asm-autoscaler/hpa-metrics";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { FIRST_READINGS_MS, tryFirstReadings } from "./firstReadings.ts";
import type { ReadOutcome } from "./readings/staleness.ts";

const SLOW: Problem = { code: "ASM_PROMETHEUS_SLOW", severity: "error", message: "slow", remedy: "wait" };
const DOWN: Problem = { ...SLOW, code: "ASM_PROMETHEUS_UNREACHABLE" };
const specs = ["a", "b", "c"].flatMap(
  (name): MetricSpec[] =>
    readMetricSpecs({ [`metric-config.external.prometheus-query.prometheus/${name}`]: "up" }, [
      { name: "prometheus-query", matchLabels: { "query-name": name } },
    ]).specs,
);
const metrics = specs.map((spec) => ({ spec, namespace: "shop" }));

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test("every reading is tried once, together; an error counts as tried", async () => {
  const asked: MetricSpec[] = [];
  const read = async (spec: MetricSpec): Promise<ReadOutcome> => {
    asked.push(spec);
    return { ok: false, problem: DOWN };
  };
  await tryFirstReadings(metrics, { read }, new AbortController().signal);
  expect(asked).toEqual(specs);
  expect(specs).toHaveLength(3);
});

test("a query that is still in flight is waited for", async () => {
  let rounds = 0;
  const read = async (): Promise<ReadOutcome> => ({ ok: false, problem: rounds++ < 5 ? SLOW : DOWN });
  const trying = tryFirstReadings(metrics, { read }, new AbortController().signal);
  await jest.advanceTimersByTimeAsync(1_000);
  await trying;
  expect(rounds).toBe(8);
});

test("a Prometheus that hangs holds readiness back no longer than the bound", async () => {
  const read = () => new Promise<ReadOutcome>(() => {});
  let tried = false;
  const trying = tryFirstReadings(metrics, { read }, new AbortController().signal).then(() => (tried = true));
  await jest.advanceTimersByTimeAsync(FIRST_READINGS_MS - 1);
  expect(tried).toBe(false);
  await jest.advanceTimersByTimeAsync(1);
  await trying;
  expect(tried).toBe(true);
});
