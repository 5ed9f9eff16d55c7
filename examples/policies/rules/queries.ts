import { problemLine, readMetricSpecs } from "@asm-autoscaler/hpa-metrics";
import type { Hpa } from "../hpa.ts";

/**
 * Annotations that the metrics adapter would reject, with its own message: a query that does not parse, a name that
 * does not match, a metric without a selector.
 */
export function queries({ annotations, metrics }: Hpa): string[] {
  return readMetricSpecs(annotations, metrics)
    .problems.filter(({ severity }) => severity === "error")
    .map(problemLine);
}
