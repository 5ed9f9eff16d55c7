import type { ExternalMetric } from "@asm-autoscaler/hpa-metrics";
import type { HpaMetrics } from "./metricRegistry.ts";

/** An HPA with External metrics and nothing else. @param id `namespace/name`, or a name alone */
export function hpaMetricsOf(id: string, externalMetrics: readonly ExternalMetric[]): HpaMetrics {
  const [namespace = ""] = id.split("/");
  return {
    hpa: {
      ...{ id, namespace, uid: "", annotations: {}, fingerprint: "" },
      ...{ externalMetrics, objectMetrics: [], podsMetrics: [], otherMetrics: [] },
    },
    specs: [],
    problems: [],
  };
}
