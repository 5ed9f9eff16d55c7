import {
  type Autoscaling,
  type BehaviorSpec,
  behaviorOf,
  canonicalQuery,
  type ExternalMetric,
  type MetricSpec,
  parseQuantity,
  readMetricSpecs,
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
  /** What of the HPA does not count here, in words. */
  readonly ignored: readonly string[];
}

/** `sum(rate(istio_requests_total{…}[1m]))`, as `TrafficAutoscaler` and the guide write it, and its window. */
const REQUESTS = /^sum\(rate\(istio_requests_total\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\}\[(\w+)\]\)\)$/;
const UNIT_SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400 };

/**
 * What an HPA asks for that follows from its traffic: requests per second for each pod. Others of its metrics are left out,
 * with a word.
 *
 * @throws BacktestError when it has no such metric.
 */
export function simulatedHpa({ id, object }: Manifest, downscaleStabilizationSeconds: number): Simulated {
  const { metadata, spec } = object;
  const { minReplicas, maxReplicas, metrics, behavior } = record(spec);
  const externals = list(metrics).filter(({ type }) => type === "External");
  const annotations = record(record(metadata)["annotations"]);
  const { specs } = readMetricSpecs(
    Object.fromEntries(Object.entries(annotations).map(([key, value]) => [key, String(value)])),
    externals.map(externalMetric),
  );
  const found = externals.flatMap((metric) => {
    const query = specs.find((one) => isOf(externalMetric(metric), one));
    const windowSeconds = query && windowOf(query);
    const { averageValue } = record(record(metric["external"])["target"]);
    if (windowSeconds === undefined || averageValue === undefined) return [];
    return [{ metric, windowSeconds, goal: Number(parseQuantity(String(averageValue)).milli) }];
  });
  const [first] = found;
  if (!first) {
    throw new BacktestError(
      "ASM_BACKTEST_METRIC",
      `the HPA ${id} has no metric of requests per second for each pod, and what its other metrics do with more pods does not follow from its traffic`,
      "Give one with requestsPerSecond, or with the query sum(rate(istio_requests_total{…}[1m])) and an averageValue",
    );
  }
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
    ignored: others.map((metric) => `the metric ${nameOf(metric)} may ask for more pods and is not simulated`),
  };
}

function windowOf({ query, aggregate }: MetricSpec): number | undefined {
  if (aggregate !== undefined) return undefined;
  const window = REQUESTS.exec(canonicalQuery(query))?.[1];
  if (window === undefined) return undefined;
  return [...window.matchAll(/(\d+)(ms|s|m|h|d)/g)].reduce(
    (sum, [, count, unit = ""]) => sum + Number(count) * (UNIT_SECONDS[unit] ?? Number.NaN),
    0,
  );
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
