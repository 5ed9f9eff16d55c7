import type * as k8s from "@pulumi/kubernetes/types/input";
import {
  type AnnotatedQuery,
  formatMilli,
  milliFromNumber,
  parseQuantity,
  requestsPerSecondQuery,
  writeAnnotations,
} from "hpa-metrics";

/** Query name of a requestsPerSecond metric that has none of its own: the one in Alibaba Cloud's guide. */
export const REQUESTS_QUERY_NAME = "processed-requests-per-second";

/** Window of the request rate, in seconds, where none is given: the guide's `[1m]`. */
export const DEFAULT_WINDOW_SECONDS = 60;

/** A metric whose arguments are all known and right. */
export interface PlannedMetric {
  readonly requestsPerSecond?: number | undefined;
  readonly windowSeconds?: number | undefined;
  readonly query?: string | undefined;
  readonly queryName?: string | undefined;
  readonly averageValue?: string | undefined;
  readonly value?: string | undefined;
}

/** What the metrics become in the HorizontalPodAutoscaler. */
export interface MetricsPlan {
  readonly annotations: Record<string, string>;
  readonly metrics: k8s.autoscaling.v2.MetricSpec[];
}

/** Writes metrics as the guide does: queries into annotations, and one `External` metric for each. */
export function planMetrics(namespace: string, workload: string, metrics: readonly PlannedMetric[]): MetricsPlan {
  const written = writeAnnotations(metrics.map((metric) => annotatedQuery(namespace, workload, metric)));
  return {
    annotations: written.annotations,
    metrics: written.metrics.map(({ name, matchLabels }, index) => ({
      type: "External",
      external: { metric: { name, selector: { matchLabels } }, target: target(metrics[index] ?? {}) },
    })),
  };
}

/** The query that a metric asks of Prometheus, under its name. */
export function annotatedQuery(namespace: string, workload: string, metric: PlannedMetric): AnnotatedQuery {
  const queryName = metric.queryName ?? REQUESTS_QUERY_NAME;
  if (metric.query !== undefined) return { queryName, query: metric.query };
  const windowSeconds = metric.windowSeconds ?? DEFAULT_WINDOW_SECONDS;
  return { queryName, query: requestsPerSecondQuery({ workload, namespace, windowSeconds }) };
}

/** Quantities are written as the API server prints them back, or each refresh would show a change that is none. */
function target({ requestsPerSecond, averageValue, value }: PlannedMetric): k8s.autoscaling.v2.MetricTarget {
  if (requestsPerSecond !== undefined) {
    return { type: "AverageValue", averageValue: formatMilli(milliFromNumber(requestsPerSecond)) };
  }
  if (value !== undefined) return { type: "Value", value: parseQuantity(value).canonical };
  return { type: "AverageValue", averageValue: parseQuantity(averageValue ?? "").canonical };
}
