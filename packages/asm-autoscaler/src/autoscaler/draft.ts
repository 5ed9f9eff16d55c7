import { type Now, now } from "../arguments/later";
import type { TrafficAutoscalerArgs, TrafficMetricArgs } from "./args";

/** The arguments of a TrafficAutoscaler as far as they are known: before registration, or all of them in `apply`. */
export interface AutoscalerDraft {
  readonly namespace: Now<string>;
  readonly target: Now<string>;
  readonly minReplicas: Now<number | undefined>;
  readonly maxReplicas: Now<number>;
  readonly metrics: readonly MetricDraft[];
}

/** One metric as far as it is known. */
export interface MetricDraft {
  readonly requestsPerSecond: Now<number | undefined>;
  readonly windowSeconds: Now<number | undefined>;
  readonly query: Now<string | undefined>;
  readonly queryName: Now<string | undefined>;
  readonly averageValue: Now<string | undefined>;
  readonly value: Now<string | undefined>;
}

/** Reads what is known now out of the arguments. */
export function draft(args: TrafficAutoscalerArgs): AutoscalerDraft {
  return {
    namespace: now(args.namespace),
    target: now(args.target),
    minReplicas: now(args.minReplicas),
    maxReplicas: now(args.maxReplicas),
    metrics: args.metrics.map(draftMetric),
  };
}

function draftMetric(metric: TrafficMetricArgs): MetricDraft {
  return {
    requestsPerSecond: now(metric.requestsPerSecond),
    windowSeconds: now(metric.windowSeconds),
    query: now(metric.query),
    queryName: now(metric.queryName),
    averageValue: now(metric.averageValue),
    value: now(metric.value),
  };
}
