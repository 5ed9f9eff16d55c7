/** How far usage may be from its target without a change: shares of it, 0.1 for ten percent. */
export interface Tolerance {
  readonly up: number;
  readonly down: number;
}

/** Of kube-controller-manager's `--horizontal-pod-autoscaler-tolerance`. */
export const DEFAULT_TOLERANCE: Tolerance = { up: 0.1, down: 0.1 };

/** What one metric of an HPA asks for. */
export interface Proposal {
  /** Replicas, before bounds, stabilization and policies. */
  readonly replicas: number;
  /** Usage by target: 1 where they are equal. */
  readonly ratio: number;
  /** Whether the ratio is so near 1 that nothing changes. */
  readonly isTolerated: boolean;
}

/** The greatest count that a Kubernetes object can hold. */
const MOST_REPLICAS = 2 ** 31 - 1;

/**
 * The replicas that one external metric asks for, in Kubernetes 1.37's arithmetic (pkg/controller/podautoscaler/replica_calculator.go,
 * GetExternalPerPodMetricReplicas for `averageValue`, GetExternalMetricReplicas for `value`): floating point of thousandths.
 *
 * @param usage Thousandths; of all pods together.
 * @param goal Thousandths; for each pod where `kind` is `averageValue`.
 * @param replicas Replicas now, all of them ready.
 */
export function propose(
  kind: "averageValue" | "value",
  goal: number,
  usage: number,
  replicas: number,
  tolerance: Tolerance = DEFAULT_TOLERANCE,
): Proposal {
  const isEach = kind === "averageValue";
  const ratio = usage / (isEach && replicas > 0 ? goal * replicas : goal);
  const isTolerated = replicas > 0 && 1 - tolerance.down <= ratio && ratio <= 1 + tolerance.up;
  if (isTolerated) return { replicas, ratio, isTolerated };
  const exact = isEach ? usage / goal : ratio * Math.max(replicas, 1);
  return { replicas: Math.min(Math.ceil(exact), MOST_REPLICAS), ratio, isTolerated };
}
