import type { Behavior, ScalingRules } from "./behavior";
import { propose, type Tolerance } from "./proposal";

/** What the HPA controller goes by for one HPA. */
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

/** An `External` metric. */
export interface ScaledMetric {
  readonly kind: "averageValue" | "value";
  /** Thousandths. */
  readonly goal: number;
}

/** The memory of the HPA controller about one HPA. */
export interface HorizontalController {
  /**
   * One sync: the replicas that the controller sets. Times are seconds and only grow.
   *
   * @param replicas Replicas now, all of them ready.
   * @param usages Of each metric, thousandths; undefined where it cannot be read.
   */
  sync(now: number, replicas: number, usages: readonly (number | undefined)[]): number;
}

interface Recommendation {
  readonly at: number;
  readonly replicas: number;
}

interface Change {
  readonly at: number;
  /** More or fewer, by the list that it is in. */
  readonly replicas: number;
  /** It is past all periods of its own direction, and its place may be taken. */
  isOutdated: boolean;
}

/**
 * A controller that has not seen the HPA yet. No pods count as its own doing where `minReplicas` is 0, and as somebody's who
 * wants none where it is not (condition ScaledToZero). Kubernetes 1.37,
 * pkg/controller/podautoscaler/horizontal.go.
 */
export function createController(hpa: Autoscaling): HorizontalController {
  let recommendations: Recommendation[] | undefined;
  const ups: Change[] = [];
  const downs: Change[] = [];

  /** The smallest of the recent recommendations when scaling up, the largest when scaling down. */
  const stabilized = (now: number, replicas: number, wanted: number, { scaleUp, scaleDown }: Behavior): number => {
    const recent = (seconds: number) => (recommendations ?? []).filter(({ at }) => at > now - seconds);
    const least = recent(scaleUp.stabilizationSeconds).reduce((min, { replicas: one }) => Math.min(min, one), wanted);
    const most = recent(scaleDown.stabilizationSeconds).reduce((max, { replicas: one }) => Math.max(max, one), wanted);
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

  /** Without a `behavior`: down after a while, up to double or to four. Syncs drift later, so one that is a window ago is past it. */
  const plain = (now: number, replicas: number, wanted: number): number => {
    const since = now - hpa.downscaleStabilizationSeconds;
    const most = (recommendations ?? []).reduce(
      (max, one) => (one.at > since ? Math.max(max, one.replicas) : max),
      wanted,
    );
    const limit = Math.min(hpa.maxReplicas, Math.max(2 * replicas, 4));
    return most < hpa.minReplicas ? hpa.minReplicas : Math.min(most, limit);
  };

  const normalized = (now: number, replicas: number, wanted: number): number => {
    const { behavior } = hpa;
    const next = behavior
      ? paced(now, replicas, stabilized(now, replicas, wanted, behavior), behavior)
      : plain(now, replicas, wanted);
    const longest = Math.max(
      hpa.downscaleStabilizationSeconds,
      behavior?.scaleUp.stabilizationSeconds ?? 0,
      behavior?.scaleDown.stabilizationSeconds ?? 0,
    );
    recommendations = [
      ...(recommendations ?? []).filter(({ at }) => at >= now - longest),
      { at: now, replicas: wanted },
    ];
    return next;
  };

  const remember = (now: number, from: number, to: number) => {
    const { behavior } = hpa;
    if (!behavior || from === to) return;
    if (to > from) store(ups, behavior.scaleUp, now, to - from);
    else store(downs, behavior.scaleDown, now, from - to);
  };

  return {
    sync(now, replicas, usages) {
      recommendations ??= [{ at: now, replicas }];
      const next = nextSize(hpa, replicas, usages, (wanted) => normalized(now, replicas, wanted));
      remember(now, replicas, next);
      return next;
    },
  };
}

/**
 * storeScaleEvent: one outdated change gives its place away, and the others stay. They still count where a policy of the
 * other direction has a longer period. Syncs drift later, so one that is a period ago is past it.
 */
function store(changes: Change[], { policies }: ScalingRules, now: number, replicas: number): void {
  const longest = Math.max(...policies.map(({ periodSeconds }) => periodSeconds));
  for (const change of changes) if (change.at <= now - longest) change.isOutdated = true;
  const place = changes.findLastIndex(({ isOutdated }) => isOutdated);
  const change = { at: now, replicas, isOutdated: false };
  if (place < 0) changes.push(change);
  else changes[place] = change;
}

/** reconcileAutoscaler and computeReplicasForMetrics: what the metrics ask for, where they count. */
function nextSize(
  { minReplicas, maxReplicas, metrics, tolerance }: Autoscaling,
  replicas: number,
  usages: readonly (number | undefined)[],
  normalize: (wanted: number) => number,
): number {
  if (replicas === 0 && minReplicas > 0) return 0;
  if (replicas > maxReplicas) return maxReplicas;
  if (replicas < minReplicas) return minReplicas;
  const allHpaMetrics = metrics.map(({ kind, goal }, index) => {
    const usage = usages[index];
    return usage === undefined ? undefined : propose(kind, goal, usage, replicas, tolerance).replicas;
  });
  const wanted = allHpaMetrics.reduce<number>((most, hpaMetrics) => Math.max(most, hpaMetrics ?? 0), 0);
  // With one metric missing it may grow but not shrink.
  if (
    allHpaMetrics.every((hpaMetrics) => hpaMetrics === undefined) ||
    (allHpaMetrics.includes(undefined) && wanted < replicas)
  )
    return replicas;
  return normalize(wanted);
}

/** calculateScaleUpLimitWithScalingRules, whose sum of pods is an int32: with a value near its end the controller never grows. */
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
