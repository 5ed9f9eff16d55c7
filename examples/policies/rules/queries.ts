import { faultLine, readMetricSpecs } from "hpa-metrics";
import type { Hpa } from "../hpa.ts";

/**
 * What the metrics adapter would refuse of an autoscaler's annotations, in its own words: a query that does not parse, a
 * name that nothing matches, a metric without a selector.
 */
export function queries({ annotations, metrics }: Hpa): string[] {
  return readMetricSpecs(annotations, metrics)
    .faults.filter(({ severity }) => severity === "error")
    .map(faultLine);
}
