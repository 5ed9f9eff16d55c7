import type { Run } from "./simulate";

/** What a pod can carry of one load. */
export interface Capacity {
  /** Index of the load. */
  readonly load: number;
  /** Requests per second that one ready pod can serve. */
  readonly requestsPerSecond: number;
}

/** Requests above capacity of one day. */
interface DayAbove {
  /** Second of the run at which the day begins, 0 for the first one. Days are those of UTC if the traffic has a date. */
  readonly second: number;
  readonly requestsAboveCapacity: number;
}

/** Summary of a run. None of its numbers depends on the target of the run. */
export interface Verdict {
  readonly seconds: number;
  /** Of the first load. */
  readonly peakRequestsPerSecond: number;
  readonly requests: number;
  readonly mostReplicas: number;
  readonly leastReplicas: number;
  /** Pods times hours, including pods that are starting. */
  readonly podHours: number;
  /**
   * Requests that exceed what the ready pods can carry in their second, summed up over all loads. All requests while there
   * is no ready pod.
   */
  readonly requestsAboveCapacity: number;
  /** Seconds in which there are such requests. */
  readonly secondsAboveCapacity: number;
  /** Highest number of requests per second of a ready pod, of the first load. Infinite if there was no ready pod. */
  readonly worstLoad: number;
  /** The day with the most requests above capacity. Undefined if no day has any. */
  readonly worstDay: DayAbove | undefined;
  readonly scaleUps: number;
  readonly scaleDowns: number;
}

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;
/** A pod at exactly its capacity is not above it, whatever floating point makes of the product. */
const EXACT = 1 + 1e-9;

/**
 * Summarizes a run. To compare runs, give the same capacities to each.
 *
 * @param capacities At least one, that of the first load first.
 * @param startsAt Unix time of the run's first second, if the traffic has a date.
 */
export function judge(run: Run, capacities: readonly Capacity[], startsAt = 0): Verdict {
  const { seconds, sizes, offered, replicas, ready } = run;
  let [podSeconds, above, secondsAbove, worstLoad, peak, requests] = [0, 0, 0, 0, 0, 0];
  let dayEnd = DAY_SECONDS - (((startsAt % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS);
  let [dayStart, dayBegan] = [0, 0];
  let worstDay: DayAbove | undefined;
  const endDay = () => {
    const own = above - dayBegan;
    if (own > (worstDay?.requestsAboveCapacity ?? 0)) worstDay = { second: dayStart, requestsAboveCapacity: own };
  };
  for (let second = 0; second < seconds; second++) {
    if (second === dayEnd) {
      endDay();
      [dayStart, dayBegan, dayEnd] = [second, above, second + DAY_SECONDS];
    }
    const pods = ready[second] ?? 0;
    podSeconds += replicas[second] ?? 0;
    let excess = 0;
    for (let index = 0; index < capacities.length; index++) {
      const { load, requestsPerSecond } = capacities[index] as Capacity;
      const rate = offered[load]?.[second] ?? 0;
      const carried = requestsPerSecond * pods;
      if (rate > carried * EXACT) excess += rate - carried;
      if (index > 0) continue;
      requests += rate;
      if (rate > peak) peak = rate;
      if (rate > worstLoad * pods) worstLoad = rate / pods;
    }
    if (excess === 0) continue;
    above += excess;
    secondsAbove++;
  }
  endDay();
  return {
    ...{ seconds, requests, peakRequestsPerSecond: peak, podHours: podSeconds / HOUR_SECONDS },
    mostReplicas: sizes.reduce((most, { replicas: size }) => Math.max(most, size), 0),
    leastReplicas: sizes.reduce((least, { replicas: size }) => Math.min(least, size), Number.POSITIVE_INFINITY),
    ...{ requestsAboveCapacity: above, secondsAboveCapacity: secondsAbove, worstLoad, worstDay },
    scaleUps: sizes.filter(({ replicas: size }, index) => index > 0 && size > (sizes[index - 1]?.replicas ?? size))
      .length,
    scaleDowns: sizes.filter(({ replicas: size }, index) => index > 0 && size < (sizes[index - 1]?.replicas ?? size))
      .length,
  };
}
