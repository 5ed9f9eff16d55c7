import type { ApiDependencies, MetricValue } from "./dependencies.ts";
import { GROUP_VERSION } from "./requestTarget.ts";

/**
 * Returns an `ExternalMetricValueList`. `items` is `[]` when nothing matches.
 * Source: k8s.io/metrics/pkg/apis/external_metrics/v1beta1
 */
export function valueList(readings: readonly MetricValue[]): object {
  const items = readings.map(({ metricName, labels, value, evaluatedAt }) => ({
    metricName,
    metricLabels: labels,
    timestamp: timestamp(evaluatedAt),
    value,
  }));
  return { kind: "ExternalMetricValueList", apiVersion: GROUP_VERSION, metadata: {}, items };
}

/** Formats RFC 3339 in UTC with whole seconds, truncated and not rounded, as Go writes `metav1.Time`. */
export function timestamp(unixMs: number): string {
  return `${new Date(unixMs).toISOString().slice(0, 19)}Z`;
}

/** The readings of a namespace, and its metrics without a reading. */
export interface Listed {
  readonly readings: readonly MetricValue[];
  /** `message` names the cause and the remedy. */
  readonly missing: readonly { readonly metricName: string; readonly message: string }[];
}

/** Maximum number of metric names that one listing reads. */
const MOST_NAMES = 200;

/**
 * Reads the metrics that the namespace's HPAs use: the first 200 names in sorted order. Rejects when a read rejects.
 */
export async function listNamespace(
  dependencies: Pick<ApiDependencies, "namespaceMetrics" | "readMetric">,
  namespace: string,
): Promise<Listed> {
  const names = [...new Set(dependencies.namespaceMetrics(namespace))].sort().slice(0, MOST_NAMES);
  const results = await Promise.all(
    names.map(async (metricName) => {
      return { metricName, result: await dependencies.readMetric(namespace, metricName, () => true) };
    }),
  );
  return {
    readings: results.flatMap(({ result }) => (result.ok ? result.readings : [])),
    missing: results.flatMap(({ metricName, result }) => {
      return result.ok ? [] : [{ metricName, message: result.message }];
    }),
  };
}
