import { isSharedByPods, type TargetKind } from "./hpaMetric";
import { type Proposal, propose, type Tolerance } from "./proposal";

/** A metric of an HPA with its target. */
export interface ScaledMetric {
  /** `External`, `Resource` and so on. */
  readonly type: string;
  readonly kind: TargetKind;
  /** The target in thousandths, or in percent for `utilization`. A metric with a target of 0 has no reading. */
  readonly goal: number;
}

/**
 * What the HPA controller recommends in one sync, before stabilization and policies. `rule` says which rule applies:
 *
 * - `scaling-disabled`: a user set the target to 0 replicas.
 * - `out-of-bounds`: the replicas are outside minReplicas and maxReplicas, so the metrics do not matter.
 * - `no-reading`: no metric has a reading.
 * - `missing-reading`: a metric has no reading, and the others recommend fewer replicas.
 * - `metrics`: the metric that recommends the most replicas decides.
 */
export interface Recommendation {
  readonly rule: "scaling-disabled" | "out-of-bounds" | "no-reading" | "missing-reading" | "metrics";
  /** With the rule `metrics` they can be outside minReplicas and maxReplicas. */
  readonly replicas: number;
  /** The proposal of each metric; undefined for a metric without a reading. */
  readonly proposals: readonly (Proposal | undefined)[];
  /** Index of the metric that recommends the most replicas. Undefined if no metric has a reading. */
  readonly decides: number | undefined;
}

/** The limits, the tolerance and the metrics of an HPA. */
interface Scaled {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly tolerance: Tolerance;
  readonly metrics: readonly ScaledMetric[];
}

/**
 * Computes the recommendation of one sync. Source: Kubernetes 1.37, pkg/controller/podautoscaler/horizontal.go,
 * reconcileAutoscaler and computeReplicasForMetrics.
 *
 * @param now The current replicas, and whether a user disabled scaling by setting them to 0.
 * @param usages Current value of each metric, in thousandths (percent for `utilization`). It is the total of an
 *   external or object metric, and the value of one pod for other metrics. Undefined if it cannot be read.
 */
export function recommend(
  { minReplicas, maxReplicas, tolerance, metrics }: Scaled,
  { replicas: current, isDisabled }: { replicas: number; isDisabled: boolean },
  usages: readonly (number | undefined)[],
): Recommendation {
  const proposals = metrics.map((metric, index) => proposalOf(metric, usages[index], current, tolerance));
  let most = Number.NEGATIVE_INFINITY;
  let decides: number | undefined;
  for (let index = 0; index < proposals.length; index++) {
    const wanted = proposals[index]?.replicas;
    if (wanted === undefined || wanted <= most) continue;
    most = wanted;
    decides = index;
  }
  const by = (rule: Recommendation["rule"], replicas: number) => ({ rule, replicas, proposals, decides });
  if (isDisabled) return by("scaling-disabled", 0);
  if (current > maxReplicas) return by("out-of-bounds", maxReplicas);
  if (current < minReplicas) return by("out-of-bounds", minReplicas);
  if (decides === undefined) return by("no-reading", current);
  // If a metric is missing, the HPA can scale up but not down.
  if (proposals.includes(undefined) && most < current) return by("missing-reading", current);
  return by("metrics", most);
}

function proposalOf(
  metric: ScaledMetric,
  usage: number | undefined,
  current: number,
  tolerance: Tolerance,
): Proposal | undefined {
  const { goal } = metric;
  if (usage === undefined || goal <= 0) return undefined;
  // Per-pod values are compared directly. The HPA controller counts ready pods for them, and an HPA does not report
  // that count.
  return propose(isSharedByPods(metric) ? "averageValue" : "value", goal, usage, current, tolerance);
}
