/**
 * The requests of one pod: when they reach it and when they end. A pod ends requests one after the other at most at its
 * capacity, and each takes a constant time after its turn has come. The functions are pure. Times are in seconds.
 */
import { bendAt, type Curve, flatCurve, forgetBefore, slopeAt, valueAt } from "./curve.ts";

/** How each pod of a workload works. */
export interface Work {
  /** Seconds from the turn of a request to its end. Default: 0. */
  readonly seconds?: number;
  /** Requests per second that one pod can end. Default: no limit. */
  readonly capacity?: number;
  /**
   * Share of the capacity that is left while more requests arrive than one pod can end, from 0 to 1. With 0, an
   * overloaded pod ends no request at all. Default: 1.
   */
  readonly overloadedShare?: number;
}

/** Requests of one pod. A counter of Istio counts what has ended. */
export interface PodWork {
  readonly work: Work;
  readonly arrived: Curve;
  /** Requests whose turn has come. They end `work.seconds` later. */
  readonly begun: Curve;
}

/** Difference in requests below which nothing waits. Rates are fractions, so a queue is never exactly empty. */
const NOTHING = 1e-9;

/** A pod that has no requests yet. */
export function idlePod(at: number, work: Work = {}): PodWork {
  return { work, arrived: flatCurve(at), begun: flatCurve(at) };
}

/** Changes the requests per second that reach the pod. Those that wait are worked off as soon as the pod has time. */
export function sendTo(pod: PodWork, at: number, requestsPerSecond: number): PodWork {
  const { capacity = Number.POSITIVE_INFINITY, overloadedShare = 1 } = pod.work;
  const arrived = bendAt(pod.arrived, at, requestsPerSecond);
  if (requestsPerSecond > capacity)
    return { ...pod, arrived, begun: bendAt(pod.begun, at, capacity * overloadedShare) };
  const waiting = valueAt(arrived, at) - valueAt(pod.begun, at);
  if (waiting < NOTHING || capacity === Number.POSITIVE_INFINITY) {
    return { ...pod, arrived, begun: bendAt(pod.begun, at, requestsPerSecond) };
  }
  const busy = bendAt(pod.begun, at, capacity);
  if (requestsPerSecond === capacity) return { ...pod, arrived, begun: busy };
  const freeAt = at + waiting / (capacity - requestsPerSecond);
  return { ...pod, arrived, begun: bendAt(busy, freeAt, requestsPerSecond) };
}

/** Requests that have reached the pod until a time. */
export function arrivedBy({ arrived }: PodWork, at: number): number {
  return valueAt(arrived, at);
}

/** Requests that have ended until a time. */
export function endedBy({ begun, work: { seconds = 0 } }: PodWork, at: number): number {
  return valueAt(begun, at - seconds);
}

/** Requests that end per second at a time. */
export function endingPerSecond({ begun, work: { seconds = 0 } }: PodWork, at: number): number {
  return slopeAt(begun, at - seconds);
}

/** Forgets what is not needed for values from a time on. */
export function forgetWorkBefore(pod: PodWork, at: number): PodWork {
  const { seconds = 0 } = pod.work;
  return { ...pod, arrived: forgetBefore(pod.arrived, at), begun: forgetBefore(pod.begun, at - seconds) };
}
