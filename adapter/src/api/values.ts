import type { ApiDependencies, MetricValue } from "./dependencies.ts";
import { EXTERNAL, EXTERNAL_GROUP_VERSION } from "./groups.ts";
import { EVALUATED, type Row, table } from "./table.ts";

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
  return { kind: EXTERNAL.kind, apiVersion: EXTERNAL_GROUP_VERSION, metadata: {}, items };
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

const COLUMNS = [
  { name: "Metric", type: "string", format: "name", description: "The name of the metric.", priority: 0 },
  { name: "Labels", type: "string", format: "", description: "The labels that select the reading.", priority: 0 },
  { name: "Value", type: "string", format: "", description: "The value, or <unknown>.", priority: 0 },
  EVALUATED,
  { name: "Reason", type: "string", format: "", description: "Why there is no value.", priority: 1 },
] as const;

/** Returns a `Table` of meta.k8s.io. Each reading has a row. Then each metric without a reading has a row. */
export function valueTable(version: string, namespace: string, { readings, missing }: Listed): object {
  const row = (name: string, cells: readonly string[]): Row => ({ name, namespace, cells });
  return table(version, COLUMNS, [
    ...readings.map((reading) => row(reading.metricName, cellsOf(reading))),
    ...missing.map(({ metricName, message }) => row(metricName, [metricName, "", "<unknown>", "<unknown>", message])),
  ]);
}

function cellsOf({ metricName, labels, value, evaluatedAt }: MetricValue): string[] {
  const pairs = Object.entries(labels).map(([name, label]) => `${name}=${label}`);
  return [metricName, pairs.sort().join(",") || "<none>", value, timestamp(evaluatedAt), ""];
}
