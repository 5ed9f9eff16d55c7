import { setTimeout as delay } from "node:timers/promises";
import {
  bytesPerSecondQuery,
  demandPerSecondQuery,
  errorRatioQuery,
  inFlightRequestsQuery,
  latencyQuery,
  openConnectionsQuery,
  requestsPerSecondQuery,
  type ScheduledReplicas,
  scheduleFloorQuery,
  type WorkloadTraffic,
  zoneClock,
} from "@asm-autoscaler/hpa-metrics";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type LonePrometheus, startLonePrometheus } from "../src/lonePrometheus.ts";

// What the queries of the library mean is what Prometheus makes of them: a real one evaluates them here, on its own.

let prometheus: LonePrometheus;
// Long ago, so that no counter is near zero, where Prometheus extrapolates less.
const begun = Date.now() - 100_000;

beforeAll(async () => {
  prometheus = await startLonePrometheus({
    paths: ["/metrics"],
    scrapeIntervalSeconds: 1,
    honorLabels: true,
    metrics: () => exposition((Date.now() - begun) / 1000),
  });
}, 600_000);

afterAll(async () => {
  await prometheus?.stop();
}, 30_000);

/**
 * A sidecar's metrics: `busy` answers 40 requests a second, a quarter with 503 and each in 50 ms, over 7 connections;
 * `clean` has had no error and no connection that closed; `idle` had both and rests.
 */
function exposition(seconds: number): string {
  const series = (workload: string, metric: string, value: number, labels = "") =>
    `${metric}{destination_workload="${workload}",destination_workload_namespace="test",reporter="destination"${labels}} ${value}\n`;
  const http = (workload: string, requests: number) =>
    series(workload, "istio_request_duration_milliseconds_bucket", 0, ',le="25"') +
    series(workload, "istio_request_duration_milliseconds_bucket", requests, ',le="50"') +
    series(workload, "istio_request_duration_milliseconds_bucket", requests, ',le="+Inf"') +
    series(workload, "istio_request_duration_milliseconds_count", requests) +
    series(workload, "istio_request_duration_milliseconds_sum", requests * 50) +
    series(workload, "istio_request_bytes_sum", requests * 100) +
    series(workload, "istio_response_bytes_sum", requests * 900);
  const answered = (workload: string, code: number, requests: number) =>
    series(workload, "istio_requests_total", requests, `,response_code="${code}"`);
  const tcp = (workload: string, opened: number, closed: number | undefined) =>
    series(workload, "istio_tcp_connections_opened_total", opened) +
    (closed === undefined ? "" : series(workload, "istio_tcp_connections_closed_total", closed));
  /** What a gateway of Istio before June 2024 counts for a Service without pods. */
  const unserved = (requests: number) =>
    `istio_requests_total{reporter="source",destination_service="orders.shop.svc.cluster.local",destination_service_name="orders",destination_service_namespace="unknown",destination_workload="unknown",destination_workload_namespace="unknown",response_code="503",response_flags="UH"} ${requests}\n`;
  return [
    http("busy", 40 * seconds) + answered("busy", 200, 30 * seconds) + answered("busy", 503, 10 * seconds),
    tcp("busy", 100 + seconds, 93 + seconds),
    series("busy", "istio_tcp_received_bytes_total", 2000 * seconds, ',request_protocol="tcp"'),
    series("busy", "istio_tcp_sent_bytes_total", 3000 * seconds, ',request_protocol="tcp"'),
    http("clean", 40 * seconds) + answered("clean", 200, 40 * seconds) + tcp("clean", 4, undefined),
    http("idle", 500) + answered("idle", 200, 400) + answered("idle", 503, 100) + tcp("idle", 9, 9),
    // One of two proxies has lost its counter of opened connections, or has started it again.
    ...["evicted", "restarted"].flatMap((workload) => [
      series(workload, "istio_tcp_connections_opened_total", 500, ',instance="one"'),
      series(workload, "istio_tcp_connections_closed_total", 20, ',instance="one"'),
      workload === "evicted" ? "" : series(workload, "istio_tcp_connections_opened_total", 4, ',instance="two"'),
      series(workload, "istio_tcp_connections_closed_total", 9, ',instance="two"'),
    ]),
    // A proxy that has only one of the two directions, beside one that has both.
    series("oneway", "istio_tcp_received_bytes_total", 2000 * seconds, ',instance="one"'),
    series("oneway", "istio_tcp_received_bytes_total", 1000 * seconds, ',instance="two"'),
    series("oneway", "istio_tcp_sent_bytes_total", 3000 * seconds, ',instance="two"'),
    unserved(25 * seconds),
  ].join("");
}

/** The answer's one value, undefined for none. */
async function evaluate(query: string, atSeconds = Date.now() / 1000): Promise<number | undefined> {
  const response = await fetch(`${prometheus.url}/api/v1/query`, {
    method: "POST",
    body: new URLSearchParams({ query, time: String(atSeconds) }),
    signal: AbortSignal.timeout(10_000),
  });
  const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } };
  expect(data.result.length).toBeLessThanOrEqual(1);
  const [sample] = data.result;
  return sample && Number(sample.value[1]);
}

const traffic = (workload: string): WorkloadTraffic => ({ workload, namespace: "test", windowSeconds: 5 });
const signals = {
  requests: requestsPerSecondQuery,
  inFlight: inFlightRequestsQuery,
  connections: openConnectionsQuery,
  latency: (of: WorkloadTraffic) => latencyQuery(of, 0.5),
  errorRatio: errorRatioQuery,
  bytes: bytesPerSecondQuery,
};

async function readings(workload: string): Promise<Record<string, number | undefined>> {
  // At one moment, so that all are of the same scrapes: a late one bends each in the same way.
  const at = Date.now() / 1000;
  const asked = Object.entries(signals).map(async ([name, query]) => [
    name,
    await evaluate(query(traffic(workload)), at),
  ]);
  return Object.fromEntries(await Promise.all(asked));
}

describe("the signals of a workload", () => {
  beforeAll(async () => {
    for (const end = Date.now() + 40_000; Date.now() < end; ) {
      const scrapes = await evaluate('sum(count_over_time(istio_requests_total{destination_workload="clean"}[10s]))');
      if (scrapes !== undefined && scrapes >= 8) return;
      await delay(200);
    }
    throw new Error("Prometheus has not scraped eight times within 40 s");
  }, 60_000);

  test("that is busy are what it does", async () => {
    const { requests = 0, inFlight, connections, latency, errorRatio, bytes } = await readings("busy");
    expect(requests).toBeGreaterThan(20); // 40 a second are offered
    expect((inFlight ?? 0) / requests).toBeCloseTo(0.05, 6); // 50 ms each
    expect(connections).toBeCloseTo(7, 6);
    expect(latency).toBeCloseTo(37.5, 1); // the middle of the bucket from 25 to 50
    expect(errorRatio).toBeCloseTo(0.25, 3);
    expect((bytes ?? 0) / requests).toBeCloseTo(1125, 3); // 1000 of HTTP each, and 5000 a second of TCP
  });

  test("without an error or a closed connection yet count these as none", async () => {
    const { requests = 0, connections, errorRatio, bytes } = await readings("clean");
    expect({ connections, errorRatio }).toEqual({ connections: 4, errorRatio: 0 });
    expect((bytes ?? 0) / requests).toBeCloseTo(1000, 3);
  });

  test("that rests are 0 and not NaN", async () => {
    expect(await readings("idle")).toEqual({
      requests: 0,
      inFlight: 0,
      connections: 0,
      latency: 0,
      errorRatio: 0,
      bytes: 0,
    });
  });

  // The adapter makes no reading of a negative number (ASM_NEGATIVE), whatever the policy for missing data.
  test("that are impossible are negative, also if only one of several proxies is in an impossible state", async () => {
    expect((await readings("evicted"))["connections"]).toBe(-1);
    expect((await readings("restarted"))["connections"]).toBe(-1);
  });

  test("whose other direction a proxy does not count are counted in this one", async () => {
    const { bytes } = await readings("oneway");
    const one = await evaluate(
      'rate(istio_tcp_received_bytes_total{destination_workload="oneway",instance="two"}[5s])',
    );
    expect((bytes ?? 0) / (one ?? 0)).toBeCloseTo(6, 1);
  });

  test("that find no pod are counted for their Service, also by an older mesh", async () => {
    const demand = await evaluate(demandPerSecondQuery({ service: "orders", namespace: "shop", windowSeconds: 5 }));
    expect(demand).toBeGreaterThan(15); // 25 a second are offered
  });

  test("that nobody has seen are none", async () => {
    expect(await readings("absent")).toEqual({});
  });
});

describe("a schedule", () => {
  const DAY = 86_400;

  /** Replicas wanted at a moment, by the calendar of the JavaScript engine. */
  function wanted(windows: readonly ScheduledReplicas[], seconds: number): number {
    const active = windows.filter(({ from, to, days, utcOffsetMinutes = 0, timeZone }) => {
      const local = timeZone ? wallClock(timeZone, seconds) : new Date((seconds + utcOffsetMinutes * 60) * 1000);
      const minute = (local.getTime() / 60_000) % 1440;
      const on = (day: number) => days === undefined || days.length === 0 || days.includes((day + 7) % 7);
      const today = on(local.getUTCDay());
      if (from < to) return today && minute >= from && minute < to;
      return (today && minute >= from) || (on(local.getUTCDay() - 1) && minute < to);
    });
    return Math.max(0, ...active.map(({ replicas }) => replicas));
  }

  /** A date whose UTC fields are what a clock on the wall shows. */
  const wallClock = (timeZone: string, seconds: number) =>
    new Date(`${new Date(seconds * 1000).toLocaleString("sv-SE", { timeZone }).replace(" ", "T")}Z`);

  const minute = fc.integer({ min: 0, max: 1439 });
  const window = fc.record(
    {
      replicas: fc.integer({ min: 1, max: 10 }),
      from: minute,
      to: fc.integer({ min: 0, max: 1440 }),
      days: fc.uniqueArray(fc.integer({ min: 0, max: 6 })),
      utcOffsetMinutes: fc.integer({ min: -720, max: 840 }),
    },
    { requiredKeys: ["replicas", "from", "to"] },
  );
  const windows = fc.array(
    window.filter(({ from, to }) => from !== to),
    { minLength: 1, maxLength: 4 },
  );
  const moment = fc.integer({ min: 1_700_000_000, max: 2_000_000_000 });

  test("wants at every moment what the calendar says", async () => {
    let inside = 0;
    await fc.assert(
      fc.asyncProperty(windows, moment, async (schedule, seconds) => {
        const [first] = schedule;
        // Besides the random moment, one second around both ends of a window, where an error would be.
        const edges = [first?.from ?? 0, first?.to ?? 0].flatMap((edge) => {
          const at = Math.floor(seconds / DAY) * DAY + (edge - (first?.utcOffsetMinutes ?? 0)) * 60;
          return [at - 1, at];
        });
        for (const at of [seconds, ...edges]) {
          const expected = wanted(schedule, at);
          if (expected > 0) inside += 1;
          expect([at, await evaluate(scheduleFloorQuery(schedule, 0), at)]).toEqual([at, expected]);
        }
      }),
      { numRuns: 150 },
    );
    expect(inside).toBeGreaterThan(50);
  }, 120_000);

  test("in a time zone wants what the clock on the wall says, also around each change of the clocks", async () => {
    const zones = ["Europe/Berlin", "America/New_York", "Africa/Casablanca", "Australia/Lord_Howe", "Asia/Shanghai"];
    const zoned = fc
      .tuple(windows, fc.array(fc.constantFrom(...zones), { minLength: 4, maxLength: 4 }))
      .map(([all, names]) =>
        all.map(({ utcOffsetMinutes, ...times }, index): ScheduledReplicas => {
          const timeZone = names[index];
          // Windows with a zone and windows with an offset can stand in one query.
          return index > 1 || timeZone === undefined ? { ...times, utcOffsetMinutes } : { ...times, timeZone };
        }),
      );
    const changes = zones.flatMap((name) => zoneClock(name)?.changes.map(({ at }) => at) ?? []);
    const hour = fc.integer({ min: -7200, max: 7200 });
    const around = fc.tuple(fc.constantFrom(...changes), hour).map(([at, more]) => at + more);
    // The first and the last year whose clock changes the query has.
    const later = fc.integer({ min: Date.UTC(2026, 0) / 1000, max: Date.UTC(2037, 11, 31) / 1000 });
    let inside = 0;
    await fc.assert(
      fc.asyncProperty(zoned, fc.oneof(around, later), async (schedule, at) => {
        const expected = wanted(schedule, at);
        if (expected > 0) inside += 1;
        expect([at, await evaluate(scheduleFloorQuery(schedule, 0), at)]).toEqual([at, expected]);
      }),
      { numRuns: 200 },
    );
    expect(inside).toBeGreaterThan(50);
  }, 120_000);
});
