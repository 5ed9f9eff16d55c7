import { parseQuery, selectorsOf } from "@asm-autoscaler/hpa-metrics";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { inputErrorsOf } from "../../../testing/inputErrorsOf";
import { operatorJob, type PodMonitor } from "../../../testing/operatorJob";
import { warningsOf } from "../../../testing/recordAutoscaler";
import { recordStack, tree } from "../../../testing/recordStack";
import { relabel } from "../../../testing/relabel";
import { metricQuery } from "../../autoscaler/queries";
import { OperatorPrometheus, type OperatorPrometheusArgs } from "..";
import { endpointErrors, type PrometheusEndpoint } from "../endpoint";
import { envoyStatsJob } from "../envoyStats";
import { serviceOf } from "./operatorPrometheus";

const KIND = "kubernetes:monitoring.coreos.com/v1:PodMonitor";
const ack = { release: "ack-prometheus-operator" };

// What a program is warned of is the subject of one test only.
beforeEach(() => void jest.spyOn(pulumi.log, "warn").mockResolvedValue(undefined));
afterEach(() => void jest.restoreAllMocks());

async function record(args: OperatorPrometheusArgs, preview = false) {
  const outputs: { endpoint?: PrometheusEndpoint; scrapeIntervalSeconds?: number } = {};
  const stack = await recordStack(
    () => {
      const { endpoint, scrapeIntervalSeconds } = new OperatorPrometheus("prometheus", args);
      pulumi.all([endpoint, scrapeIntervalSeconds]).apply(([given, seconds]) => {
        Object.assign(outputs, { endpoint: given, scrapeIntervalSeconds: seconds });
      });
    },
    { preview },
  );
  const monitors = stack
    .filter(({ type }) => type === KIND)
    .map(({ inputs }): PodMonitor => JSON.parse(JSON.stringify(inputs)));
  return { stack, monitors, ...outputs };
}

describe.each([false, true])("the tree (preview %s)", (preview) => {
  test.each<[string, OperatorPrometheusArgs, string[]]>([
    ["by default", ack, ["prometheus-envoy-stats"]],
    ["in ambient mode", { ...ack, scrapeZtunnel: true }, ["prometheus-envoy-stats", "prometheus-ztunnel-stats"]],
    ["with a job of the chart's own", { ...ack, scrapeEnvoy: false }, []],
  ])("%s", async (_, args, names) => {
    const { stack } = await record(args, preview);
    expect(tree(stack)).toEqual([
      ...names.map((name) => `${name}: ${KIND} < prometheus`),
      "prometheus: asm-autoscaler:index:OperatorPrometheus",
    ]);
  });
});

test("the charts' Prometheus selects the PodMonitor by the label release", async () => {
  const { monitors } = await record({ release: pulumi.output("kube-prometheus-stack"), namespace: "observability" });
  expect(monitors.map(({ metadata }) => metadata)).toEqual([
    { name: "envoy-stats", namespace: "observability", labels: { release: "kube-prometheus-stack" } },
  ]);
});

test("a Prometheus with a selector of its own gets its labels", async () => {
  const { monitors } = await record({ ...ack, podMonitorLabels: { team: "mesh" } });
  expect(monitors[0]?.metadata.labels).toEqual({ team: "mesh" });
});

// Names as in Alibaba Cloud's "Use open source Prometheus to monitor an ACK cluster", and as the chart cuts them.
test.each([
  ["ack-prometheus-operator", "ack-prometheus-operator-prometheus"],
  ["kube-prometheus-stack", "kube-prometheus-stack-prometheus"],
  ["prometheus", "prometheus-kube-prometheus-prometheus"],
  ["prom", "prom-kube-prometheus-stack-prometheus"],
  ["kube-prometheus", "kube-prometheus-kube-prome-prometheus"],
])("the Service of the release %s is %s", (release, service) => {
  expect(serviceOf(release)).toBe(service);
});

test.each<[string, OperatorPrometheusArgs, string, number]>([
  ["the PodMonitor", ack, "http://ack-prometheus-operator-prometheus.monitoring.svc:9090", 15],
  ["the chart", { ...ack, scrapeEnvoy: false }, "http://ack-prometheus-operator-prometheus.monitoring.svc:9090", 30],
  ["the program", { ...ack, url: "https://p.example/x", scrapeIntervalSeconds: 5 }, "https://p.example/x", 5],
])("the endpoint and the interval of %s are what an adapter and an autoscaler take", async (_, args, url, seconds) => {
  const { endpoint, scrapeIntervalSeconds } = await record(args);
  expect(endpoint).toEqual({ url });
  expect(scrapeIntervalSeconds).toBe(seconds);
  expect(endpointErrors("prometheus", { url })).toEqual([]);
});

test("a program that does not say whether the chart has a job of its own is warned, and only that", async () => {
  jest.restoreAllMocks();
  const warnings = (args: OperatorPrometheusArgs) =>
    warningsOf(() => void new OperatorPrometheus("prometheus", { ...ack, ...args }));
  expect(await warnings(ack)).toEqual(["scrapeEnvoy: ASM_SCRAPE_TWICE"]);
  expect(await warnings({ ...ack, scrapeEnvoy: true })).toEqual([]);
  expect(await warnings({ ...ack, scrapeEnvoy: false })).toEqual([]);
});

describe("the PodMonitor of the proxies", () => {
  const job = envoyStatsJob({ scrapeIntervalSeconds: 15 });
  /** Labels of a target that only the operator writes. */
  const OPERATORS = ["container"];

  const target = (port: string, phase = "Running", container = "istio-proxy") => ({
    __meta_kubernetes_pod_container_port_name: port,
    __meta_kubernetes_pod_container_name: container,
    __meta_kubernetes_pod_phase: phase,
    __meta_kubernetes_namespace: "shop",
    __meta_kubernetes_pod_name: "web-1",
  });

  const withoutOperators = (labels: Record<string, string> | undefined) =>
    labels && Object.fromEntries(Object.entries(labels).filter(([label]) => !OPERATORS.includes(label)));

  test("scrapes the targets of a MeshPrometheus, and gives them the same labels", async () => {
    const { monitors } = await record(ack);
    const [monitor] = monitors;
    if (!monitor) throw new Error("no PodMonitor");
    const made = operatorJob(monitor);
    expect(made).toMatchObject({ scrape_interval: "15s", scrape_timeout: "10s", metrics_path: "/stats/prometheus" });
    const targets = ["http-envoy-prom", "http-monitoring", "metrics", "http", ""].flatMap((port) =>
      ["Running", "Pending", "Succeeded", "Failed"].map((phase) => target(port, phase)),
    );
    const own = targets.map((labels) => withoutOperators(relabel(labels, job.relabel_configs)));
    expect(targets.map((labels) => withoutOperators(relabel(labels, made.relabel_configs)))).toEqual(own);
    expect(own.filter((labels) => labels !== undefined)).toHaveLength(1);
  });

  test("keeps the metrics of a MeshPrometheus", async () => {
    const { monitors } = await record(ack);
    const made = monitors.map(operatorJob);
    expect(made.map(({ metric_relabel_configs }) => metric_relabel_configs)).toEqual([job.metric_relabel_configs]);
  });

  test("writes no label that a query of a signal reads", () => {
    const metrics = [
      { requestsPerSecond: 1 },
      { requestsPerSecond: 1, service: "web" },
      { inFlightRequests: 1 },
      { openConnections: 1 },
      { latencyMilliseconds: 1 },
      { errorRatio: 0.1 },
      { bytesPerSecond: 1 },
    ];
    const read = metrics.flatMap((metric) => {
      const asked = metricQuery({ namespace: "shop", workload: "web", metrics: [] }, metric);
      const parsed = parseQuery(asked?.query ?? "");
      if (!parsed.ok) throw new Error(parsed.problem.message);
      return selectorsOf(parsed.query).flatMap(({ matchers }) => matchers.map(({ label }) => label));
    });
    expect(read).toContain("destination_workload");
    // `job` and `endpoint` differ too: the operator names them after the PodMonitor and its port.
    expect(read.filter((label) => [...OPERATORS, "job", "endpoint"].includes(label))).toEqual([]);
  });

  test("has a time-out that is never longer than its interval, which the operator refuses", async () => {
    const { monitors } = await record({ ...ack, scrapeIntervalSeconds: 5, scrapeZtunnel: true });
    for (const { spec } of monitors)
      expect(spec.podMetricsEndpoints[0]).toMatchObject({ interval: "5s", scrapeTimeout: "5s" });
  });
});

test("the PodMonitor of ztunnel takes its port only, in the namespace of ztunnel", async () => {
  const { monitors } = await record({ ...ack, scrapeEnvoy: false, scrapeZtunnel: true, ztunnelNamespace: "ambient" });
  expect(monitors).toMatchObject([
    {
      metadata: { name: "ztunnel-stats", namespace: "monitoring", labels: { release: "ack-prometheus-operator" } },
      spec: {
        namespaceSelector: { matchNames: ["ambient"] },
        selector: { matchLabels: { app: "ztunnel" } },
        podMetricsEndpoints: [{ port: "ztunnel-stats", path: "/metrics", interval: "30s" }],
      },
    },
  ]);
});

test("every argument that is wrong is named at once", () => {
  const wrong = {
    ...{ release: "Not A Release", namespace: "Not_a_namespace", podMonitorLabels: { "not a key": "x" } },
    ...{ url: "prometheus:9090", ztunnelNamespace: "istio-system", scrapeIntervalSeconds: 0.5 },
  };
  expect(inputErrorsOf(() => new OperatorPrometheus("prometheus", wrong))).toEqual([
    ["release", "ASM_NAME_INVALID"],
    ["namespace", "ASM_NAME_INVALID"],
    ['podMonitorLabels["not a key"]', "ASM_NAME_INVALID"],
    ["url", "ASM_URL_INVALID"],
    ["ztunnelNamespace", "ASM_ARGUMENT_MISPLACED"],
    ["scrapeIntervalSeconds", "ASM_COUNT_INVALID"],
  ]);
  expect(inputErrorsOf(() => new OperatorPrometheus("prometheus", Object({})))).toEqual([
    ["release", "ASM_ARGUMENT_MISSING"],
  ]);
});
