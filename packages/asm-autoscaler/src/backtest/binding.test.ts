import {
  type Anticipate,
  anticipateQuery,
  PERIOD_SECONDS,
  requestsPerSecondQuery,
  scheduleFloorQuery,
  writeAnnotations,
} from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import { simulatedHpa } from "./autoscaler";
import { bind } from "./binding";
import { historyOf } from "./history";
import { loadOf } from "./load";
import { type Setting, simulate } from "./simulate";
import { type Recording, type TrafficPoint, trafficThrough } from "./traffic";

interface Metric {
  readonly queryName: string;
  readonly query: string;
  readonly averageValue: string;
  readonly reaction?: "direct";
}

const requests = (workload: string, windowSeconds = 60) =>
  requestsPerSecondQuery({ workload, namespace: "test", windowSeconds });

function hpa(metrics: readonly Metric[], behavior?: object) {
  const written = writeAnnotations(metrics);
  const spec = {
    ...{ minReplicas: 1, maxReplicas: 100, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } },
    ...(behavior ? { behavior } : {}),
    metrics: written.metrics.map(({ name, matchLabels }, index) => ({
      type: "External",
      external: {
        metric: { name, selector: { matchLabels } },
        target: { type: "AverageValue", averageValue: metrics[index]?.averageValue },
      },
    })),
  };
  const object = { kind: "HorizontalPodAutoscaler", metadata: { annotations: written.annotations }, spec };
  return simulatedHpa({ id: "test/web", object }, 300);
}

const web = { queryName: "rps", query: requests("web"), averageValue: "10" };
const flat = (requestsPerSecond: number, seconds = 3_600) =>
  through([
    { second: 0, requestsPerSecond },
    { second: seconds, requestsPerSecond },
  ]);
const through = (points: readonly TrafficPoint[]) => trafficThrough(points, 1_700_006_400);
const recording = (name: string | undefined, traffic = flat(50)): Recording => ({ ...(name ? { name } : {}), traffic });

function sizes(metrics: readonly Metric[], recordings: readonly Recording[], behavior?: object) {
  const bound = bind(hpa(metrics, behavior), recordings, false);
  const setting: Setting = {
    autoscaling: { ...bound.hpa.bounds, metrics: bound.scaled },
    sources: bound.metrics.map(({ source }) => source),
    ...{ scrapeIntervalSeconds: 15, readyAfterSeconds: 20, syncSeconds: 15, firstSync: 0 },
  };
  return simulate(
    recordings.map(({ traffic }) => loadOf(traffic)),
    setting,
  ).sizes;
}

describe("the metrics of an HPA", () => {
  test("take the traffic of their name, and the first one takes what belongs to no other", () => {
    const api = { queryName: "api", query: requests("api"), averageValue: "5" };
    const queue = { queryName: "queue", query: "sum(queue_length)", averageValue: "3" };
    const loads = (...names: (string | undefined)[]) => {
      const { metrics, ignored } = bind(
        hpa([web, api, queue]),
        names.map((name) => recording(name)),
        false,
      );
      return [metrics.map(({ source }) => ("load" in source ? source.load : -1)), ignored.length];
    };
    expect(loads("api", "queue", "rps")).toEqual([[2, 0, 1], 0]);
    expect(loads("requests", "api")).toEqual([[0, 1], 1]);
    expect(loads("requests", "more")).toEqual([[0], 3]);
    expect(loads(undefined)).toEqual([[0], 2]);
  });

  test("that count the same requests share their traffic", () => {
    const fast = { ...web, queryName: "fast", query: requests("web", 30) };
    expect(bind(hpa([web, fast]), [recording(undefined)], false).metrics.map(({ source }) => source)).toMatchObject([
      { load: 0, windowSeconds: 60 },
      { load: 0, windowSeconds: 30 },
    ]);
  });

  test("without traffic for a metric of requests are refused", () => {
    expect(() =>
      bind(
        hpa([
          { ...web, queryName: "api" },
          { queryName: "queue", query: "sum(q)", averageValue: "1" },
        ]),
        [recording("queue")],
        false,
      ),
    ).toThrow("there is no traffic for a metric of requests of the HPA test/web");
  });

  test("decide by the largest wish, as in the controller", () => {
    const api = { queryName: "api", query: requests("api"), averageValue: "5" };
    const queue = { queryName: "queue", query: "sum(queue_length)", averageValue: "1" };
    expect(sizes([web, api], [recording("rps", flat(50)), recording("api", flat(40))])).toEqual([
      { second: 0, replicas: 8 },
    ]);
    expect(sizes([web, queue], [recording("rps", flat(50)), recording("queue", flat(12))])).toEqual([
      { second: 0, replicas: 12 },
    ]);
  });

  test("can be a schedule", () => {
    // The traffic begins at 00:00 UTC.
    const floor = {
      queryName: "floor",
      query: scheduleFloorQuery([{ replicas: 9, from: 30, to: 45 }]),
      averageValue: "1",
    };
    const [first, up, down] = sizes([web, floor], [recording(undefined)]);
    expect([first?.replicas, up?.replicas, down?.replicas]).toEqual([5, 9, 5]);
    expect(up?.second).toBeGreaterThanOrEqual(1_800);
    expect(up?.second).toBeLessThan(1_820);
    expect(down?.second).toBeGreaterThanOrEqual(2_700 + 285);
  });
});

describe("Direct", () => {
  const step = through([
    { second: 0, requestsPerSecond: 20 },
    { second: 1_200, requestsPerSecond: 20 },
    { second: 1_202, requestsPerSecond: 120 },
    { second: 2_400, requestsPerSecond: 120 },
    { second: 2_402, requestsPerSecond: 20 },
    { second: 3_600, requestsPerSecond: 20 },
  ]);
  const direct = { ...web, reaction: "direct" } as const;

  test("sees the whole step at the first sync after it, and takes no pod away sooner", () => {
    const behavior = { scaleUp: { policies: [{ type: "Pods", value: 50, periodSeconds: 10 }] } };
    const [ofDirect, ofPrometheus] = [direct, web].map((metric) =>
      sizes([metric], [recording(undefined, step)], behavior),
    );
    const reached = (all: typeof ofDirect, replicas: number) =>
      all?.find((size) => size.replicas >= replicas)?.second ?? 0;
    expect(reached(ofDirect, 12)).toBeLessThanOrEqual(1_220);
    expect(reached(ofPrometheus, 11)).toBeGreaterThan(reached(ofDirect, 12) + 15);
    const firstDown = (all: typeof ofDirect) => all?.find(({ second }) => second > 2_400)?.second ?? 0;
    expect(firstDown(ofDirect)).toBeGreaterThanOrEqual(2_400 + 285);
  });
});

describe("a metric that anticipates", () => {
  const HOUR = 3_600;
  const anticipate: Anticipate = { periodSeconds: HOUR, leadSeconds: 300, periods: 2, growth: false };
  /** 20 requests per second, and 120 for 10 minutes in each hour. */
  const peaks = (hours: number, peak: (hour: number) => number) =>
    Array.from({ length: hours }, (_, hour) => [
      { second: hour * HOUR, requestsPerSecond: 20 },
      { second: hour * HOUR + 1_800, requestsPerSecond: 20 },
      { second: hour * HOUR + 1_802, requestsPerSecond: peak(hour) },
      { second: hour * HOUR + 2_400, requestsPerSecond: peak(hour) },
      { second: hour * HOUR + 2_402, requestsPerSecond: 20 },
    ]).flat();
  const metric = { queryName: "ahead", query: anticipateQuery(web.query, anticipate), averageValue: "10" };
  const sizeAt = (second: number, all: ReturnType<typeof sizes>) =>
    all.findLast((size) => size.second <= second)?.replicas;

  test("has the pods ready before the peak comes, once there is enough history, and is 0 before", () => {
    const traffic = through([...peaks(4, () => 120), { second: 4 * HOUR, requestsPerSecond: 20 }]);
    const run = sizes([web, metric], [recording(undefined, traffic)]);
    // The smaller of two peaks counts, so the first two hours are not anticipated.
    expect([0, 1, 2, 3].map((hour) => sizeAt(hour * HOUR + 1_795, run))).toEqual([2, 2, 12, 12]);
    expect(sizes([web], [recording(undefined, traffic)])).not.toEqual(run);
  });

  test("does not bring one odd period back", () => {
    const traffic = through([
      ...peaks(4, (hour) => (hour === 1 ? 900 : 20)),
      { second: 4 * HOUR, requestsPerSecond: 20 },
    ]);
    const [plain, ahead] = [[web], [web, metric]].map((metrics) => sizes(metrics, [recording(undefined, traffic)]));
    expect(ahead).toEqual(plain);
  });

  test("uses nothing after now: what comes later changes no size before", () => {
    const known = peaks(3, () => 120);
    const runs = [20, 700].map((later) => {
      const traffic = through([
        ...known,
        { second: 3 * HOUR, requestsPerSecond: later },
        { second: 4 * HOUR, requestsPerSecond: later },
      ]);
      return sizes([web, metric], [recording(undefined, traffic)]).filter(({ second }) => second < 2 * HOUR + 2_400);
    });
    expect(runs[0]).toEqual(runs[1]);
  });

  test("says how much history is not judged", () => {
    const day = { ...anticipate, periodSeconds: PERIOD_SECONDS.Day, periods: 3 };
    const one = hpa([web, { ...metric, query: anticipateQuery(web.query, day) }]);
    const DAY = 86_400;
    const from = (seconds: number, given?: number) => historyOf([one], given).judged(seconds).from;
    expect([7, 4, 3, 2, 1].map((days) => from(days * DAY) / DAY)).toEqual([3, 3, 2, 1, 0]);
    expect(from(7 * DAY, DAY / 2)).toBe(DAY / 2);
    expect(historyOf([hpa([web])], undefined).judged(DAY)).toEqual({ from: 0, to: DAY });
    const history = historyOf([one], undefined);
    expect(history.notes(history.judged(3 * DAY))).toEqual([
      "the first 2 d of the traffic are history and are not judged",
      "the HPA anticipates from 3 d of history, and the traffic has 2 d",
    ]);
  });
});
