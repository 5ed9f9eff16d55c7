import { describe, expect, test } from "@jest/globals";
import { createCounters } from "./counters.ts";
import { randomOf } from "./fleet.testing.ts";
import { createNamespaceShare } from "./namespaceShare.ts";
import { INTERVAL_MS } from "./timing.ts";
import { flushedIncreases } from "./window.ts";

const SUM = "istio_request_duration_milliseconds_sum";
const REQUESTS = "istio_requests_total";
const of = (metric: string) => `${metric}{reporter="destination"}`;

/**
 * A proxy whose histogram changes at each flush while its requests are live. `perSecond` gives the requests per second
 * of each second; a request takes 1 ms.
 */
function scraped(options: {
  seconds: number;
  flushMs: number;
  phase: number;
  jitter: () => number;
  idleFrom?: number;
}) {
  const { seconds, flushMs, phase, jitter, idleFrom = Number.POSITIVE_INFINITY } = options;
  const counters = createCounters(createNamespaceShare(() => 0));
  const countedAt = (ms: number) => 10 * (Math.min(ms, idleFrom) / 1000);
  for (let at = INTERVAL_MS; at <= seconds * 1000; at += INTERVAL_MS) {
    const time = at + jitter();
    const flushed = Math.max(0, Math.floor((time - phase) / flushMs) * flushMs + phase);
    const values = new Map([
      [of(SUM), countedAt(flushed)],
      [of(REQUESTS), countedAt(time)],
    ]);
    counters.add({ at: time, errorMs: 1, metrics: new Set([SUM, REQUESTS]), values, isNewConnection: false });
  }
  return counters;
}

function rateOf(counters: ReturnType<typeof createCounters>) {
  const result = flushedIncreases(counters, [SUM]);
  if (result === undefined || result === "no-flush") return result;
  return result.increases.reduce((sum, { perSecond }) => sum + perSecond, 0);
}

describe("a window of histograms", () => {
  test("gives the true rate at every phase of the flush", () => {
    const random = randomOf(1);
    for (let phase = 0; phase < 5_000; phase += 100)
      for (const seconds of [24, 26, 28, 30, 32]) {
        const jitter = () => 100 * random();
        const rate = rateOf(scraped({ seconds, phase, flushMs: 5_000, jitter }));
        expect(rate).toBeGreaterThan(9.9);
        expect(rate).toBeLessThan(10.1);
      }
  });

  test("falls to 0 when the traffic ends", () => {
    const counters = scraped({ seconds: 60, phase: 700, flushMs: 5_000, jitter: () => 0, idleFrom: 30_000 });
    expect(rateOf(counters)).toBe(0);
  });

  test("does not take a proxy that flushes once a minute for an idle one", () => {
    const counters = scraped({ seconds: 50, phase: 0, flushMs: 60_000, jitter: () => 0 });
    expect(rateOf(counters)).toBe("no-flush");
  });

  test("has no rate before two flushes", () => {
    expect(rateOf(scraped({ seconds: 8, phase: 0, flushMs: 5_000, jitter: () => 0 }))).toBeUndefined();
  });
});
