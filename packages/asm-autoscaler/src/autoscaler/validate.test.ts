import { describe, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { inputErrorsOf } from "../../testing/inputErrorsOf";
import { hpaOf, podinfo } from "../../testing/recordAutoscaler";
import { recordStack } from "../../testing/recordStack";
import { settled } from "../validation/inputs";
import { TrafficAutoscaler, type TrafficAutoscalerArgs, TrafficQueryDialect, TrafficReporter } from ".";
import { validateAutoscaler } from "./validate";

const refused = (args: TrafficAutoscalerArgs) => inputErrorsOf(() => new TrafficAutoscaler("web", args));

/** What a program without types passes. */
const untyped = (args: object): TrafficAutoscalerArgs => JSON.parse(JSON.stringify(args));

describe("what is refused", () => {
  test("a dialect beside a signal, and a query that is not in its dialect", () => {
    const query = { query: "x default 0", averageValue: "1" };
    const metrics: TrafficAutoscalerArgs["metrics"] = [
      { ...query, queryName: "a", dialect: TrafficQueryDialect.Server },
      { ...query, queryName: "b", dialect: TrafficQueryDialect.Promql },
      { requestsPerSecond: 1, dialect: TrafficQueryDialect.Server },
    ];
    expect(refused({ ...podinfo, metrics })).toEqual([
      ["metrics[1].query", "ASM_QUERY_INVALID"],
      ["metrics[2].dialect", "ASM_ARGUMENT_MISPLACED"],
    ]);
  });

  test("with the reaction Direct, a metric that proxies cannot answer, each with its reason", () => {
    const metrics: TrafficAutoscalerArgs["metrics"] = [
      { requestsPerSecond: 10 },
      { latencyMilliseconds: 10, reporter: TrafficReporter.Waypoint, queryName: "latency" },
      { errorRatio: 0.1, matchers: { job: "envoy-stats" } },
      { query: "sum(load)", queryName: "load", averageValue: "1" },
      { query: "sum(load", queryName: "broken", averageValue: "1" },
      { query: "x default 0", dialect: TrafficQueryDialect.Server, queryName: "own", averageValue: "1" },
      { bytesPerSecond: 10, queryName: "x".repeat(55) },
      { cpuUtilization: 70 },
    ];
    expect(refused({ ...podinfo, metrics, reaction: "Direct" })).toEqual([
      ["metrics[2].matchers", "ASM_DIRECT_QUERY"],
      ["metrics[3].query", "ASM_DIRECT_QUERY"],
      ["metrics[4].query", "ASM_QUERY_INVALID"],
      ["metrics[5].query", "ASM_DIRECT_QUERY"],
      ["metrics[6].queryName", "ASM_QUERY_NAME_INVALID"],
    ]);
    const fallback = {
      query: "sum(load)",
      queryName: "load",
      averageValue: "1",
      onError: { policy: "Direct" as const },
    };
    expect(refused({ ...podinfo, metrics: [fallback] })).toEqual([["metrics[0].query", "ASM_DIRECT_QUERY"]]);
  });

  test("all errors at once, each with its path, before anything is registered", async () => {
    const wrong: TrafficAutoscalerArgs = {
      namespace: "Test",
      target: "",
      minReplicas: 11,
      maxReplicas: 10,
      metrics: [
        { requestsPerSecond: 0, windowSeconds: 0.5, value: "1" },
        { query: "sum(rate(x[1m])", queryName: "bad name", averageValue: "ten" },
        { query: "x", value: "1", averageValue: "1", windowSeconds: 60 },
        { requestsPerSecond: 1, query: "x", queryName: "both" },
        {},
      ],
    };
    const stack = await recordStack(() =>
      expect(refused(wrong)).toEqual([
        ["namespace", "ASM_NAME_INVALID"],
        ["target", "ASM_NAME_INVALID"],
        ["minReplicas", "ASM_REPLICAS_CROSSED"],
        ["metrics[0].requestsPerSecond", "ASM_TARGET_INVALID"],
        ["metrics[0].windowSeconds", "ASM_COUNT_INVALID"],
        ["metrics[0].value", "ASM_ARGUMENT_MISPLACED"],
        ["metrics[1].query", "ASM_QUERY_INVALID"],
        ["metrics[1].averageValue", "ASM_TARGET_INVALID"],
        ["metrics[2].queryName", "ASM_QUERY_NAMELESS"],
        ["metrics[2]", "ASM_TARGET_COUNT"],
        ["metrics[2].windowSeconds", "ASM_ARGUMENT_MISPLACED"],
        ["metrics[3]", "ASM_METRIC_KIND"],
        ["metrics[4]", "ASM_METRIC_KIND"],
        ["metrics[1].queryName", "ASM_QUERY_NAME_INVALID"],
      ]),
    );
    expect(stack).toEqual([]);
  });

  test("a query with a fault is shown with a caret under it", () => {
    const metrics = [{ query: "sum(rate(x[1m])", queryName: "q", averageValue: "1" }];
    expect(() => new TrafficAutoscaler("web", { ...podinfo, metrics })).toThrow(
      /metrics\[0\]\.query: ASM_[\s\S]*\n +\^/,
    );
  });

  test("a query that the adapter could not make one reading of", () => {
    const metrics = [{ query: "rate_of_requests[5m]", queryName: "q", averageValue: "1" }];
    expect(refused({ ...podinfo, metrics })).toEqual([["metrics[0].query", "ASM_QUERY_INVALID"]]);
  });

  test("two metrics with one query name", () => {
    const metrics = [{ requestsPerSecond: 1 }, { requestsPerSecond: 2 }];
    expect(refused({ ...podinfo, metrics })).toEqual([["metrics[1].queryName", "ASM_QUERY_NAME_TWICE"]]);
  });

  test.each(["query", "interval", "prometheus-server", "prometheus-server-alias", "query-name", "aggregate"])(
    "%s as a query name, which is a key of the adapter's own",
    (queryName) => {
      const metrics = [{ query: "sum(x)", queryName, averageValue: "1" }];
      expect(refused({ ...podinfo, metrics })).toEqual([["metrics[0].queryName", "ASM_QUERY_NAME_RESERVED"]]);
    },
  );

  test("no replica where nothing could wake one", () => {
    const asleep = (metrics: TrafficAutoscalerArgs["metrics"]) => refused({ ...podinfo, minReplicas: 0, metrics });
    expect(asleep([{ requestsPerSecond: 10 }, { cpuUtilization: 70 }])).toEqual([["minReplicas", "ASM_ZERO_UNSEEN"]]);
    expect(asleep([{ requestsPerSecond: 10, service: "podinfo" }])).toEqual([]);
    expect(asleep([{ query: "sum(queue_length)", queryName: "q", averageValue: "10" }])).toEqual([]);
  });

  test("a service beside what does not count by it", () => {
    const metrics = [
      { requestsPerSecond: 10, service: "podinfo", reporter: TrafficReporter.Source },
      { errorRatio: 0.1, service: "podinfo" },
      { requestsPerSecond: 10, service: "no name", queryName: "other" },
    ];
    expect(refused({ ...podinfo, metrics })).toEqual([
      ["metrics[0].reporter", "ASM_ARGUMENT_MISPLACED"],
      ["metrics[1].service", "ASM_ARGUMENT_MISPLACED"],
      ["metrics[2].service", "ASM_NAME_INVALID"],
    ]);
  });

  test("a reaction that there is not", () => {
    expect(refused(untyped({ ...podinfo, reaction: "hasty" }))).toEqual([["reaction", "ASM_CHOICE_UNKNOWN"]]);
  });

  test("less than no replica, no metric", () => {
    expect(refused({ ...podinfo, minReplicas: -1, maxReplicas: 2.5, metrics: [] })).toEqual([
      ["minReplicas", "ASM_COUNT_INVALID"],
      ["maxReplicas", "ASM_COUNT_INVALID"],
      ["metrics", "ASM_METRICS_EMPTY"],
    ]);
  });

  test.each(["0", "-1", "1e-9x", "1 k", ""])("the target %j", (averageValue) => {
    const metrics = [{ query: "sum(x)", queryName: "q", averageValue }];
    expect(refused({ ...podinfo, metrics })).toEqual([["metrics[0].averageValue", "ASM_TARGET_INVALID"]]);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 0.0001])("%d requests per second", (requestsPerSecond) => {
    expect(refused({ ...podinfo, metrics: [{ requestsPerSecond }] })).toEqual([
      ["metrics[0].requestsPerSecond", "ASM_TARGET_INVALID"],
    ]);
  });

  test("what a program without types leaves out, writes null for or misspells", () => {
    expect(refused(untyped({}))).toEqual([
      ["namespace", "ASM_ARGUMENT_MISSING"],
      ["target", "ASM_ARGUMENT_MISSING"],
      ["maxReplicas", "ASM_ARGUMENT_MISSING"],
      ["metrics", "ASM_ARGUMENT_MISSING"],
    ]);
    const metrics = [null, { requestPerSecond: 10 }, { requestsPerSecond: 10, latency: 1 }, { query: null }];
    expect(refused(untyped({ ...podinfo, metrics, schedules: [null] }))).toEqual([
      ["metrics[0]", "ASM_ARGUMENT_MISSING"],
      ["metrics[1].requestPerSecond", "ASM_ARGUMENT_UNKNOWN"],
      ["metrics[2].latency", "ASM_ARGUMENT_UNKNOWN"],
      ["schedules[0]", "ASM_ARGUMENT_MISSING"],
      ["metrics[3]", "ASM_METRIC_KIND"],
    ]);
    expect(refused(untyped({ ...podinfo, metrics: { requestsPerSecond: 10 } }))).toEqual([
      ["metrics", "ASM_ARGUMENT_TYPE"],
    ]);
    expect(() => new TrafficAutoscaler("web", untyped({ ...podinfo, metrics: [{ requestPerSecond: 10 }] }))).toThrow(
      /"requestPerSecond" is not an argument of metrics\[0\], did you mean requestsPerSecond\?/,
    );
  });

  test("an optional argument that is null was not given", async () => {
    const nulls = { minReplicas: null, schedules: null, behavior: null, targetRef: null, deployment: null };
    const args = untyped({
      ...podinfo,
      ...nulls,
      metrics: [{ requestsPerSecond: 10, windowSeconds: null, query: null }],
    });
    expect(await hpaOf(args)).toEqual(await hpaOf(podinfo));
  });

  test("what does not belong to a signal", () => {
    const metrics = [
      { cpuUtilization: 70, queryName: "cpu", windowSeconds: 60 },
      { openConnections: 5, windowSeconds: 60, latencyQuantile: 0.5 },
      { query: "1", queryName: "q", value: "1", reporter: TrafficReporter.Source },
    ];
    expect(refused({ ...podinfo, metrics })).toEqual([
      ["metrics[0].queryName", "ASM_ARGUMENT_MISPLACED"],
      ["metrics[0].windowSeconds", "ASM_ARGUMENT_MISPLACED"],
      ["metrics[1].windowSeconds", "ASM_ARGUMENT_MISPLACED"],
      ["metrics[1].latencyQuantile", "ASM_ARGUMENT_MISPLACED"],
      ["metrics[2].reporter", "ASM_ARGUMENT_MISPLACED"],
    ]);
  });

  test("numbers, words and matchers that mean nothing", () => {
    const metrics = [
      { errorRatio: 1.5 },
      { latencyMilliseconds: 200, latencyQuantile: 95 },
      { cpuUtilization: 0.7 },
      { inFlightRequests: 5, reporter: "destinaton" },
      { bytesPerSecond: 1, matchers: { reporter: "source", "a-b": "x", job: 5, pod: "fine" } },
      { openConnections: -1 },
      { requestsPerSecond: 5, onNoData: { policy: "zeros" }, onError: 0 },
      { errorRatio: 0.1, queryName: "e".repeat(60), onError: { policy: "Zero" } },
      { cpuUtilization: 70, onNoData: { policy: "Zero" } },
    ];
    const wrong = { ...podinfo, scrapeIntervalSeconds: 0, expectedRequestsPerSecond: -1, metrics };
    expect(refused(untyped(wrong))).toEqual([
      ["metrics[3].reporter", "ASM_CHOICE_UNKNOWN"],
      ["metrics[4].matchers.job", "ASM_ARGUMENT_TYPE"],
      ["metrics[6].onNoData.policy", "ASM_CHOICE_UNKNOWN"],
      ["metrics[6].onError", "ASM_ARGUMENT_TYPE"],
      ["scrapeIntervalSeconds", "ASM_COUNT_INVALID"],
      ["expectedRequestsPerSecond", "ASM_NUMBER_INVALID"],
      ["metrics[0].errorRatio", "ASM_NUMBER_INVALID"],
      ["metrics[1].latencyQuantile", "ASM_NUMBER_INVALID"],
      ["metrics[2].cpuUtilization", "ASM_COUNT_INVALID"],
      ["metrics[4].matchers.reporter", "ASM_MATCHER_INVALID"],
      ['metrics[4].matchers["a-b"]', "ASM_MATCHER_INVALID"],
      ["metrics[5].openConnections", "ASM_TARGET_INVALID"],
      ["metrics[8].onNoData", "ASM_ARGUMENT_MISPLACED"],
      ["metrics[7].queryName", "ASM_QUERY_NAME_INVALID"],
    ]);
  });

  test("a window that holds no two scrapes", () => {
    const metrics = [{ requestsPerSecond: 10, windowSeconds: 59 }];
    expect(refused({ ...podinfo, scrapeIntervalSeconds: 30, metrics })).toEqual([
      ["metrics[0].windowSeconds", "ASM_WINDOW_EMPTY"],
    ]);
  });

  test("schedules that mean nothing, or more than maxReplicas", () => {
    const schedules = [
      { from: "8:00", to: "20:60", replicas: 0, utcOffset: "CST", days: ["monday"] },
      { from: "24:00", to: "24:01", days: [] },
      { from: "08:00", to: "08:00", replicas: 11 },
    ];
    expect(refused(untyped({ ...podinfo, schedules }))).toEqual([
      ["schedules[0].days[0]", "ASM_CHOICE_UNKNOWN"],
      ["schedules[0].from", "ASM_SCHEDULE_INVALID"],
      ["schedules[0].to", "ASM_SCHEDULE_INVALID"],
      ["schedules[0].utcOffset", "ASM_SCHEDULE_INVALID"],
      ["schedules[0].replicas", "ASM_COUNT_INVALID"],
      ["schedules[1].replicas", "ASM_ARGUMENT_MISSING"],
      ["schedules[1].from", "ASM_SCHEDULE_INVALID"],
      ["schedules[1].to", "ASM_SCHEDULE_INVALID"],
      ["schedules[1].days", "ASM_SCHEDULE_INVALID"],
      ["schedules[2].to", "ASM_SCHEDULE_INVALID"],
      ["schedules[2].replicas", "ASM_REPLICAS_CROSSED"],
    ]);
  });

  test("a behavior that the API server would refuse", () => {
    const scaleUp = {
      pace: "Quick",
      stabilizationWindowSeconds: 3601,
      podsPerMinute: 0,
      percentPerMinute: 1.5,
      tolerance: -0.1,
    };
    const scaleDown = { pace: "Never", podsPerMinute: 1, tolerance: 0.0004 };
    expect(refused(untyped({ ...podinfo, behavior: { scaleUp, scaleDown } }))).toEqual([
      ["behavior.scaleUp.pace", "ASM_CHOICE_UNKNOWN"],
      ["behavior.scaleUp.stabilizationWindowSeconds", "ASM_NUMBER_INVALID"],
      ["behavior.scaleUp.podsPerMinute", "ASM_COUNT_INVALID"],
      ["behavior.scaleUp.percentPerMinute", "ASM_COUNT_INVALID"],
      ["behavior.scaleUp.tolerance", "ASM_NUMBER_INVALID"],
      ["behavior.scaleDown.tolerance", "ASM_NUMBER_INVALID"],
      ["behavior.scaleDown.podsPerMinute", "ASM_ARGUMENT_MISPLACED"],
    ]);
  });

  test("a workload named twice, or by half", () => {
    const twice = { ...podinfo, targetRef: { kind: "StatefulSet", name: "db" } };
    expect(refused(twice)).toEqual([["targetRef", "ASM_ARGUMENT_MISPLACED"]]);
    const { target: _, ...rest } = podinfo;
    expect(
      refused(untyped({ ...rest, targetRef: { kind: "stateful set", apiVersion: "apps", workload: "My shop" } })),
    ).toEqual([
      ["targetRef.name", "ASM_ARGUMENT_MISSING"],
      ["targetRef.workload", "ASM_NAME_INVALID"],
      ["targetRef.kind", "ASM_NAME_INVALID"],
      ["targetRef.apiVersion", "ASM_NAME_INVALID"],
    ]);
  });

  test("what comes from another resource is not judged before it is known, and is judged then", async () => {
    const args: TrafficAutoscalerArgs = {
      namespace: pulumi.output("NOT/VALID"),
      target: Promise.resolve("podinfo"),
      minReplicas: pulumi.output(99),
      maxReplicas: 10,
      metrics: [{ query: pulumi.output("sum("), queryName: "q", value: "1" }],
    };
    expect(() => validateAutoscaler("web", args)).not.toThrow();
    const late = settled(args, (known) => validateAutoscaler("web", known)).apply(() => "nothing");
    const said = await new Promise((resolve) => {
      pulumi.recover(late, (error) => error.message).apply(resolve);
    });
    expect(said).toMatch(/namespace: ASM_.*\n.*minReplicas: ASM_.*\n.*query: ASM_/);
  });
});
