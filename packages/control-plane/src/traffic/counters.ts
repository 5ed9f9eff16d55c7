import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
/**
 * The distribution of an offered request rate over the counters of pods. The functions are pure. Time is an argument,
 * in seconds. Counters are integrals over time, so no timer is needed and a scrape at any time is exact.
 */
export interface Split {
  /** The time up to which `requests` is counted, in seconds. */
  readonly at: number;
  readonly requestsPerSecond: number;
  /** Pods that each receive an equal share of the rate. */
  readonly receiving: ReadonlySet<string>;
  /** Requests of each existing pod until `at`, including fractions. */
  readonly requests: ReadonlyMap<string, number>;
  /**
   * All requests until `at` that reached a pod, including pods that no longer exist, and all requests that reached no
   * pod.
   */
  readonly served: number;
  readonly unserved: number;
}

/** A split without load and without pods. */
export function emptySplit(at: number): Split {
  return { at, requestsPerSecond: 0, receiving: new Set(), requests: new Map(), served: 0, unserved: 0 };
}

/**
 * Advances the split to `at`: each receiving pod gets its share of the rate. Time does not go back: an earlier `at`
 * counts as the current time.
 */
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
 * Changes the offered rate from `at` on.
 * @throws ProblemError ASM_TRAFFIC_RATE if the rate is negative, infinite or not a number.
 */
export function offerRate(split: Split, at: number, requestsPerSecond: number): Split {
  if (!Number.isFinite(requestsPerSecond) || requestsPerSecond < 0) {
    throw new ProblemError(problem("ASM_TRAFFIC_RATE", `${requestsPerSecond} requests per second cannot be offered`));
  }
  return { ...advance(split, at), requestsPerSecond };
}

/**
 * Changes the pods from `at` on. A pod that is not ready keeps its counter and receives nothing. A new pod starts at
 * zero. A pod that is not in `pods` is removed. While no pod is ready, requests reach no pod, and only the sender
 * counts them.
 * @param pods Every existing pod, and whether it is ready.
 */
export function splitOver(split: Split, at: number, pods: ReadonlyMap<string, boolean>): Split {
  const now = advance(split, at);
  return {
    ...now,
    receiving: new Set(Array.from(pods).flatMap(([pod, ready]) => (ready ? [pod] : []))),
    requests: new Map(Array.from(pods.keys(), (pod) => [pod, now.requests.get(pod) ?? 0])),
  };
}

/** The counter of a pod at a time, in whole requests. Undefined if the split does not contain the pod. */
export function wholeRequests(split: Split, at: number, pod: string): number | undefined {
  const requests = advance(split, at).requests.get(pod);
  return requests === undefined ? undefined : Math.floor(requests);
}
