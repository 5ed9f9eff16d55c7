/** How far the current value may be from its target without a change, as a share of the target: 0.1 is ten percent. */
export interface Tolerance {
  readonly up: number;
  readonly down: number;
}

/** The default of kube-controller-manager's `--horizontal-pod-autoscaler-tolerance`. */
export const DEFAULT_TOLERANCE: Tolerance = { up: 0.1, down: 0.1 };

/** The recommendation of one metric of an HPA. */
export interface Proposal {
  /** Desired replicas, before bounds, stabilization and policies. */
  readonly replicas: number;
  /** Current value divided by the target. It is 1 if they are equal. */
  readonly ratio: number;
  /** Whether the ratio is within the tolerance of 1, so that nothing changes. */
  readonly isTolerated: boolean;
  /** Desired replicas if there were no tolerance. */
  readonly exact: number;
}

/** The maximum replica count of a Kubernetes object. */
const MOST_REPLICAS = 2 ** 31 - 1;

/**
 * Computes the replicas that one external metric recommends, with the arithmetic of Kubernetes 1.37: floating point
 * numbers of thousandths. Source: pkg/controller/podautoscaler/replica_calculator.go, GetExternalPerPodMetricReplicas
 * for `averageValue` and GetExternalMetricReplicas for `value`.
 *
 * @param usage Current value of all pods together, in thousandths.
 * @param goal Target in thousandths, for each pod if `kind` is `averageValue`.
 * @param replicas Current replicas, all of them ready.
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
  const share = isEach ? usage / goal : ratio * Math.max(replicas, 1);
  const exact = Math.min(Math.ceil(share), MOST_REPLICAS);
  return { replicas: isTolerated ? replicas : exact, ratio, isTolerated, exact };
}
