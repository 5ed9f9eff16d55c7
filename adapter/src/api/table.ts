import type { MetricValue } from "./dependencies.ts";
import { type Listed, timestamp } from "./values.ts";

const COLUMNS = [
  { name: "Metric", type: "string", format: "name", description: "The name of the metric.", priority: 0 },
  { name: "Labels", type: "string", format: "", description: "The labels that select the reading.", priority: 0 },
  { name: "Value", type: "string", format: "", description: "The value, or <unknown>.", priority: 0 },
  {
    name: "Evaluated",
    type: "string",
    format: "date-time",
    description: "When Prometheus evaluated the query.",
    priority: 0,
  },
  { name: "Reason", type: "string", format: "", description: "Why there is no value.", priority: 1 },
] as const;

/**
 * Returns a `Table` of meta.k8s.io, as `kubectl get` prints it. Each reading has a row. Then each metric without a
 * reading has a row.
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
 */
export function table(version: string, namespace: string, { readings, missing }: Listed): object {
  const apiVersion = `meta.k8s.io/${version}`;
  const row = (name: string, cells: readonly string[]) => ({
    cells,
    object: { kind: "PartialObjectMetadata", apiVersion, metadata: { name, namespace, creationTimestamp: null } },
  });
  return {
    kind: "Table",
    apiVersion,
    metadata: {},
    columnDefinitions: COLUMNS,
    rows: [
      ...readings.map((reading) => row(reading.metricName, cellsOf(reading))),
      ...missing.map(({ metricName, message }) => row(metricName, [metricName, "", "<unknown>", "<unknown>", message])),
    ],
  };
}

function cellsOf({ metricName, labels, value, evaluatedAt }: MetricValue): string[] {
  const pairs = Object.entries(labels).map(([name, label]) => `${name}=${label}`);
  return [metricName, pairs.sort().join(",") || "<none>", value, timestamp(evaluatedAt), ""];
}
