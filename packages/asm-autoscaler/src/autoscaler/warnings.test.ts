import { describe, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { podinfo, warningsOf } from "../../testing/recordAutoscaler";
import { MeshPrometheus, OperatorPrometheus } from "../prometheus";
import { TrafficAutoscaler, type TrafficAutoscalerArgs } from ".";
import { knownInputs } from "./knownInputs";
import { autoscalerWarnings } from "./warnings";

const warnings = (args: TrafficAutoscalerArgs) => warningsOf(() => void new TrafficAutoscaler("web", args));

test("nothing is said about what is right", async () => {
  expect(await warnings({ ...podinfo, expectedRequestsPerSecond: 100 })).toEqual([]);
});

test.each([
  [59, ["metrics[0].windowSeconds: ASM_WINDOW_SHORT"]],
  [60, []],
])("a window of %d s with scrapes of 15 s", async (windowSeconds, said) => {
  expect(await warnings({ ...podinfo, metrics: [{ requestsPerSecond: 10, windowSeconds }] })).toEqual(said);
});

test.each([
  [45, "two failed scrapes can leave no value"],
  [44, "one late or failed scrape can leave no value"],
])("a window of %d s says how many scrapes may fail", (windowSeconds, said) => {
  const [warning] = autoscalerWarnings(
    knownInputs({ ...podinfo, metrics: [{ requestsPerSecond: 10, windowSeconds }] }),
  );
  expect(warning?.message).toContain(said);
});

test("the scrape interval of the arguments counts", async () => {
  const metrics = [{ errorRatio: 0.01, windowSeconds: 60 }];
  expect(await warnings({ ...podinfo, scrapeIntervalSeconds: 20, metrics })).toEqual([
    "metrics[0].windowSeconds: ASM_WINDOW_SHORT",
  ]);
});

test.each<[string, number | undefined, string[]]>([
  ["sum(rate(istio_requests_total[1m]))", undefined, []],
  ["sum(rate(istio_requests_total[1m]))", 30, ["metrics[0].query: ASM_WINDOW_SHORT"]],
  ["sum(rate(istio_requests_total[2m]))", 30, []],
  ["sum(rate(istio_requests_total[30s]))", undefined, ["metrics[0].query: ASM_WINDOW_SHORT"]],
  [
    "sum(rate(istio_requests_total[5m])) / sum(rate(istio_requests_total[50s]))",
    15,
    ["metrics[0].query: ASM_WINDOW_SHORT"],
  ],
  ["sum(rate(orders_total[10s]))", 30, []],
  ["sum(istio_requests_total)", 30, []],
])("the window of the query %s at a scrape interval of %s", async (query, scrapeIntervalSeconds, said) => {
  const metrics = [{ query, queryName: "own", averageValue: "10" }];
  const scrapes = scrapeIntervalSeconds === undefined ? {} : { scrapeIntervalSeconds };
  expect(await warnings({ ...podinfo, ...scrapes, metrics })).toEqual(said);
});

test.each([
  [100, []],
  [101, ["maxReplicas: ASM_REPLICAS_TOO_FEW"]],
])("%d requests per second at ten for each of at most ten pods", async (expectedRequestsPerSecond, said) => {
  expect(await warnings({ ...podinfo, expectedRequestsPerSecond })).toEqual(said);
});

describe("with a Prometheus of the same program", () => {
  const slow = "scrapeIntervalSeconds: ASM_WINDOW_SHORT";
  const own = (metric: string, window: string) => ({
    query: `sum(rate(${metric}[${window}]))`,
    queryName: "own",
    averageValue: "10",
  });
  const with30 = () => new MeshPrometheus("mesh", { scrapeIntervalSeconds: 30 });

  test.each<[string, () => Partial<TrafficAutoscalerArgs>, string[]]>([
    ["the default is too short for it", () => ({}), [slow]],
    ["its output is right", () => ({ scrapeIntervalSeconds: with30().scrapeIntervalSeconds }), []],
    ["a longer interval is right too", () => ({ scrapeIntervalSeconds: 60 }), []],
    ["CPU has no window", () => ({ metrics: [{ cpuUtilization: 70 }] }), []],
    ["a window of its own is right", () => ({ metrics: [{ requestsPerSecond: 1, windowSeconds: 120 }] }), []],
    ["another server is not known", () => ({ prometheusServerAlias: "eu" }), []],
    ["the guide's own query is too short for it", () => ({ metrics: [own("istio_requests_total", "1m")] }), [slow]],
    ["a query with a long window is right", () => ({ metrics: [own("istio_requests_total", "2m")] }), []],
    ["of other metrics no interval is known", () => ({ metrics: [own("orders_total", "1m")] }), []],
  ])("that scrapes every 30 s, %s", async (_, more, said) => {
    const program = () => {
      const args = more();
      if (args.scrapeIntervalSeconds === undefined || typeof args.scrapeIntervalSeconds === "number") with30();
      new TrafficAutoscaler("web", { ...podinfo, ...args });
    };
    expect(await warningsOf(program)).toEqual(said);
  });

  test("and a second one, nothing is said: which of them is queried is not known", async () => {
    const program = () => {
      with30();
      new OperatorPrometheus("chart", { release: "prometheus", scrapeEnvoy: false });
      new TrafficAutoscaler("web", podinfo);
    };
    expect(await warningsOf(program)).toEqual([]);
  });

  test("that is the chart's own, its default interval counts", async () => {
    const program = () => {
      new OperatorPrometheus("chart", { release: "prometheus", scrapeEnvoy: false });
      new TrafficAutoscaler("web", podinfo);
    };
    expect(await warningsOf(program)).toEqual([slow]);
  });
});

test("what is known later is warned of then, and once", async () => {
  const metrics = [{ requestsPerSecond: 10, windowSeconds: pulumi.output(45) }];
  const expectedRequestsPerSecond = 500;
  expect((await warnings({ ...podinfo, expectedRequestsPerSecond, metrics })).sort()).toEqual([
    "maxReplicas: ASM_REPLICAS_TOO_FEW",
    "metrics[0].windowSeconds: ASM_WINDOW_SHORT",
  ]);
});

test("what is unknown at a preview keeps nothing else from being said", async () => {
  const namespace = pulumi.output(pulumi.unknown).apply(String);
  expect(await warnings({ ...podinfo, namespace, expectedRequestsPerSecond: 500 })).toEqual([
    "maxReplicas: ASM_REPLICAS_TOO_FEW",
  ]);
});
