import { type Proposal, propose } from "hpa-metrics";
import type { HpaStatus, HpaStatusMetric } from "../hpas/hpaStatus.ts";

/** What the HPA controller will make of the present readings at its next round, before the limits of its pace. */
export interface DesiredSize {
  /** What each of `spec.metrics` asks for; undefined where it has no reading. */
  readonly proposals: readonly (Proposal | undefined)[];
  /** The place of the metric that asks for most. */
  readonly decides: number | undefined;
  /** The size that follows; undefined while the present size is unknown. */
  readonly replicas: number | undefined;
  readonly because: Reason;
}

/**
 * `disabled`: somebody set the target to 0 replicas. `bounds`: it is outside minReplicas and maxReplicas, whatever the
 * metrics say. `nothing`: no metric has a reading. `missing`: one has none, and the others ask for fewer replicas.
 * `blocked`: the metrics ask for a direction that the HPA forbids. `maximum`, `minimum`: the metrics ask for more, or fewer, than
 * the bounds allow. `metric`: as the deciding metric asks.
 */
type Reason = "unknown" | "disabled" | "bounds" | "nothing" | "missing" | "barred" | "maximum" | "minimum" | "metric";

/**
 * Kubernetes 1.37's rules (pkg/controller/podautoscaler/horizontal.go, reconcileAutoscaler and computeReplicasForMetrics).
 *
 * @param usages Of each of `spec.metrics`, in thousandths (percent for `utilization`): the whole usage of an external
 *   metric, that of one pod for the others.
 */
export function desiredSizeOf(hpaStatus: HpaStatus, usages: readonly (number | undefined)[]): DesiredSize {
  const { currentReplicas: current, minReplicas, maxReplicas, metrics } = hpaStatus;
  if (current === undefined) return { proposals: [], decides: undefined, replicas: undefined, because: "unknown" };
  const proposals = metrics.map((metric, index) => proposalOf(metric, usages[index], current, hpaStatus));
  const most = proposals.reduce((max, proposal) => Math.max(max, proposal?.replicas ?? -1), -1);
  const decides = most < 0 ? undefined : proposals.findIndex((proposal) => proposal?.replicas === most);
  const outcome = (replicas: number, because: Reason): DesiredSize => ({ proposals, decides, replicas, because });
  // Without pods the controller's own condition counts: whether it took them away, or somebody else did.
  if (current === 0 && hpaStatus.conditions.some(({ reason }) => reason === "ScalingDisabled"))
    return outcome(0, "disabled");
  if (current > maxReplicas) return outcome(maxReplicas, "bounds");
  if (current > 0 && current < minReplicas) return outcome(minReplicas, "bounds");
  if (decides === undefined) return outcome(current, "nothing");
  if (proposals.includes(undefined) && most < current) return outcome(current, "missing");
  const wanted = Math.min(Math.max(most, minReplicas), maxReplicas);
  const direction = wanted > current ? "up" : "down";
  if (wanted !== current && (hpaStatus.blocked === direction || hpaStatus.blocked === "both"))
    return outcome(current, "barred");
  if (most > maxReplicas) return outcome(maxReplicas, "maximum");
  if (most < minReplicas) return outcome(minReplicas, "minimum");
  return outcome(most, "metric");
}

function proposalOf(
  { type, kind, goal }: HpaStatusMetric,
  usage: number | undefined,
  current: number,
  { tolerance }: HpaStatus,
): Proposal | undefined {
  if (usage === undefined || goal <= 0) return undefined;
  // Usage for each pod is compared as it is, and there the controller counts ready pods, which an HPA does not tell.
  return propose(type === "External" && kind === "averageValue" ? kind : "value", goal, usage, current, tolerance);
}
