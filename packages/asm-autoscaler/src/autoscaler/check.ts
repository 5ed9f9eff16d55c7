import { countMistakes } from "../arguments/count";
import { later, type Now } from "../arguments/later";
import { missingMistakes } from "../arguments/missing";
import { type Mistake, refuse } from "../arguments/mistake";
import { nameMistakes, namespaceName, objectName } from "../arguments/name";
import type { TrafficAutoscalerArgs } from "./args";
import { metricMistakes } from "./checkMetric";
import { queryNameMistakes } from "./checkQuery";
import { type AutoscalerDraft, draft, type MetricDraft } from "./draft";
import { REQUESTS_QUERY_NAME } from "./plan";

/**
 * Checks the arguments of a TrafficAutoscaler as far as they are known.
 *
 * @throws pulumi.InputPropertiesError with all mistakes at once.
 */
export function checkAutoscaler(name: string, args: TrafficAutoscalerArgs): void {
  refuse(`TrafficAutoscaler ${JSON.stringify(name)}`, autoscalerMistakes(draft(args)));
}

/** Everything that is wrong with what is known of the arguments, each with its property path. */
function autoscalerMistakes(known: AutoscalerDraft): Mistake[] {
  const wrongNamespace = nameMistakes("namespace", known.namespace, namespaceName);
  const wrongTarget = nameMistakes("target", known.target, objectName);
  // No query can be built for a wrong name, and none needs to be judged.
  const namespace = wrongNamespace.length > 0 ? later : known.namespace;
  const target = wrongTarget.length > 0 ? later : known.target;
  return [
    ...missingMistakes("namespace", known.namespace, "Name the namespace of the workload"),
    ...missingMistakes("target", known.target, "Name the Deployment to scale"),
    ...missingMistakes("maxReplicas", known.maxReplicas, "Say how far the workload may grow, such as 10"),
    ...wrongNamespace,
    ...wrongTarget,
    ...replicaMistakes(known.minReplicas, known.maxReplicas),
    ...noMetric(known.metrics),
    ...known.metrics.flatMap((metric, index) => metricMistakes(`metrics[${index}]`, metric, namespace, target)),
    ...sharedNameMistakes(known.metrics),
  ];
}

function replicaMistakes(min: Now<number | undefined>, max: Now<number>): Mistake[] {
  const counts = [
    ...countMistakes("minReplicas", min, "Keep at least one replica: without a pod no sidecar reports traffic"),
    ...countMistakes("maxReplicas", max, "Say how far the workload may grow, such as 10"),
  ];
  if (counts.length > 0 || min === later || min === undefined || max === later || min <= max) return counts;
  return [
    {
      path: "minReplicas",
      code: "ASM_REPLICAS_CROSSED",
      message: `minReplicas ${min} is more than maxReplicas ${max}`,
      remedy: "Lower minReplicas or raise maxReplicas",
    },
  ];
}

function noMetric(metrics: readonly MetricDraft[]): Mistake[] {
  if (metrics.length > 0) return [];
  return [
    {
      path: "metrics",
      code: "ASM_METRICS_EMPTY",
      message: "There is no metric to scale on",
      remedy: "Give at least one, such as { requestsPerSecond: 10 }",
    },
  ];
}

/** A query's name is an annotation key and a label's value: it must be right, unique and no key of the grammar. */
function sharedNameMistakes(metrics: readonly MetricDraft[]): Mistake[] {
  const first = new Map<string, number>();
  return metrics.flatMap((metric, index): Mistake[] => {
    const path = `metrics[${index}].queryName`;
    const name = metric.queryName ?? (metric.requestsPerSecond === undefined ? undefined : REQUESTS_QUERY_NAME);
    if (name === later || name === undefined) return [];
    const wrong = queryNameMistakes(path, name);
    if (wrong.length > 0) return wrong;
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, index);
      return [];
    }
    return [
      {
        path,
        code: "ASM_QUERY_NAME_TWICE",
        message: `The query name ${JSON.stringify(name)} is taken by metrics[${earlier}]`,
        remedy: "Give each metric of the autoscaler a queryName of its own",
      },
    ];
  });
}
