import { type Proposal, propose } from "hpa-metrics";
import type { HpaStatus, HpaStatusMetric } from "../hpas/hpaStatus.ts";

/** The desired replicas that the HPA controller will compute from the current readings, before its scaling policies. */
export interface DesiredSize {
  /** The proposal of each of `spec.metrics`; undefined for a metric without a reading. */
  readonly proposals: readonly (Proposal | undefined)[];
  /** Index of the metric that requests the most replicas. */
  readonly decides: number | undefined;
  /** The resulting replicas; undefined while the current replicas are unknown. */
  readonly replicas: number | undefined;
  readonly because: Reason;
}

/**
 * Why the HPA controller chooses these replicas. `disabled`: a user set the target to 0 replicas. `bounds`: the target
 * is outside minReplicas and maxReplicas, so the metrics do not matter. `nothing`: no metric has a reading. `missing`:
 * one metric has no reading, and the others request fewer replicas. `barred`: the metrics request a direction that the
 * HPA disables. `maximum`, `minimum`: the metrics request more, or fewer, replicas than the bounds allow. `metric`: the
 * replicas are those of the deciding metric.
 */
type Reason = "unknown" | "disabled" | "bounds" | "nothing" | "missing" | "barred" | "maximum" | "minimum" | "metric";

/**
 * Computes the desired replicas by the rules of Kubernetes 1.37 (pkg/controller/podautoscaler/horizontal.go,
 * reconcileAutoscaler and computeReplicasForMetrics).
 *
 * @param usages Current value of each of `spec.metrics`, in thousandths (percent for `utilization`). It is the total of
 *   an external metric, and the value of one pod for other metrics.
 */
export function desiredSizeOf(hpaStatus: HpaStatus, usages: readonly (number | undefined)[]): DesiredSize {
  const { currentReplicas: current, minReplicas, maxReplicas, metrics } = hpaStatus;
  if (current === undefined) return { proposals: [], decides: undefined, replicas: undefined, because: "unknown" };
  const proposals = metrics.map((metric, index) => proposalOf(metric, usages[index], current, hpaStatus));
  const most = proposals.reduce((max, proposal) => Math.max(max, proposal?.replicas ?? -1), -1);
  const decides = most < 0 ? undefined : proposals.findIndex((proposal) => proposal?.replicas === most);
  const outcome = (replicas: number, because: Reason): DesiredSize => ({ proposals, decides, replicas, because });
  // With 0 replicas, the HPA controller's condition tells whether the HPA or a user scaled to zero.
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
  // Per-pod values are compared directly. The HPA controller counts ready pods for them, and an HPA does not report
  // that count.
  return propose(type === "External" && kind === "averageValue" ? kind : "value", goal, usage, current, tolerance);
}
