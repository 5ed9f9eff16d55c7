import { type Behavior, DEFAULT_BEHAVIOR } from "./behavior";
import type { HpaStatus } from "./hpa";
import { isSharedByPods } from "./hpaMetric";
import { type Recommendation, recommend } from "./recommendation";

/**
 * Why an HPA has its size:
 *
 * - `not-synced`: the HPA controller has not synced the HPA yet.
 * - `scaling-disabled`, `out-of-bounds`, `no-reading`, `missing-reading`: see `Recommendation`.
 * - `direction-disabled`: the metrics ask for a direction whose `selectPolicy` is Disabled.
 * - `at-maximum`: the metrics ask for more than maxReplicas.
 * - `at-minimum`: it is at minReplicas, and the metrics ask for fewer.
 * - `within-tolerance`: the metrics would ask for another size if there were no tolerance.
 * - `settled`: it has the size that the metrics ask for.
 * - `stabilized`: the stabilization window delays the change.
 * - `rate-limited`: the policies allow the change only in steps.
 * - `scales`: nothing delays the change.
 */
export type SizeReason =
  | "not-synced"
  | Exclude<Recommendation["rule"], "metrics">
  | "direction-disabled"
  | "at-maximum"
  | "at-minimum"
  | "within-tolerance"
  | "settled"
  | "stabilized"
  | "rate-limited"
  | "scales";

/** The size that an HPA's readings lead to, and why. */
export interface SizeExplanation {
  readonly reason: SizeReason;
  /**
   * The size that the readings lead to, within minReplicas and maxReplicas. Undefined before the first sync. The change
   * can take several syncs: see `stabilized` and `rate-limited`.
   */
  readonly replicas: number | undefined;
  /** Replicas that the metrics ask for, without limits. Undefined if no metric has a reading. */
  readonly wanted: number | undefined;
  /** As in `Recommendation`. */
  readonly proposals: Recommendation["proposals"];
  readonly decides: number | undefined;
}

/**
 * Explains the size of an HPA. The rules are those of the HPA controller. The readings are current. The status is from
 * the controller's last sync, so its conditions only tell what delays the change that the readings ask for.
 *
 * @param usages The current value of each of `spec.metrics`, as `recommend` takes them.
 */
export function explainSize(hpa: HpaStatus, usages: readonly (number | undefined)[]): SizeExplanation {
  const { currentReplicas: current, minReplicas, maxReplicas } = hpa;
  if (current === undefined)
    return { reason: "not-synced", replicas: undefined, wanted: undefined, proposals: [], decides: undefined };
  // With 0 replicas, the HPA controller's condition tells whether the HPA or a user scaled to zero.
  const isDisabled = current === 0 && hasReason(hpa, "ScalingDisabled");
  const { rule, replicas, proposals, decides } = recommend(hpa, { replicas: current, isDisabled }, usages);
  const wanted = decides === undefined ? undefined : proposals[decides]?.replicas;
  const because = (reason: SizeReason, size: number) => ({ reason, replicas: size, wanted, proposals, decides });
  if (rule !== "metrics") return because(rule, replicas);
  const size = Math.min(Math.max(replicas, minReplicas), maxReplicas);
  if (size !== current && isDirectionDisabled(hpa, size > current)) return because("direction-disabled", current);
  if (replicas > maxReplicas) return because("at-maximum", size);
  if (size !== current) return because(delayOf(hpa, size > current), size);
  if (replicas < minReplicas) return because("at-minimum", size);
  const exact = Math.max(...proposals.map((proposal) => proposal?.exact ?? Number.NEGATIVE_INFINITY));
  return because(exact === current ? "settled" : "within-tolerance", size);
}

/**
 * The current value of each of `spec.metrics` that the HPA controller reported last, as `explainSize` takes them. The
 * status has the value of one pod for a target per pod. With 0 pods, that value is unknown.
 */
export function reportedUsages({ metrics, currentReplicas }: HpaStatus): (number | undefined)[] {
  return metrics.map((metric) => {
    const { usage } = metric;
    if (usage === undefined || !isSharedByPods(metric)) return usage;
    return currentReplicas ? usage * currentReplicas : undefined;
  });
}

function hasReason({ conditions }: HpaStatus, reason: string): boolean {
  return conditions.some((condition) => condition.reason === reason);
}

function isDirectionDisabled({ behavior }: HpaStatus, isUp: boolean): boolean {
  return rulesOf(behavior, isUp).select === "Disabled";
}

/**
 * What delays a change. A change that the controller has not begun waits for the stabilization window even without the
 * condition: the last sync recommended the current size, and the window contains that recommendation.
 */
function delayOf(hpa: HpaStatus, isUp: boolean): "stabilized" | "rate-limited" | "scales" {
  const direction = isUp ? "Up" : "Down";
  if (hasReason(hpa, `Scale${direction}Stabilized`)) return "stabilized";
  if (hasReason(hpa, `Scale${direction}Limit`)) return "rate-limited";
  const { currentReplicas: current = 0, desiredReplicas: desired = current } = hpa;
  // The status has 0 desired replicas until the controller has computed a size.
  const hasBegun = isUp ? desired > current : desired < current && desired >= hpa.minReplicas;
  return !hasBegun && rulesOf(hpa.behavior, isUp).stabilizationSeconds > 0 ? "stabilized" : "scales";
}

function rulesOf(behavior: Behavior = DEFAULT_BEHAVIOR, isUp: boolean): Behavior["scaleUp"] {
  return isUp ? behavior.scaleUp : behavior.scaleDown;
}
