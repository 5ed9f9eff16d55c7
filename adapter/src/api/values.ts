import { GROUP_VERSION } from "./target.ts";

/** One value of a metric as the API serves it. */
export interface Reading {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string>>;
  /** A Kubernetes quantity: `8308m`, `10`. */
  readonly value: string;
  /** When Prometheus evaluated it: Unix time in milliseconds. */
  readonly evaluatedAt: number;
}

/** `ExternalMetricValueList`; `items` is `[]` where nothing matches. k8s.io/metrics/pkg/apis/external_metrics/v1beta1 */
export function valueList(readings: readonly Reading[]): object {
  const items = readings.map(({ metricName, labels, value, evaluatedAt }) => ({
    metricName,
    metricLabels: labels,
    timestamp: timestamp(evaluatedAt),
    value,
  }));
  return { kind: "ExternalMetricValueList", apiVersion: GROUP_VERSION, metadata: {}, items };
}

/** RFC 3339 in UTC with whole seconds, cut and not rounded, as Go writes `metav1.Time`. */
export function timestamp(unixMs: number): string {
  return `${new Date(unixMs).toISOString().slice(0, 19)}Z`;
}
