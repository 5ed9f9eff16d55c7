import {
  type Anticipate,
  anticipateQuery,
  DEFAULT_LEAD_SECONDS,
  DEFAULT_PERIODS,
  PERIOD_SECONDS,
} from "@asm-autoscaler/hpa-metrics";
import { CustomVariableBuilder, type Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { page } from "./page";
import { linesPanel } from "./panel";
import { labelVariable } from "./variables";

/** The matchers of one workload, as the proxies of the chosen reporter saw it. */
const WORKLOAD = 'reporter="$reporter",destination_workload_namespace="$namespace",destination_workload="$workload"';

/** The traffic of one workload as the mesh counts it: what its autoscaler can scale on. */
export function trafficDashboard(): Dashboard {
  return page({
    title: "Mesh traffic of a workload",
    uid: "asm-autoscaler-traffic",
    description: "Traffic of one workload as the mesh's proxies count it. Its autoscaler scales on these metrics.",
    span: "1h",
    variables: [
      reporterVariable(),
      labelVariable("namespace", "Namespace", "istio_requests_total", "destination_workload_namespace"),
      labelVariable(
        "workload",
        "Workload",
        'istio_requests_total{destination_workload_namespace="$namespace"}',
        "destination_workload",
      ),
      new CustomVariableBuilder("target").label("Requests per second per pod").values("10,1,5,25,50,100,250"),
    ],
    panels: [
      ...[requests(), requestsPerPod(), latency(), inFlight(), errors(), bytes(), connections(), pods()],
      ...[anticipated(), addedPods()],
    ],
  });
}

/** Never two at once: sidecars of both ends count the same request. Waypoints count in ambient mode. */
function reporterVariable(): CustomVariableBuilder {
  return new CustomVariableBuilder("reporter").label("Counted by").values("destination,source,waypoint");
}

function requests() {
  return linesPanel({
    title: "Requests per second",
    description: "By response code. 0 means that the client closed the connection.",
    unit: "reqps",
    lines: [{ query: `sum by (response_code) (rate(${http("requests_total")}))`, legend: "{{response_code}}" }],
  });
}

function requestsPerPod() {
  return linesPanel({
    title: "Requests per second and pod",
    description:
      "Compare it with the target of requestsPerSecond. A pod far above the others shows uneven load balancing.",
    unit: "reqps",
    lines: [{ query: `sum by (pod) (rate(${http("requests_total")}))`, legend: "{{pod}}" }],
  });
}

function latency() {
  const quantile = (q: number) => ({
    query: `histogram_quantile(${q}, sum by (le) (rate(${http("request_duration_milliseconds_bucket")})))`,
    legend: `p${q * 100}`,
  });
  return linesPanel({
    title: "Latency",
    description: "50th, 95th and 99th percentile of the request duration.",
    unit: "ms",
    lines: [quantile(0.5), quantile(0.95), quantile(0.99)],
  });
}

function inFlight() {
  return linesPanel({
    title: "Requests in flight",
    description: "Average number of concurrent requests: requests per second times their duration.",
    unit: "short",
    lines: [{ query: `sum(rate(${http("request_duration_milliseconds_sum")})) / 1000`, legend: "in flight" }],
  });
}

function errors() {
  const failed = http("requests_total", ',response_code=~"5.."');
  return linesPanel({
    title: "Error ratio",
    description: "Share of requests with a 5xx response.",
    unit: "percentunit",
    lines: [{ query: `(sum(rate(${failed})) or vector(0)) / sum(rate(${http("requests_total")}))`, legend: "5xx" }],
  });
}

function bytes() {
  return linesPanel({
    title: "Bytes per second",
    description: "Request bodies and response bodies.",
    unit: "Bps",
    lines: [
      { query: `sum(rate(${http("request_bytes_sum")}))`, legend: "requests" },
      { query: `sum(rate(${http("response_bytes_sum")}))`, legend: "responses" },
    ],
  });
}

function connections() {
  const count = (which: string) => `sum(istio_tcp_connections_${which}_total{${WORKLOAD}})`;
  return linesPanel({
    title: "Open TCP connections",
    description: "For services that the mesh handles as TCP.",
    unit: "short",
    lines: [{ query: `${count("opened")} - ${count("closed")}`, legend: "open" }],
  });
}

function pods() {
  return linesPanel({
    title: "Pods with traffic",
    description: "Pods whose proxies have counted a request of this workload.",
    unit: "short",
    lines: [{ query: `count(count by (pod) (istio_requests_total{${WORKLOAD}}))`, legend: "pods" }],
  });
}

/** The load that `anticipate` of requestsPerSecond would anticipate with its defaults, and the load itself. */
const LOAD = `sum(rate(${http("requests_total")}))`;

function ahead(period: keyof typeof PERIOD_SECONDS): string {
  const anticipate: Anticipate = {
    periodSeconds: PERIOD_SECONDS[period],
    leadSeconds: DEFAULT_LEAD_SECONDS,
    periods: DEFAULT_PERIODS,
    growth: true,
  };
  return anticipateQuery(LOAD, anticipate);
}

function anticipated() {
  return linesPanel({
    title: "Anticipated load",
    description:
      "What anticipate expects for the next ten minutes, by the last three days or weeks, and what came. It should be above what came, and rise before it. It is 0 without history.",
    unit: "reqps",
    lines: [
      { query: LOAD, legend: "what came" },
      { query: ahead("Day"), legend: "anticipated by days" },
      { query: ahead("Week"), legend: "anticipated by weeks" },
    ],
  });
}

function addedPods() {
  const added = (period: keyof typeof PERIOD_SECONDS) =>
    `clamp_min(ceil((${ahead(period)}) / $target) - ceil(${LOAD} / $target), 0)`;
  return linesPanel({
    title: "Pods that anticipation adds",
    description:
      "The pods that the anticipated load needs above those that the load of now needs, at the target that you choose above. What it costs is the area below.",
    unit: "short",
    lines: [
      { query: added("Day"), legend: "by days" },
      { query: added("Week"), legend: "by weeks" },
    ],
  });
}

/** A counter of HTTP traffic over Grafana's window, which is at least four scrapes. */
function http(metric: string, more = ""): string {
  return `istio_${metric}{${WORKLOAD}${more}}[$__rate_interval]`;
}
