import { parseQuery } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { hpaOf, KEY, podinfo } from "../../testing/recordAutoscaler";
import { type TrafficMetricArgs, TrafficReporter } from ".";

// Golden: name, target and the metric asked. The whole texts of the queries are golden in hpa-metrics.
test.each<[string, TrafficMetricArgs, string, object, string]>([
  [
    "requests per second are shared out over the pods",
    { requestsPerSecond: 10 },
    "podinfo-requests-per-second",
    { type: "AverageValue", averageValue: "10" },
    "sum(rate(istio_requests_total{",
  ],
  [
    "requests in flight are shared out over the pods",
    { inFlightRequests: 2.5 },
    "podinfo-in-flight-requests",
    { type: "AverageValue", averageValue: "2500m" },
    "sum(rate(istio_request_duration_milliseconds_sum{",
  ],
  [
    "open connections are shared out over the pods",
    { openConnections: 1000 },
    "podinfo-open-connections",
    { type: "AverageValue", averageValue: "1k" },
    "-count(sum by (instance) (istio_tcp_connections_closed_total{",
  ],
  [
    "latency does not shrink by being divided",
    { latencyMilliseconds: 250, latencyQuantile: 0.99 },
    "podinfo-latency-milliseconds",
    { type: "Value", value: "250" },
    "histogram_quantile(0.99, sum by (le)",
  ],
  [
    "nor does the share of errors",
    { errorRatio: 0.01 },
    "podinfo-error-ratio",
    { type: "Value", value: "10m" },
    "sum(rate(istio_requests_total{",
  ],
  [
    "bytes are shared out over the pods",
    { bytesPerSecond: 5_000_000 },
    "podinfo-bytes-per-second",
    { type: "AverageValue", averageValue: "5M" },
    "sum((rate(istio_request_bytes_sum{",
  ],
])("%s", async (_sentence, metric, queryName, target, query) => {
  const { metadata, spec } = await hpaOf({ ...podinfo, metrics: [metric] });
  expect(spec.metrics).toEqual([
    {
      type: "External",
      external: {
        metric: { name: "prometheus-query", selector: { matchLabels: { "query-name": queryName } } },
        target,
      },
    },
  ]);
  const text = metadata.annotations[`${KEY}${queryName}`] ?? "";
  expect(text.startsWith(query)).toBe(true);
  expect(parseQuery(text).ok).toBe(true);
});

test("CPU and memory are read from metrics-server, and need no annotation", async () => {
  const { metadata, spec } = await hpaOf({ ...podinfo, metrics: [{ cpuUtilization: 70 }, { memoryUtilization: 120 }] });
  expect(metadata.annotations).toBeUndefined();
  expect(spec.metrics).toEqual([
    { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } },
    { type: "Resource", resource: { name: "memory", target: { type: "Utilization", averageUtilization: 120 } } },
  ]);
});

test("several metrics stay in their order, each with its own query", async () => {
  const metrics = [
    { latencyMilliseconds: 250 },
    { cpuUtilization: 70 },
    { requestsPerSecond: 10 },
    { latencyMilliseconds: 900, latencyQuantile: 0.999, queryName: "tail" },
  ];
  const { metadata, spec } = await hpaOf({ ...podinfo, metrics });
  const order = spec.metrics.map(({ type, external }) => external?.metric.selector.matchLabels["query-name"] ?? type);
  expect(order).toEqual(["podinfo-latency-milliseconds", "Resource", "podinfo-requests-per-second", "tail"]);
  expect(metadata.annotations[`${KEY}tail`]).toContain("histogram_quantile(0.999,");
  expect(metadata.annotations[`${KEY}podinfo-latency-milliseconds`]).toContain("histogram_quantile(0.95,");
});

describe("the query", () => {
  const queryOf = async (args: object) => Object.values((await hpaOf({ ...podinfo, ...args })).metadata.annotations)[0];

  test("has reporter, window and matchers as asked, wherever they come from", async () => {
    const metrics = [
      {
        requestsPerSecond: 10,
        reporter: TrafficReporter.Waypoint,
        windowSeconds: pulumi.output(90),
        matchers: { job: "envoy-stats", cluster: pulumi.output('a"b') },
      },
    ];
    expect(await queryOf({ metrics })).toContain('reporter="waypoint",cluster="a\\"b",job="envoy-stats"}[1m30s]');
  });

  test("has a window of four scrapes where a minute holds fewer", async () => {
    expect(await queryOf({ scrapeIntervalSeconds: 30 })).toContain("[2m]");
    expect(await queryOf({ scrapeIntervalSeconds: 5 })).toContain("[1m]");
  });

  const nameOf = async (target: string, metric: TrafficMetricArgs) => {
    const { metadata, spec } = await hpaOf({ ...podinfo, target, metrics: [metric] });
    const name = spec.metrics[0]?.external?.metric.selector.matchLabels["query-name"] ?? "";
    expect(metadata.annotations).toHaveProperty([`${KEY}${name}`]);
    return name;
  };

  test("has the name of the workload in its own", async () => {
    expect(await nameOf("web", { requestsPerSecond: 1 })).toBe("web-requests-per-second");
    expect(await nameOf("api", { requestsPerSecond: 1 })).toBe("api-requests-per-second");
    const guide = "processed-requests-per-second";
    expect(await nameOf("web", { requestsPerSecond: 1, queryName: guide })).toBe(guide);
  });

  test("has a name that is a label value and unique, however long the workload's is", async () => {
    const long = "a".repeat(250);
    const names = [
      await nameOf(`${long}web`, { inFlightRequests: 1 }),
      await nameOf(`${long}api`, { inFlightRequests: 1 }),
    ];
    for (const name of names) {
      expect(name).toHaveLength(63);
      expect(name).toMatch(/^a{35}-[0-9a-f]{8}-in-flight-requests$/);
    }
    expect(new Set(names).size).toBe(2);
  });

  test("has a shorter name where the key of a policy holds it too", async () => {
    const name = await nameOf("a".repeat(60), { requestsPerSecond: 1, onNoData: { policy: "Zero" } });
    expect(`on-no-data.${name}`).toHaveLength(63);
    expect(name).toMatch(/^a{23}-[0-9a-f]{8}-requests-per-second$/);
  });
});

test("requests of a Service are counted by who sends them", async () => {
  const metrics = [{ requestsPerSecond: 10, service: "web", windowSeconds: 120 }];
  const { metadata, spec } = await hpaOf({ ...podinfo, minReplicas: 0, metrics });
  expect(spec).toMatchObject({ minReplicas: 0 });
  expect(metadata.annotations[`${KEY}podinfo-requests-per-second`]).toBe(
    'sum(rate(istio_requests_total{destination_service="web.test.svc.cluster.local",reporter="source"}[2m]))',
  );
});

test.each([
  ["Steady", undefined, "[1m]"],
  ["Steady", 30, "[2m]"],
  ["Fast", undefined, "[45s]"],
  ["Fast", 5, "[15s]"],
  ["Direct", undefined, "[1m]"],
] as const)(
  "the reaction %s with %p seconds between scrapes looks at %s",
  async (reaction, scrapeIntervalSeconds, window) => {
    const metrics = [{ requestsPerSecond: 10 }, { errorRatio: 0.1, windowSeconds: 300 }];
    const scrape = scrapeIntervalSeconds === undefined ? {} : { scrapeIntervalSeconds };
    const { metadata } = await hpaOf({ ...podinfo, reaction, ...scrape, metrics });
    expect(metadata.annotations[`${KEY}podinfo-requests-per-second`]).toContain(window);
    expect(metadata.annotations[`${KEY}podinfo-error-ratio`]).toContain("[5m]");
  },
);

const directRate = `rate(istio_requests_total{destination_workload="podinfo",destination_workload_namespace="test",reporter="destination"}[1m])`;

test("with the reaction Direct, every query is also read from proxies, but not that of the schedules", async () => {
  const { metadata } = await hpaOf({
    ...podinfo,
    reaction: "Direct",
    metrics: [
      { requestsPerSecond: 10 },
      { cpuUtilization: 70 },
      { query: `max(sum by (instance) (${directRate}))`, queryName: "own", averageValue: "1" },
    ],
    schedules: [{ from: "08:00", to: "20:00", replicas: 3 }],
  });
  const reactions = Object.entries(metadata.annotations).filter(([key]) => /reaction/.test(key));
  expect(Object.fromEntries(reactions)).toEqual({
    [`${KEY}reaction.podinfo-requests-per-second`]: "direct",
    [`${KEY}reaction.own`]: "direct",
  });
});

test("with the reaction Direct, a default name leaves room for the key of the reaction", async () => {
  const { metadata } = await hpaOf({ ...podinfo, target: "p".repeat(60), reaction: "Direct" });
  for (const key of Object.keys(metadata.annotations)) expect(key.split("/")[1]?.length).toBeLessThanOrEqual(63);
});
