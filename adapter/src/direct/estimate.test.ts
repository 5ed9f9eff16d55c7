import type { DirectPlan } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import { createCounters } from "./counters.ts";
import { estimate } from "./estimate.ts";
import { requestRate, simulateFleet } from "./fleet.testing.ts";
import { createNamespaceShare } from "./namespaceShare.ts";
import type { ReadProxy } from "./proxyWindow.ts";
import { FRESH_MS, INTERVAL_MS, windowMsOf } from "./timing.ts";

/** Reads every 3 s over some minutes of faults, and compares each reading with what the proxies counted. */
function observe(seed: number) {
  const pods = 1 + (seed % 12);
  const scene = simulateFleet(seed, pods);
  const { random, fleet } = scene;
  const outside: object[] = [];
  let readings = 0;
  let held = 0;
  let rate = 20 + 200 * random();
  for (let round = 0; round < 60; round++) {
    const pod = fleet[Math.floor(random() * fleet.length)];
    const dice = random();
    if (dice < 0.1) rate = 400 * random() ** 2;
    else if (dice < 0.2) scene.add(true);
    else if (dice < 0.3 && pod?.leftAt === undefined && pod && fleet.length > 1) scene.terminate(pod);
    else if (dice < 0.4 && pod) scene.restart(pod, random() < 0.5);
    else if (dice < 0.5 && pod) scene.evict(pod);
    else if (dice < 0.6 && pod) pod.hangsUntil = scene.now() + 12_000 * random();
    else if (dice < 0.7 && pod) pod.slowMs = 2_500 * random();
    else if (dice < 0.8 && pod) pod.slowMs = 5;
    scene.run(3_000, rate);
    const result = estimate(requestRate, scene.proxies(), 0, scene.now());
    if (!result.ok) {
      held++;
      continue;
    }
    readings++;
    const { value, noise, at } = result;
    const truths = [6_000, 2_000].map((ms) => scene.truthBetween(at - ms, at));
    // The estimate is of the window or of the last interval, whose begin may lie in the middle of a step.
    const least = Math.min(...truths.map(({ perSecond, lost }) => perSecond - lost)) - noise;
    const most = Math.max(...truths.map(({ perSecond }) => perSecond)) + noise;
    const isTrue = value >= least && value <= most;
    if (!isTrue) outside.push({ seed, round, ...result, truths });
  }
  return { readings, held, outside };
}

describe("the estimate of a request rate", () => {
  test("differs from what the proxies counted by no more than its noise, over churn and faults", () => {
    const runs = Array.from({ length: 40 }, (_, seed) => observe(seed));
    const sum = (of: (run: (typeof runs)[number]) => number) => runs.reduce((all, run) => all + of(run), 0);
    expect(runs.flatMap(({ outside }) => outside)).toEqual([]);
    expect(sum(({ readings }) => readings)).toBeGreaterThan(1_000);
  });
});

const HISTOGRAM = "istio_request_duration_milliseconds_sum";
const TCP = "istio_tcp_received_bytes_total";
const sumOf = (metric: string, more: Partial<DirectPlan> = {}): DirectPlan => ({
  ...{ ...requestRate, metrics: [metric], isRequestRate: false, isHistogram: true },
  evaluate(series) {
    const all = series(metric);
    return all.length === 0 ? undefined : all.reduce((sum, { perSecond }) => sum + perSecond, 0);
  },
  ...more,
});
const plans: [string, DirectPlan][] = [
  ["requests", requestRate],
  ["a histogram", sumOf(HISTOGRAM)],
  ["TCP", sumOf(TCP)],
];

/** A proxy that counts 10 per second and was read every 2 s from 0 s on, and last at `until`. */
function proxy(until: number, more: Partial<ReadProxy> & { perSecond?: number; bornAt?: number } = {}): ReadProxy {
  const { perSecond = 10, bornAt, ...rest } = more;
  const counters = createCounters(
    createNamespaceShare(() => 0),
    bornAt,
  );
  const metrics = new Set(["istio_requests_total", HISTOGRAM, TCP]);
  for (let at = bornAt === undefined ? 0 : bornAt + INTERVAL_MS; at <= until; at += INTERVAL_MS) {
    const flushed = Math.floor(at / 5_000) * 5_000;
    const values = new Map(
      [...metrics].map((metric) => {
        const ms = metric === "istio_requests_total" ? at : flushed;
        return [`${metric}{reporter="destination"}`, 1_000 + Math.floor((perSecond * ms) / 1_000)] as const;
      }),
    );
    counters.add({ at, errorMs: 5, metrics, values, isNewConnection: false });
  }
  return { instance: `10.0.0.${until}:${perSecond}`, counters, role: "serving", ...rest };
}

describe.each(plans)("the age of what an estimate of %s uses", (_, plan) => {
  test("of a proxy that is gone is at most the window, and its share falls to 0 by then", () => {
    for (let sinceMs = 0; sinceMs <= 40_000; sinceMs += 500) {
      const now = 60_000 + sinceMs;
      const living = proxy(now - (now % INTERVAL_MS));
      const gone = proxy(60_000, { role: "leaving", perSecond: 40 });
      const result = estimate(plan, [living, gone], 0, now);
      if (!result.ok) throw new Error(result.why);
      const mostMs = windowMsOf(plan) + INTERVAL_MS;
      if (sinceMs > mostMs) expect(result.value).toBeCloseTo(10, 0);
      // A flush of 5 s may be in the window or not.
      const share = Math.max(0, 1 - (sinceMs - FRESH_MS - INTERVAL_MS) / windowMsOf(plan));
      expect(result.value).toBeLessThanOrEqual(10.5 + 40 * Math.min(1, share + (plan.isHistogram ? 0.5 : 0)));
      expect(now - result.at).toBeLessThanOrEqual(FRESH_MS + 7_500);
    }
  });

  test("of all proxies that cannot be read ends after two intervals", () => {
    for (let sinceMs = 0; sinceMs <= 40_000; sinceMs += 500) {
      const result = estimate(plan, [proxy(60_000), proxy(60_000)], 0, 60_000 + sinceMs);
      expect([sinceMs, result.ok]).toEqual([sinceMs, sinceMs <= FRESH_MS]);
    }
  });

  test("a metric that was asked for again a moment ago has no rate of 0", () => {
    const short = proxy(60_000);
    const { counters } = short;
    const metrics = new Set(["istio_requests_total"].filter((metric) => !plan.metrics.includes(metric)));
    counters.add({ at: 62_000, errorMs: 5, metrics, values: new Map(), isNewConnection: false });
    const values = new Map(plan.metrics.map((metric) => [`${metric}{reporter="destination"}`, 1e9]));
    counters.add({ at: 64_000, errorMs: 5, metrics: new Set(plan.metrics), values, isNewConnection: false });
    expect(estimate(plan, [short], 0, 64_000)).toMatchObject({ ok: false, why: "starting" });
  });
});

describe("a new pod", () => {
  const now = 61_000;
  const old = () => proxy(60_000);

  test("does not hold the window back from its birth to its first scrape", () => {
    const unread = proxy(0, { bornAt: 57_000, role: "waiting" });
    expect(estimate(requestRate, [old(), unread], 0, now)).toMatchObject({ ok: true, at: 60_000 });
  });

  test("is not missing before its first scrape if it became ready after the last ones, and then it is", () => {
    const newcomer = (readyAt?: number) => proxy(0, { bornAt: 57_000, readyAt });
    const result = estimate(requestRate, [old(), newcomer(60_500)], 0, now);
    expect(result).toMatchObject({ ok: true, pods: 2, sampled: 1, read: 1 });
    expect(result.ok && result.value).toBeCloseTo(10);
    for (const readyAt of [59_500, undefined])
      expect(estimate(requestRate, [old(), newcomer(readyAt)], 0, now)).toMatchObject({ ok: false, why: "missing" });
    expect(estimate(requestRate, [newcomer(60_500)], 0, now)).toMatchObject({ ok: false });
  });
});

describe("an estimate without a number", () => {
  const ratio = (value: number | undefined | "over-budget") =>
    sumOf("istio_requests_total", { isHistogram: false, evaluate: () => value });

  test("says that the workload is idle only if no request ended", () => {
    const idle = proxy(60_000, { perSecond: 0 });
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(estimate(ratio(value), [idle], 0, 60_000)).toMatchObject({ ok: false, why: "idle" });
    expect(estimate(ratio(Number.NaN), [proxy(60_000)], 0, 60_000)).toMatchObject({ ok: true, value: Number.NaN });
  });

  test("says that the query takes too long, and does not call that a lack of series", () => {
    for (const proxies of [[proxy(60_000)], [...Array.from({ length: 9 }, () => proxy(60_000)), proxy(40_000)]])
      expect(estimate(ratio("over-budget"), proxies, 0, 60_000)).toMatchObject({ ok: false, why: "over-budget" });
  });
});

describe("the work of an estimate", () => {
  /** Proxies with many series of requests each, and a plan that counts the series that its evaluations get. */
  function scene(proxies: number, seriesOfEach: number, more: Partial<DirectPlan> = {}) {
    let visited = 0;
    const plan: DirectPlan = {
      ...requestRate,
      ...more,
      evaluate(series) {
        const all = series("istio_requests_total");
        visited += all.length;
        return all.reduce((sum, { perSecond }) => sum + perSecond, 0);
      },
    };
    const metrics = new Set(plan.metrics);
    const share = createNamespaceShare(() => 0);
    const all = Array.from({ length: proxies }, (_, index): ReadProxy => {
      const counters = createCounters(share);
      for (let at = 0; at <= 10_000; at += INTERVAL_MS) {
        const values = new Map(
          Array.from({ length: seriesOfEach }, (_, of) => [
            `istio_requests_total{reporter="destination",a="${of}"}`,
            at,
          ]),
        );
        counters.add({ at, errorMs: 5, metrics, values, isNewConnection: false });
      }
      return { instance: `10.0.0.${index}:15090`, counters, role: "serving" };
    });
    const missing = (one: ReadProxy): ReadProxy => ({ ...one, isUnread: true });
    const [first, ...others] = all;
    return {
      read: () => estimate(plan, all, 0, 10_000),
      readWithoutFirst: () => estimate(plan, first ? [missing(first), ...others] : [], 0, 10_000),
      visited: () => visited,
    };
  }

  test("visits each series once for the window and once for the last interval, also if a proxy is missing", () => {
    const { read, readWithoutFirst, visited } = scene(20, 500);
    expect(read()).toMatchObject({ ok: true });
    expect(visited()).toBeLessThanOrEqual(2 * 10_000 + 10);
    expect(readWithoutFirst()).toMatchObject({ ok: true });
    expect(visited()).toBeLessThanOrEqual(4 * 10_000 + 20);
  });

  test("is refused before it begins if there are too many series, or too many for the query", () => {
    const expensive = { microsecondsPerSeries: 18, usesInstance: true, isRequestRate: false };
    for (const one of [scene(21, 500), scene(4, 250, expensive)]) {
      expect(one.read()).toMatchObject({ ok: false, why: "large" });
      expect(one.visited()).toBe(0);
    }
    expect(scene(4, 200, expensive).read()).toMatchObject({ ok: true });
  });
});
