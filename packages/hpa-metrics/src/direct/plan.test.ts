import { describe, expect, test } from "@jest/globals";
import {
  bytesPerSecondQuery,
  demandPerSecondQuery,
  errorRatioQuery,
  inFlightRequestsQuery,
  latencyQuery,
  openConnectionsQuery,
  requestsPerSecondQuery,
} from "../istio/signals";
import { parseQuery } from "../promql/query";
import { type DirectPlan, directPlanOf, type ProxySeries } from "./plan";

const podinfo = { workload: "podinfo", namespace: "test" };
const own = 'destination_workload="podinfo",destination_workload_namespace="test",reporter="destination"';

function resultOf(text: string) {
  const parsed = parseQuery(text);
  if (!parsed.ok) throw new Error(parsed.problem.caret);
  return directPlanOf(parsed.query);
}

function planOf(text: string): DirectPlan {
  const result = resultOf(text);
  if (!result.ok) throw new Error(result.reason);
  return result.plan;
}

type Given = Readonly<Record<string, readonly (Partial<ProxySeries> & { of?: Record<string, string> })[]>>;

function evaluated(text: string, given: Given): number | undefined | "over-budget" {
  const labels = { reporter: "destination", destination_workload: "podinfo", destination_workload_namespace: "test" };
  return planOf(text).evaluate((metric) =>
    (given[metric] ?? []).map(({ of, value = 0, perSecond = 0 }) => ({
      labels: { ...labels, instance: "10.0.0.1:15090", response_code: "200", ...of },
      value,
      perSecond,
    })),
  );
}

const second = { instance: "10.0.0.2:15090" };

describe("each signal", () => {
  test("requests per second are the sum over proxies and codes", () => {
    const series = [{ perSecond: 3 }, { perSecond: 4, of: second }, { perSecond: 0.5, of: { response_code: "503" } }];
    expect(evaluated(requestsPerSecondQuery(podinfo), { istio_requests_total: series })).toBe(7.5);
  });

  test("another workload's, another reporter's and a client's series do not count", () => {
    const series = [
      { perSecond: 3 },
      { perSecond: 5, of: { destination_workload: "other" } },
      { perSecond: 7, of: { reporter: "source" } },
    ];
    expect(evaluated(requestsPerSecondQuery(podinfo), { istio_requests_total: series })).toBe(3);
  });

  test("requests in flight are the milliseconds that end per second, in seconds", () => {
    const given = { istio_request_duration_milliseconds_sum: [{ perSecond: 1_500 }, { perSecond: 500, of: second }] };
    expect(evaluated(inFlightRequestsQuery(podinfo), given)).toBe(2);
  });

  test("open connections are those opened less those closed, and negative if one proxy lost a counter", () => {
    const opened = [{ value: 10 }, { value: 5, of: second }];
    const query = openConnectionsQuery(podinfo);
    expect(evaluated(query, { istio_tcp_connections_opened_total: opened })).toBe(15);
    const closed = [{ value: 4 }, { value: 2, of: second }];
    const both = { istio_tcp_connections_opened_total: opened, istio_tcp_connections_closed_total: closed };
    expect(evaluated(query, both)).toBe(9);
    const lost = { ...both, istio_tcp_connections_closed_total: [{ value: 4 }, { value: 6, of: second }] };
    expect(evaluated(query, lost)).toBe(-1);
  });

  const buckets = (counts: Record<string, number>, of: Record<string, string> = {}) =>
    Object.entries(counts).map(([le, perSecond]) => ({ perSecond, of: { ...of, le } }));

  test("latency is interpolated in its bucket, and 0 without requests", () => {
    const query = latencyQuery(podinfo, 0.95);
    const given = {
      istio_request_duration_milliseconds_bucket: buckets({ "5": 0, "10": 50, "25": 100, "+Inf": 100 }),
      istio_request_duration_milliseconds_count: [{ perSecond: 100 }],
    };
    expect(evaluated(query, given)).toBeCloseTo(23.5);
    const idle = {
      istio_request_duration_milliseconds_bucket: buckets({ "5": 0, "+Inf": 0 }),
      istio_request_duration_milliseconds_count: [{ perSecond: 0 }],
    };
    expect(evaluated(query, idle)).toBe(0);
  });

  test("latency has no value without the last bucket, and falling counts of other buckets are raised", () => {
    const query = latencyQuery(podinfo, 0.5);
    const count = { istio_request_duration_milliseconds_count: [{ perSecond: 100 }] };
    const missing = { istio_request_duration_milliseconds_bucket: buckets({ "5": 10, "10": 50 }), ...count };
    expect(evaluated(query, missing)).toBeUndefined();
    const mixed = [...buckets({ "10": 80, "+Inf": 100 }), ...buckets({ "20": 10, "+Inf": 20 }, second)];
    expect(evaluated(query, { istio_request_duration_milliseconds_bucket: mixed, ...count })).toBeCloseTo(7.5);
  });

  test("the error ratio is the share of 5xx, and 0 before the first error and without requests", () => {
    const query = errorRatioQuery(podinfo);
    const fine = { perSecond: 9 };
    expect(
      evaluated(query, { istio_requests_total: [fine, { perSecond: 1, of: { response_code: "503" } }] }),
    ).toBeCloseTo(0.1);
    expect(evaluated(query, { istio_requests_total: [fine] })).toBe(0);
    expect(evaluated(query, { istio_requests_total: [{ perSecond: 0 }] })).toBe(0);
  });

  test("bytes are those of both directions, and a proxy with one direction counts with that one", () => {
    const given = {
      istio_request_bytes_sum: [{ perSecond: 10 }, { perSecond: 20, of: second }],
      istio_response_bytes_sum: [{ perSecond: 100 }],
      istio_tcp_sent_bytes_total: [{ perSecond: 1_000, of: { request_protocol: "tcp" } }],
    };
    expect(evaluated(bytesPerSecondQuery(podinfo), given)).toBe(1_130);
  });

  test("no series gives no value", () => {
    for (const query of [
      requestsPerSecondQuery(podinfo),
      inFlightRequestsQuery(podinfo),
      openConnectionsQuery(podinfo),
      latencyQuery(podinfo, 0.95),
      errorRatioQuery(podinfo),
      bytesPerSecondQuery(podinfo),
      demandPerSecondQuery({ service: "web", namespace: "test" }),
    ])
      expect(evaluated(query, {})).toBeUndefined();
  });
});

test("an empty label is the same as no label", () => {
  const query = `sum(rate(istio_request_bytes_sum{${own}}[1m]) + rate(istio_response_bytes_sum{${own}}[1m]))`;
  const given = {
    istio_request_bytes_sum: [{ perSecond: 1, of: { grpc_response_status: "" } }],
    istio_response_bytes_sum: [{ perSecond: 2 }],
  };
  expect(evaluated(query, given)).toBe(3);
});

test("a plan says what it reads", () => {
  expect(planOf(requestsPerSecondQuery(podinfo))).toMatchObject({
    metrics: ["istio_requests_total"],
    reporter: "destination",
    isHistogram: false,
    isRequestRate: true,
    hasValues: false,
  });
  expect(planOf(latencyQuery(podinfo, 0.9))).toMatchObject({
    metrics: ["istio_request_duration_milliseconds_bucket", "istio_request_duration_milliseconds_count"],
    isHistogram: true,
    isRequestRate: false,
  });
  expect(planOf(openConnectionsQuery(podinfo))).toMatchObject({ isHistogram: true, hasValues: true });
  expect(planOf(demandPerSecondQuery({ service: "web", namespace: "n" }))).toMatchObject({
    reporter: "source",
    destinationService: "web.n.svc.cluster.local",
    isRequestRate: true,
  });
  expect(planOf(requestsPerSecondQuery({ ...podinfo, reporter: "waypoint" })).reporter).toBe("waypoint");
});

test.each([
  [`sum(rate(istio_requests_total{${own}}[1m])) * 2 / 3`, true],
  [
    `(sum(rate(istio_requests_total{${own}}[1m]))) + sum(rate(istio_requests_total{${own},response_code="503"}[1m]))`,
    true,
  ],
  [`-sum(rate(istio_requests_total{${own}}[1m]))`, false],
  [`1 / sum(rate(istio_requests_total{${own}}[1m]))`, false],
  [`max(rate(istio_requests_total{${own}}[1m]))`, false],
  [`sum(rate(istio_requests_total{${own}}[1m])) > 5`, false],
  [`sum(istio_requests_total{${own}})`, false],
])("whether it is a sum of request rates: %s", (query, expected) => {
  expect(planOf(query).isRequestRate).toBe(expected);
});

const rate = `rate(istio_requests_total{${own}}[1m])`;

test.each([
  ["1", "selects no metric"],
  ["sum(rate(http_requests_total[1m]))", "http_requests_total is not one of Istio's standard metrics"],
  ['sum(rate({__name__=~"istio_.*"}[1m]))', "has no metric name"],
  ["sum(rate(istio_requests_total[1m]))", 'has no reporter="…"'],
  ['sum(rate(istio_requests_total{reporter=~"destination"}[1m]))', 'has no reporter="…"'],
  ['sum(rate(istio_requests_total{reporter="destination"}[1m]))', 'has no destination_workload="…"'],
  [
    'sum(rate(istio_requests_total{reporter="destination",destination_workload="web"}[1m]))',
    'has no destination_workload_namespace="…"',
  ],
  [`sum(rate(istio_requests_total{${own},pod="a"}[1m]))`, "pod is not one of the labels that Envoy writes"],
  [`sum(sum by (pod) (${rate}))`, "pod is not one of the labels that Envoy writes"],
  [`sum(sum without (instance) (${rate}))`, "without (instance)"],
  [`sum(rate(istio_requests_total{${own},instance="a"}[1m]))`, "instance is only for grouping"],
  [`sum(rate(istio_requests_total{${own},response_code=~"(?i)x"}[1m]))`, "regular expression"],
  [`sum(rate(istio_request_bytes_bucket{${own},le=~"1.*"}[1m]))`, "le=~"],
  [`sum(rate(istio_requests_total{${own}}[1m] offset 5m))`, "offset"],
  [`sum(rate(istio_requests_total{${own}}[1m] @ 5))`, "@"],
  [`sum(rate((istio_requests_total{${own}}[1m] offset 5m)))`, "offset"],
  [`sum(istio_requests_total{${own}} offset 5m)`, "offset"],
  [`sum(rate(istio_requests_total{${own}}[5m:1m]))`, "subquery"],
  [`sum(irate(istio_requests_total{${own}}[1m]))`, "irate() is not supported"],
  [`sum(increase(istio_requests_total{${own}}[1m]))`, "increase() is not supported"],
  [`clamp_min(sum(${rate}), 1)`, "clamp_min() is not supported"],
  [`sum(topk(1, ${rate}))`, "topk() is not supported"],
  [`sum(${rate}) or vector(0)`, "vector() is not supported"],
  [`sum(${rate}) > bool 1`, "bool is not supported"],
  [`sum(${rate}) % 5`, "operator % is not supported"],
  [`sum(${rate}) unless sum(${rate})`, "operator unless is not supported"],
  [`sum(sum by (instance) (${rate}) * on (instance) sum by (instance) (${rate}))`, "on()"],
  [`sum(${rate} / sum(${rate}))`, "between single series and aggregated ones"],
  [
    `sum(${rate}) + sum(rate(istio_requests_total{reporter="source",destination_service="a"}[1m]))`,
    "different reporters",
  ],
  ['sum(rate(istio_requests_total{reporter="source",source_workload="web"}[1m]))', 'no destination_service="…"'],
  ['sum(rate(istio_requests_total{reporter="waypoint"}[1m]))', 'no destination_service="…"'],
  [`max(rate(istio_requests_total{reporter="source",destination_service="a"}[1m]))`, "only sums of request rates"],
  [latencyQuery({ ...podinfo, reporter: "source" }, 0.9), "only sums of request rates"],
  [rate, "more than one series"],
  [`sum by (response_code) (${rate})`, "more than one series"],
  [Array.from({ length: 33 }, () => `sum(${rate})`).join("+"), "more than 32 selectors"],
])("it is named why a query is not evaluated from proxies: %s", (query, reason) => {
  expect(resultOf(query)).toEqual({ ok: false, reason: expect.stringContaining(reason) });
});

test("a bound of a bucket is compared as a number", () => {
  const query = (le: string) => `sum(rate(istio_request_bytes_bucket{${own},le="${le}"}[1m]))`;
  const given = { istio_request_bytes_bucket: [{ perSecond: 4, of: { le: "250" } }] };
  expect(evaluated(query("250"), given)).toBe(4);
  expect(evaluated(query("250.0"), given)).toBe(4);
  expect(evaluated(query("+Inf"), given)).toBeUndefined();
});

test("an evaluation with too many steps of regular expressions says so instead of a wait", () => {
  const query = `sum(rate(istio_requests_total{${own},destination_app=~"${".*".repeat(400)}x"}[1m]))`;
  const series = Array.from({ length: 100 }, (_, index) => ({
    perSecond: 1,
    of: { destination_app: `${index}`.padEnd(5_000, "y") },
  }));
  expect(evaluated(query, { istio_requests_total: series })).toBe("over-budget");
});

test("a plan says what an evaluation costs for each series", () => {
  const rate = `rate(istio_requests_total{${own}}[1m])`;
  const costOf = (query: string) => {
    const result = resultOf(query);
    return result.ok && [result.plan.usesInstance, result.plan.microsecondsPerSeries];
  };
  const near = (cost: number) => expect.closeTo(cost);
  expect(costOf(`sum(${rate})`)).toEqual([false, near(0.6)]);
  // The series are selected once, and added twice.
  expect(costOf(`sum(${rate}) / sum(${rate})`)).toEqual([false, near(0.7)]);
  // 10,000 series are evaluated three times in 50 ms.
  for (const query of [latencyQuery(podinfo, 0.9), errorRatioQuery(podinfo)])
    expect(planOf(query).microsecondsPerSeries).toBeLessThan(50 / 30);
  expect(costOf(`max(sum by (instance) (${rate}))`)).toEqual([true, near(0.5 + 3 + 2.4 + 0.1)]);
  // All labels of each series are compared.
  expect(costOf(`sum(${rate} / ${rate})`)).toEqual([true, near(17.6)]);
  expect(costOf(`max(sum without (response_code) (${rate}))`)).toEqual([true, near(17.7)]);
  const two = `sum by (response_code, response_flags) (${rate})`;
  expect(costOf(`max(sum without (response_code) (${two}))`)).toEqual([false, near(0.5 + 2 * 2.7 + 0.1)]);
});
