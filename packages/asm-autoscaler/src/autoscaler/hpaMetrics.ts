import {
  type AnnotatedQuery,
  formatMilli,
  milliFromNumber,
  parseQuantity,
  writeAnnotations,
} from "@asm-autoscaler/hpa-metrics";
import type * as k8s from "@pulumi/kubernetes/types/input";
import { canonicalMetrics } from "./additionalMetrics";
import { AnticipateMode } from "./anticipateArgs";
import { type Autoscaling, aheadQuery, floorQuery, metricQuery } from "./queries";
import { isSignal, kinds, type Metric, resources, signals } from "./signals";

/** Annotations and metrics of the HorizontalPodAutoscaler. */
export interface MetricsPlan {
  /** Undefined without a query. */
  readonly annotations: Record<string, string> | undefined;
  readonly metrics: k8s.autoscaling.v2.MetricSpec[];
}

/**
 * Writes metrics in the form of Alibaba Cloud's guide: each query is an annotation and one `External` metric, in the
 * order of the arguments. What is anticipated follows its load, as an annotation alone if it is only observed. The query
 * of the schedules follows; its value is a number of replicas, so its target is 1 per pod. Metrics from other sources are
 * last.
 */
export function planMetrics(autoscaling: Autoscaling): MetricsPlan {
  const floor = floorQuery(autoscaling);
  const parts = [
    ...autoscaling.metrics.flatMap((metric) => [
      planned(metric, metricQuery(autoscaling, metric)),
      anticipated(metric, aheadQuery(autoscaling, metric)),
    ]),
    ...(floor ? [external(floor, { type: "AverageValue", averageValue: "1" })] : []),
  ];
  const annotations: Record<string, string> = Object.assign({}, ...parts.map((part) => part.annotations));
  return {
    annotations: Object.keys(annotations).length > 0 ? annotations : undefined,
    metrics: [...parts.flatMap(({ metrics }) => metrics), ...canonicalMetrics(autoscaling.additionalMetrics ?? [])],
  };
}

function planned(metric: Metric, query: AnnotatedQuery | undefined): MetricsPlan {
  return query ? external(query, target(metric)) : { annotations: undefined, metrics: resource(metric) };
}

/** The target of an anticipated load is that of the load itself. */
function anticipated(metric: Metric, query: AnnotatedQuery | undefined): MetricsPlan {
  if (!query) return { annotations: undefined, metrics: [] };
  const { annotations, metrics } = external(query, target(metric));
  return { annotations, metrics: metric.anticipate?.mode === AnticipateMode.Act ? metrics : [] };
}

function external(query: AnnotatedQuery, goal: k8s.autoscaling.v2.MetricTarget): MetricsPlan {
  const { annotations, metrics } = writeAnnotations([query]);
  return {
    annotations,
    metrics: metrics.map(({ name, matchLabels }) => ({
      type: "External",
      external: { metric: { name, selector: { matchLabels } }, target: goal },
    })),
  };
}

function resource(metric: Metric): k8s.autoscaling.v2.MetricSpec[] {
  return (["cpuUtilization", "memoryUtilization"] as const).flatMap((kind) => {
    const averageUtilization = metric[kind];
    if (averageUtilization === undefined) return [];
    return {
      type: "Resource",
      resource: { name: resources[kind], target: { type: "Utilization", averageUtilization } },
    };
  });
}

/**
 * Target of a metric. Quantities are in the API server's canonical form: otherwise each refresh would show a change.
 */
function target(metric: Metric): k8s.autoscaling.v2.MetricTarget {
  const signal = kinds.filter(isSignal).find((kind) => metric[kind] !== undefined);
  const type = signal ? signals[signal].target : metric.value === undefined ? "AverageValue" : "Value";
  const quantity = signal
    ? formatMilli(milliFromNumber(metric[signal] ?? 0))
    : parseQuantity(metric.value ?? metric.averageValue ?? "").canonical;
  return type === "Value" ? { type, value: quantity } : { type, averageValue: quantity };
}
