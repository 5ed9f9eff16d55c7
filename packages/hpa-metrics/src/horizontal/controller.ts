import type { Behavior, ScalingRules } from "./behavior";
import type { Tolerance } from "./proposal";
import { recommend, type ScaledMetric } from "./recommendation";

/** The settings of one HPA that the HPA controller uses. */
export interface Autoscaling {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly metrics: readonly ScaledMetric[];
  /** Undefined for an HPA without a `behavior`. */
  readonly behavior: Behavior | undefined;
  readonly tolerance: Tolerance;
  /** `--horizontal-pod-autoscaler-downscale-stabilization`, for an HPA without a `behavior`. */
  readonly downscaleStabilizationSeconds: number;
}

/** The state of the HPA controller for one HPA. */
export interface HorizontalController {
  /**
   * Runs one sync. Returns the replicas that the controller sets. Times are in seconds and never decrease.
   *
   * @param replicas Current replicas, all of them ready.
   * @param usages Current value of each metric, as `recommend` takes them.
   */
  sync(now: number, replicas: number, usages: readonly (number | undefined)[]): number;
}

interface Recommendation {
  readonly at: number;
  readonly replicas: number;
}

interface Change {
  readonly at: number;
  /** The number of replicas added or removed, depending on the list. */
  readonly replicas: number;
  /** The change is older than all periods of its own direction, so a new change can replace it. */
  isOutdated: boolean;
}

/**
 * Creates a controller without history for the HPA. With `minReplicas` 0, zero replicas count as the controller's own
 * decision. Otherwise they mean that a user has disabled scaling (condition ScaledToZero). Source: Kubernetes 1.37,
 * pkg/controller/podautoscaler/horizontal.go.
 */
export function createController(hpa: Autoscaling): HorizontalController {
  /** In order of time. */
  const recommendations: Recommendation[] = [];
  let isStarted = false;
  const ups: Change[] = [];
  const downs: Change[] = [];

  /** The largest recommendation after a time, or the smallest, and at least (at most) `wanted`. */
  const extremeSince = (since: number, wanted: number, isLargest: boolean): number => {
    let extreme = wanted;
    for (let index = recommendations.length - 1; index >= 0; index--) {
      const one = recommendations[index];
      if (one === undefined || one.at <= since) break;
      if (isLargest ? one.replicas > extreme : one.replicas < extreme) extreme = one.replicas;
    }
    return extreme;
  };

  /** The smallest recent recommendation when scaling up, the largest when scaling down. */
  const stabilized = (now: number, replicas: number, wanted: number, { scaleUp, scaleDown }: Behavior): number => {
    const least = extremeSince(now - scaleUp.stabilizationSeconds, wanted, false);
    const most = extremeSince(now - scaleDown.stabilizationSeconds, wanted, true);
    return Math.min(Math.max(replicas, least), most);
  };

  const paced = (now: number, replicas: number, wanted: number, { scaleUp, scaleDown }: Behavior): number => {
    const changed = (changes: readonly Change[], seconds: number) =>
      changes.reduce((sum, change) => (change.at > now - seconds ? sum + change.replicas : sum), 0);
    const startOf = (seconds: number) => replicas - changed(ups, seconds) + changed(downs, seconds);
    if (wanted > replicas)
      return Math.min(wanted, hpa.maxReplicas, Math.max(replicas, limitUp(replicas, scaleUp, startOf)));
    if (wanted < replicas)
      return Math.max(wanted, hpa.minReplicas, Math.min(replicas, limitDown(replicas, scaleDown, startOf)));
    return wanted;
  };

  /**
   * The rules without a `behavior`: scale down after the stabilization window, and up to double the size or to four.
   * Real syncs are slightly late, so a recommendation that is exactly one window old is expired.
   */
  const plain = (now: number, replicas: number, wanted: number): number => {
    const most = extremeSince(now - hpa.downscaleStabilizationSeconds, wanted, true);
    const limit = Math.min(hpa.maxReplicas, Math.max(2 * replicas, 4));
    return most < hpa.minReplicas ? hpa.minReplicas : Math.min(most, limit);
  };

  const normalized = (now: number, replicas: number, wanted: number): number => {
    const { behavior } = hpa;
    const next = behavior
      ? paced(now, replicas, stabilized(now, replicas, wanted, behavior), behavior)
      : plain(now, replicas, wanted);
    let expired = 0;
    while ((recommendations[expired]?.at ?? now) < now - longest) expired++;
    if (expired > 0) recommendations.splice(0, expired);
    recommendations.push({ at: now, replicas: wanted });
    return next;
  };

  /** The longest time for which a recommendation counts. */
  const longest = Math.max(
    hpa.downscaleStabilizationSeconds,
    hpa.behavior?.scaleUp.stabilizationSeconds ?? 0,
    hpa.behavior?.scaleDown.stabilizationSeconds ?? 0,
  );

  const remember = (now: number, from: number, to: number) => {
    const { behavior } = hpa;
    if (!behavior || from === to) return;
    if (to > from) store(ups, behavior.scaleUp, now, to - from);
    else store(downs, behavior.scaleDown, now, from - to);
  };

  return {
    sync(now, replicas, usages) {
      if (!isStarted) recommendations.push({ at: now, replicas });
      isStarted = true;
      const isDisabled = replicas === 0 && hpa.minReplicas > 0;
      const { rule, replicas: recommended } = recommend(hpa, { replicas, isDisabled }, usages);
      const next = rule === "metrics" ? normalized(now, replicas, recommended) : recommended;
      remember(now, replicas, next);
      return next;
    },
  };
}

/**
 * storeScaleEvent: replaces one outdated change and keeps the others. The others still count if a policy of the other
 * direction has a longer period. Real syncs are slightly late, so a change that is exactly one period old is outdated.
 */
function store(changes: Change[], { policies }: ScalingRules, now: number, replicas: number): void {
  const longest = Math.max(...policies.map(({ periodSeconds }) => periodSeconds));
  for (const change of changes) if (change.at <= now - longest) change.isOutdated = true;
  const place = changes.findLastIndex(({ isOutdated }) => isOutdated);
  const change = { at: now, replicas, isOutdated: false };
  if (place < 0) changes.push(change);
  else changes[place] = change;
}

/**
 * calculateScaleUpLimitWithScalingRules. Its sum of pods is an int32: with a value close to the maximum, the controller
 * never scales up.
 */
function limitUp(replicas: number, { select, policies }: ScalingRules, startOf: (seconds: number) => number): number {
  if (select === "Disabled") return replicas;
  const limits = policies.map(({ type, value, periodSeconds }) => {
    const start = startOf(periodSeconds);
    return type === "Pods" ? (start + value) | 0 : Math.ceil(start * (1 + value / 100));
  });
  return select === "Min" ? Math.min(...limits) : Math.max(...limits);
}

/** calculateScaleDownLimitWithBehaviors */
function limitDown(replicas: number, { select, policies }: ScalingRules, startOf: (seconds: number) => number): number {
  if (select === "Disabled") return replicas;
  const limits = policies.map(({ type, value, periodSeconds }) => {
    const start = startOf(periodSeconds);
    return type === "Pods" ? start - value : Math.trunc(start * (1 - value / 100));
  });
  return select === "Min" ? Math.max(...limits) : Math.min(...limits);
}
