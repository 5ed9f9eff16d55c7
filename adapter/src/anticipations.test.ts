import {
  anticipateQuery,
  type MetricSpec,
  PERIOD_SECONDS,
  problem,
  readMetricSpecs,
  writeAnnotations,
} from "@asm-autoscaler/hpa-metrics";
import { expect, jest, test } from "@jest/globals";
import { createAnticipations } from "./anticipations.ts";
import type { HpaEvents } from "./events/hpaEvents.ts";
import type { Listener } from "./externalMetrics.ts";
import { hpaMetricsOf } from "./hpas/hpa.testing.ts";
import type { HpaMetrics } from "./hpas/metricRegistry.ts";
import type { Answer } from "./prometheus/answer.ts";
import type { Prometheus } from "./prometheus/prometheus.ts";
import type { Readings } from "./readings/readings.ts";
import type { ReadOutcome } from "./readings/staleness.ts";

const anticipate = { periodSeconds: PERIOD_SECONDS.Day, leadSeconds: 600, periods: 3, growth: true };
const load = { queryName: "rps", query: 'sum(rate(x{w="web"}[1m]))' };
const ahead = {
  queryName: "rps-ahead",
  query: anticipateQuery(load.query, anticipate),
  anticipates: "rps",
  intervalSeconds: 60,
};

/** The metrics of an HPA that only observes, or that also acts on, what is anticipated. */
function hpaMetrics(id: string, mode: "observe" | "act"): HpaMetrics {
  const { annotations, metrics } = writeAnnotations([load, ahead]);
  const asked = mode === "act" ? metrics : metrics.slice(0, 1);
  const { specs, problems } = readMetricSpecs(annotations, asked);
  return { ...hpaMetricsOf(id, asked), specs, problems };
}

const RESULT: ReadOutcome = { ok: true, reading: { milli: 5000n, quantity: "5", evaluatedAt: 0 } };

function setup(all: readonly HpaMetrics[], more: { outcome?: ReadOutcome; periods?: number } = {}) {
  let now = 0;
  const read = jest.fn<Readings["observe"]>(async () => more.outcome ?? RESULT);
  const answer: Answer = { ok: true, samples: [{ labels: {}, value: more.periods ?? 3 }], evaluatedAt: 0 };
  const evaluate = jest.fn<Prometheus["evaluate"]>((questions) => questions.map(async () => answer));
  const served = jest.fn<Listener["served"]>();
  const well = jest.fn<Listener["well"]>();
  const troubled = jest.fn<Listener["troubled"]>();
  const told = jest.fn<HpaEvents["troubled"]>();
  const anticipations = createAnticipations({
    metricRegistry: { allHpaMetrics: () => all },
    readings: { observe: read },
    prometheus: { evaluate },
    listener: { served, well, troubled },
    events: { troubled: told },
    beyondMaximum: (_hpa, spec) => (spec.isObserved ? undefined : { wanted: 12, most: 10 }),
    clock: { monotonic: () => now, wall: () => now },
  });
  return { anticipations, read, evaluate, served, well, troubled, told, pass: (ms: number) => (now += ms) };
}

test("what is only observed is read once in a pass, and nothing else is", async () => {
  const { anticipations, read, served, well } = setup([
    hpaMetrics("shop/web", "observe"),
    hpaMetrics("shop/api", "act"),
  ]);
  await anticipations.pass();
  expect(read.mock.calls.map(([spec]) => spec.queryKey.split("/")[1])).toEqual(["rps-ahead"]);
  expect(served.mock.calls.map(([hpa]) => hpa)).toEqual(["shop/web"]);
  expect(well).toHaveBeenCalledTimes(1);
});

test("an observed load without a reading is told, and not as an error of the HPA", async () => {
  const trouble = {
    problem: problem("ASM_PROMETHEUS_UNREACHABLE", "down"),
    cause: "no-answer" as const,
    sinceMs: 0,
    since: 0,
  };
  const outcome: ReadOutcome = { ok: false, problem: trouble.problem, trouble };
  const { anticipations, troubled, served } = setup([hpaMetrics("shop/web", "observe")], { outcome });
  await anticipations.pass();
  expect(served).not.toHaveBeenCalled();
  expect(troubled.mock.calls.map(([hpa, , found, how]) => [hpa, found.code, how.refused])).toEqual([
    ["shop/web", "ASM_PROMETHEUS_UNREACHABLE", false],
  ]);
});

test("the history is counted once an hour, and an owner is told of what is missing", async () => {
  const { anticipations, evaluate, told, pass } = setup([hpaMetrics("shop/web", "observe")], { periods: 1 });
  const [, spec] = [...[hpaMetrics("shop/web", "observe")]][0]?.specs ?? [];
  expect(spec).toBeDefined();
  await anticipations.pass();
  expect(evaluate).toHaveBeenCalledTimes(1);
  expect(evaluate.mock.calls[0]?.[0][0]?.query.text).toMatch(/^count\(label_replace\(max_over_time/);
  expect(told.mock.calls.map(([hpa, , found]) => [hpa, found.code, found.message])).toEqual([
    ["shop/web", "ASM_ANTICIPATION_HISTORY", expect.stringContaining("history of 1 of 3 periods")],
  ]);
  pass(60_000);
  await anticipations.pass();
  expect(evaluate.mock.calls.flatMap(([questions]) => questions)).toHaveLength(1);
  pass(3_600_000);
  await anticipations.pass();
  expect(evaluate.mock.calls.flatMap(([questions]) => questions)).toHaveLength(2);
});

test("enough history is known and told to nobody", async () => {
  const all = [hpaMetrics("shop/web", "observe")];
  const { anticipations, told } = setup(all);
  await anticipations.pass();
  expect(told).not.toHaveBeenCalled();
  const [, observed] = all[0]?.specs ?? [];
  expect(anticipations.periodsWithHistory(observed as MetricSpec)).toBe(3);
});

test("an owner is told that what is anticipated needs more than the maximum", async () => {
  const { anticipations, told } = setup([hpaMetrics("shop/web", "act")]);
  await anticipations.pass();
  expect(told.mock.calls.map(([, , found]) => found.code)).toEqual(["ASM_ANTICIPATION_MAXIMUM"]);
});

test("of a thousand loads, no more than a hundred have their history counted in one pass", async () => {
  const all = Array.from({ length: 1000 }, (_, index) => hpaMetrics(`shop/web-${index}`, "observe"));
  const { anticipations, evaluate, read } = setup(all);
  await anticipations.pass();
  expect(read).toHaveBeenCalledTimes(1000);
  expect(evaluate.mock.calls.flatMap(([questions]) => questions)).toHaveLength(100);
});

test("loads whose history gets no answer do not keep the others from being counted", async () => {
  const all = Array.from({ length: 150 }, (_, index) => hpaMetrics(`shop-${index}/web`, "observe"));
  const { anticipations, evaluate, pass } = setup(all);
  const silent: Answer = { ok: false, problem: problem("ASM_PROMETHEUS_UNREACHABLE", "down") };
  evaluate.mockImplementation((questions) => questions.map(async () => silent));
  await anticipations.pass();
  pass(60_000);
  await anticipations.pass();
  expect(evaluate.mock.calls.map(([questions]) => questions.length)).toEqual([100, 100]);
  const asked = new Set(
    evaluate.mock.calls.flatMap(([questions]) => questions.flatMap(({ namespaces }) => namespaces)),
  );
  expect(asked.size).toBe(150);
});
