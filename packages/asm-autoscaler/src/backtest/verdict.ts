import type { Run } from "./simulate";

/** Summary of a run. */
export interface Verdict {
  readonly seconds: number;
  readonly peakRequestsPerSecond: number;
  readonly mostReplicas: number;
  readonly leastReplicas: number;
  /** Pods times hours, including pods that are starting. */
  readonly podHours: number;
  /** Seconds in which each ready pod got more than the limit, or in which there were requests and no ready pod. */
  readonly overloadedSeconds: number;
  /** Highest number of requests per second of a ready pod. Infinite if there were requests and no ready pod. */
  readonly highestLoad: number;
  readonly scaleUps: number;
  readonly scaleDowns: number;
}

const HOUR_SECONDS = 3_600;

/**
 * Summarizes a run. To compare runs, give the same limit to each: the numbers then do not depend on the target of the
 * run.
 *
 * @param limit Requests per second of one pod above which it is overloaded.
 */
export function judge({ seconds, sizes, offered, replicas, ready }: Run, limit: number): Verdict {
  let podSeconds = 0;
  let overloadedSeconds = 0;
  let highestLoad = 0;
  let peak = 0;
  for (let second = 0; second < seconds; second++) {
    const rate = offered[second] ?? 0;
    const load = rate === 0 ? 0 : rate / (ready[second] ?? 0);
    podSeconds += replicas[second] ?? 0;
    if (load > limit) overloadedSeconds++;
    highestLoad = Math.max(highestLoad, load);
    peak = Math.max(peak, rate);
  }
  const counts = sizes.map(({ replicas: size }) => size);
  return {
    seconds,
    peakRequestsPerSecond: peak,
    mostReplicas: Math.max(...counts),
    leastReplicas: Math.min(...counts),
    podHours: podSeconds / HOUR_SECONDS,
    overloadedSeconds,
    highestLoad,
    scaleUps: counts.filter((size, index) => index > 0 && size > (counts[index - 1] ?? size)).length,
    scaleDowns: counts.filter((size, index) => index > 0 && size < (counts[index - 1] ?? size)).length,
  };
}
