import type { Run } from "./simulate";

/** Summary of a run. */
export interface Verdict {
  readonly seconds: number;
  readonly peakRequestsPerSecond: number;
  readonly mostReplicas: number;
  readonly leastReplicas: number;
  /** Pods times hours, including pods that are starting. */
  readonly podHours: number;
  /** Seconds in which ready pods were above the target plus the tolerance, where the HPA scales up. */
  readonly secondsAboveTarget: number;
  /** Highest load of a ready pod, as a share of the target: 1.4 is 40 percent above it. */
  readonly worstLoad: number;
  readonly scaleUps: number;
  readonly scaleDowns: number;
}

const HOUR_SECONDS = 3_600;

/**
 * Summarizes a run. Without a ready pod, any request counts as above the target.
 *
 * @param target Target number of requests per second per pod.
 * @param tolerance Tolerance of the HPA for scale-up, as a share of the target.
 */
export function judge({ seconds, sizes, offered, replicas, ready }: Run, target: number, tolerance: number): Verdict {
  let podSeconds = 0;
  let secondsAboveTarget = 0;
  let worstLoad = 0;
  let peak = 0;
  for (let second = 0; second < seconds; second++) {
    const rate = offered[second] ?? 0;
    const load = rate === 0 ? 0 : rate / ((ready[second] ?? 0) * target);
    podSeconds += replicas[second] ?? 0;
    if (load > 1 + tolerance) secondsAboveTarget++;
    worstLoad = Math.max(worstLoad, load);
    peak = Math.max(peak, rate);
  }
  const counts = sizes.map(({ replicas: size }) => size);
  return {
    seconds,
    peakRequestsPerSecond: peak,
    mostReplicas: Math.max(...counts),
    leastReplicas: Math.min(...counts),
    podHours: podSeconds / HOUR_SECONDS,
    secondsAboveTarget,
    worstLoad,
    scaleUps: counts.filter((size, index) => index > 0 && size > (counts[index - 1] ?? size)).length,
    scaleDowns: counts.filter((size, index) => index > 0 && size < (counts[index - 1] ?? size)).length,
  };
}
