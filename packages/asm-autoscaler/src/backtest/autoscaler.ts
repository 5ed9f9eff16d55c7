import {
  type Autoscaling,
  behaviorOf,
  canonicalQuery,
  type ExternalMetric,
  type HpaMetric,
  type MetricSpec,
  queryCost,
  readHpa,
  readMetricSpecs,
  selectorsOf,
} from "@asm-autoscaler/hpa-metrics";
import { BacktestError } from "./backtestError";
import type { Manifest } from "./manifest";

/** An HPA as the simulation takes it. */
export interface Simulated {
  readonly id: string;
  readonly autoscaling: Autoscaling;
  /** Requests per second that one pod should serve. */
  readonly target: number;
  /** Of the query's rate, seconds. */
  readonly windowSeconds: number;
  readonly countedBy: "pods" | "clients";
  /** The adapter evaluates at whole multiples of so many seconds. */
  readonly evaluationSeconds: number;
  /** What of the HPA does not count here, in words. */
  readonly ignored: readonly string[];
}

/** `sum(rate(istio_requests_total{…}[1m]))`, as `TrafficAutoscaler` and the guide write it. */
const REQUESTS = /^sum\(rate\(istio_requests_total\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\}\[[^\]:]+\]\)\)$/;
/** Of the adapter, where the HPA names no longer interval. */
const EVALUATION_SECONDS = 3;
/**
 * Labels of a request; those of its destination say whose traffic it is.
 * https://istio.io/latest/docs/reference/config/metrics/
 */
const PART = /^(source|response|request|grpc|connection)_|^destination_version$/;

/**
 * The metric of an HPA that a simulation can follow from traffic: requests per second per pod. The other metrics are
 * ignored and listed in `ignored`.
 *
 * @throws BacktestError if the HPA has no such metric, or a field of its spec that is not valid.
 */
export function simulatedHpa({ id, object }: Manifest, downscaleStabilizationSeconds: number): Simulated {
  const { annotations, externalMetrics, behavior, status: hpa, unreadable } = readHpa(object);
  const invalid = unreadable.filter((field) => field.startsWith("spec"));
  if (invalid.length > 0) {
    throw new BacktestError(
      "ASM_BACKTEST_INPUT",
      `fields of the HPA ${id} are not valid: ${invalid.join(", ")}`,
      "Correct them, such as an averageValue of 10 or 100m",
    );
  }
  if (hpa.minReplicas > hpa.maxReplicas) {
    throw new BacktestError(
      "ASM_BACKTEST_INPUT",
      `minReplicas ${hpa.minReplicas} of the HPA ${id} is more than maxReplicas ${hpa.maxReplicas}`,
      "Correct one of them",
    );
  }
  const { specs } = readMetricSpecs(annotations, externalMetrics);
  const externals = hpa.metrics.filter(({ type }) => type === "External");
  const found = externals.flatMap((metric, index) => {
    const asked = specs.find((spec) => isOf(externalMetrics[index], spec));
    const windowSeconds = asked && windowOf(asked);
    if (!asked || windowSeconds === undefined || metric.kind !== "averageValue") return [];
    return [{ metric, asked, windowSeconds }];
  });
  const [first] = found;
  if (!first) {
    throw new BacktestError(
      "ASM_BACKTEST_METRIC",
      `the HPA ${id} has no metric of requests per second per pod, and the effect of more pods on its other metrics does not follow from the traffic`,
      "Add one with requestsPerSecond, or with the query sum(rate(istio_requests_total{…}[1m])) and an averageValue",
    );
  }
  const matchers = selectorsOf(first.asked.query).flatMap(({ matchers: own }) => own);
  const reporter = matchers.find(({ label, operator }) => label === "reporter" && operator === "=")?.value;
  const parts = matchers.filter(({ label }) => PART.test(label));
  const { metric: followed } = first;
  return {
    id,
    autoscaling: {
      minReplicas: hpa.minReplicas,
      maxReplicas: hpa.maxReplicas,
      metrics: [followed],
      behavior: behaviorOf(behavior, downscaleStabilizationSeconds),
      tolerance: hpa.tolerance,
      downscaleStabilizationSeconds,
    },
    target: followed.goal / 1000,
    windowSeconds: first.windowSeconds,
    countedBy: reporter === "source" || reporter === "waypoint" ? "clients" : "pods",
    evaluationSeconds: Math.max(EVALUATION_SECONDS, Math.ceil(first.asked.intervalSeconds ?? 0)),
    ignored: [
      ...hpa.metrics
        .filter((metric) => metric !== followed)
        .map(
          (metric) =>
            `the metric ${nameOf(metric, externalMetrics[externals.indexOf(metric)])} may ask for more pods and is not simulated`,
        ),
      ...parts.map(
        ({ label, operator, value }) =>
          `its query counts only requests with ${label}${operator}${JSON.stringify(value)}, so the traffic must count only these too`,
      ),
    ],
  };
}

/** The range of its one selector, which is all that such a query costs. */
function windowOf({ query, aggregate }: MetricSpec): number | undefined {
  if (aggregate !== undefined || !REQUESTS.test(canonicalQuery(query))) return undefined;
  const seconds = queryCost(query);
  return seconds > 0 && Number.isFinite(seconds) ? seconds : undefined;
}

function isOf(metric: ExternalMetric | undefined, { metricName, labels }: MetricSpec): boolean {
  return (
    metric?.name === metricName &&
    Object.entries(metric.matchLabels ?? {}).every(([label, value]) => labels[label] === value)
  );
}

/** The name of the query if the metric has one, or else the name of the metric. */
function nameOf({ name }: HpaMetric, external: ExternalMetric | undefined): string {
  return external?.matchLabels?.["query-name"] ?? name;
}
