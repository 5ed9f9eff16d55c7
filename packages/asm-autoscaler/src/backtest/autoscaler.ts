import {
  type Autoscaling,
  type BehaviorSpec,
  behaviorOf,
  canonicalQuery,
  type ExternalMetric,
  type MetricSpec,
  parseQuantity,
  QuantityError,
  queryCost,
  readMetricSpecs,
  selectorsOf,
  toleranceOf,
} from "hpa-metrics";
import { BacktestError } from "./backtestError";
import { type Manifest, record } from "./manifest";

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
 * @throws BacktestError if the HPA has no such metric, or a quantity that is not valid.
 */
export function simulatedHpa(manifest: Manifest, downscaleStabilizationSeconds: number): Simulated {
  try {
    return simulatedBy(manifest, downscaleStabilizationSeconds);
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
    const remedy = "Correct its averageValue or tolerance, such as 10 or 100m";
    throw new BacktestError("ASM_BACKTEST_INPUT", `a quantity of the HPA ${manifest.id}: ${error.message}`, remedy);
  }
}

function simulatedBy({ id, object }: Manifest, downscaleStabilizationSeconds: number): Simulated {
  const { metadata, spec } = object;
  const { minReplicas, maxReplicas, metrics, behavior } = record(spec);
  const externals = list(metrics).filter(({ type }) => type === "External");
  const annotations = record(record(metadata)["annotations"]);
  const { specs } = readMetricSpecs(
    Object.fromEntries(Object.entries(annotations).map(([key, value]) => [key, String(value)])),
    externals.map(externalMetric),
  );
  const found = externals.flatMap((metric) => {
    const asked = specs.find((one) => isOf(externalMetric(metric), one));
    const windowSeconds = asked && windowOf(asked);
    const { averageValue } = record(record(metric["external"])["target"]);
    if (!asked || windowSeconds === undefined || averageValue === undefined) return [];
    return [{ metric, asked, windowSeconds, goal: Number(parseQuantity(String(averageValue)).milli) }];
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
  const others = list(metrics).filter((metric) => metric !== first.metric);
  return {
    id,
    autoscaling: {
      minReplicas: Number(minReplicas ?? 1),
      maxReplicas: Number(maxReplicas),
      metrics: [{ kind: "averageValue", goal: first.goal }],
      behavior: behaviorOf(behavior as BehaviorSpec | undefined, downscaleStabilizationSeconds),
      tolerance: toleranceOf(behavior as BehaviorSpec | undefined),
      downscaleStabilizationSeconds,
    },
    target: first.goal / 1000,
    windowSeconds: first.windowSeconds,
    countedBy: reporter === "source" || reporter === "waypoint" ? "clients" : "pods",
    evaluationSeconds: Math.max(EVALUATION_SECONDS, Math.ceil(first.asked.intervalSeconds ?? 0)),
    ignored: [
      ...others.map((metric) => `the metric ${nameOf(metric)} may ask for more pods and is not simulated`),
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

function isOf({ name, matchLabels = {} }: ExternalMetric, { metricName, labels }: MetricSpec): boolean {
  return name === metricName && Object.entries(matchLabels).every(([label, value]) => labels[label] === value);
}

function externalMetric(metric: Record<string, unknown>): ExternalMetric {
  const { name, selector } = record(record(metric["external"])["metric"]);
  const labels = Object.entries(record(record(selector)["matchLabels"]));
  return {
    name: String(name),
    ...(labels.length === 0
      ? {}
      : { matchLabels: Object.fromEntries(labels.map(([key, value]) => [key, String(value)])) }),
  };
}

function nameOf(metric: Record<string, unknown>): string {
  const { external, resource } = metric;
  const { name, selector } = record(record(external)["metric"]);
  const query = record(record(selector)["matchLabels"])["query-name"];
  return String(query ?? name ?? record(resource)["name"] ?? metric["type"]);
}

function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(record) : [];
}
