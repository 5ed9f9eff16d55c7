import type { Run } from "./simulate";

/** A run in numbers. */
export interface Verdict {
  readonly seconds: number;
  readonly peakRequestsPerSecond: number;
  readonly mostReplicas: number;
  readonly leastReplicas: number;
  /** Pods times hours, started ones included. */
  readonly podHours: number;
  /** Seconds in which a ready pod got more than the target and its tolerance: more than what the HPA leaves as it is. */
  readonly secondsAboveTarget: number;
  /** The most that a ready pod got, as a share of the target: 1.4 is 40 percent above it. */
  readonly worstLoad: number;
  readonly scaleUps: number;
  readonly scaleDowns: number;
}

const HOUR_SECONDS = 3_600;

/**
 * Counts up a run. Without a ready pod any request is above the target.
 *
 * @param target Requests per second of one pod.
 * @param tolerance Share of the target by which more changes nothing.
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
