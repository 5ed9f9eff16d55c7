/**
 * How an offered request rate becomes counters of pods. Pure: time is an argument, in seconds, and counters are integrals
 * over it, so that nothing has to tick and a scrape at any moment is exact.
 */
export interface Split {
  /** The moment up to which `requests` is counted, in seconds. */
  readonly at: number;
  readonly requestsPerSecond: number;
  /** Pods that take an even part of the rate. */
  readonly receiving: ReadonlySet<string>;
  /** Requests of each existing pod until `at`, with fractions. */
  readonly requests: ReadonlyMap<string, number>;
  /** All requests until `at` that reached a pod, whether it still exists or not, and those that found none. */
  readonly served: number;
  readonly unserved: number;
}

/** Nothing offered yet, no pods. */
export function emptySplit(at: number): Split {
  return { at, requestsPerSecond: 0, receiving: new Set(), requests: new Map(), served: 0, unserved: 0 };
}

/** The same split later: each receiving pod got its part of the rate. Time does not run backwards: an earlier `at` counts as now. */
export function advance(split: Split, at: number): Split {
  const seconds = Math.max(0, at - split.at);
  const sent = split.requestsPerSecond * seconds;
  if (seconds === 0) return { ...split, at: Math.max(at, split.at) };
  if (split.receiving.size === 0) return { ...split, at, unserved: split.unserved + sent };
  const part = sent / split.receiving.size;
  const requests = new Map(
    Array.from(split.requests, ([pod, count]) => [pod, split.receiving.has(pod) ? count + part : count]),
  );
  return { ...split, at, requests, served: split.served + sent };
}

/**
 * Offers another rate from `at` on.
 * @throws RangeError when the rate is negative, infinite or not a number.
 */
export function offerRate(split: Split, at: number, requestsPerSecond: number): Split {
  if (!Number.isFinite(requestsPerSecond) || requestsPerSecond < 0) {
    throw new RangeError(
      `ASM_TRAFFIC_RATE: ${requestsPerSecond} requests per second cannot be offered. Give a number from 0 on.`,
    );
  }
  return { ...advance(split, at), requestsPerSecond };
}

/**
 * Splits over other pods from `at` on. A pod that is not ready keeps its counter and gets nothing, a new one starts at
 * zero, one that is not among `pods` is forgotten. While no pod is ready the rate reaches nobody and only its sender counts it.
 * @param pods Every pod that exists, and whether it is ready.
 */
export function splitOver(split: Split, at: number, pods: ReadonlyMap<string, boolean>): Split {
  const now = advance(split, at);
  return {
    ...now,
    receiving: new Set(Array.from(pods).flatMap(([pod, ready]) => (ready ? [pod] : []))),
    requests: new Map(Array.from(pods.keys(), (pod) => [pod, now.requests.get(pod) ?? 0])),
  };
}

/** The counter of a pod at a moment, in whole requests; undefined for a pod that the split does not know. */
export function wholeRequests(split: Split, at: number, pod: string): number | undefined {
  const requests = advance(split, at).requests.get(pod);
  return requests === undefined ? undefined : Math.floor(requests);
}
