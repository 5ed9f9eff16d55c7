import type { ApiDependencies } from "./handler.ts";
import type { Reading } from "./values.ts";

/** The readings of a namespace, and the metrics of it that have none. */
export interface Listed {
  readonly readings: readonly Reading[];
  /** `message` names the cause and the remedy. */
  readonly missing: readonly { readonly metricName: string; readonly message: string }[];
}

/** Names that one listing reads. */
const MOST_NAMES = 200;

/** Reads the metrics that HPAs of the namespace ask for, sorted by name, the first 200 names. Rejects where a read does. */
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
