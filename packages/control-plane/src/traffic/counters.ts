import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import { bendAt, type Curve, flatCurve, forgetBefore, slopeAt, valueAt } from "./curve.ts";
import {
  arrivedBy,
  endedBy,
  endingPerSecond,
  forgetWorkBefore,
  idlePod,
  type PodWork,
  sendTo,
  type Work,
} from "./podWork.ts";

/**
 * The distribution of an offered request rate over the counters of pods. The functions are pure. Time is an argument,
 * in seconds. Counters are curves over time, so no timer is needed and a scrape at any time is exact.
 */
export interface Split {
  /** The time of the last change, in seconds. */
  readonly at: number;
  readonly requestsPerSecond: number;
  readonly work: Work;
  /** Pods that each receive an equal share of the rate. */
  readonly receiving: ReadonlySet<string>;
  /** Requests of each existing pod. */
  readonly pods: ReadonlyMap<string, PodWork>;
  /** Requests of pods that no longer exist, with the time of their end. Requests that had not ended then never do. */
  readonly removed: readonly { readonly at: number; readonly pod: PodWork }[];
  /** Requests of removed pods whose curves are forgotten. */
  readonly forgotten: { readonly arrived: number; readonly ended: number };
  /** Requests that reached no pod. */
  readonly unserved: Curve;
}

/** How long the past is known exactly, in seconds. */
const KNOWN_SECONDS = 600;

/** A split without load and without pods. */
export function emptySplit(at: number, work: Work = {}): Split {
  return {
    ...{ at, requestsPerSecond: 0, work, receiving: new Set(), pods: new Map(), removed: [] },
    forgotten: { arrived: 0, ended: 0 },
    unserved: flatCurve(at),
  };
}

/**
 * Changes the offered rate from `at` on. Time does not go back: an earlier `at` counts as the time of the last change.
 * @throws ProblemError ASM_TRAFFIC_RATE if the rate is negative, infinite or not a number.
 */
export function offerRate(split: Split, at: number, requestsPerSecond: number): Split {
  if (!Number.isFinite(requestsPerSecond) || requestsPerSecond < 0) {
    throw new ProblemError(problem("ASM_TRAFFIC_RATE", `${requestsPerSecond} requests per second cannot be offered`));
  }
  return distribute({ ...split, requestsPerSecond }, Math.max(at, split.at));
}

/**
 * Changes the pods from `at` on. A pod that is not ready keeps its counter, receives nothing and ends what it has. A new
 * pod starts at zero. A pod that is not in `pods` is removed. While no pod is ready, requests reach no pod, and only the
 * sender counts them.
 * @param pods Every existing pod, and whether it is ready.
 */
export function splitOver(split: Split, at: number, pods: ReadonlyMap<string, boolean>): Split {
  const now = Math.max(at, split.at);
  const gone = Array.from(split.pods).filter(([name]) => !pods.has(name));
  const changed: Split = {
    ...split,
    receiving: new Set(Array.from(pods).flatMap(([name, ready]) => (ready ? [name] : []))),
    pods: new Map(Array.from(pods.keys(), (name) => [name, split.pods.get(name) ?? idlePod(now, split.work)])),
    removed: [...split.removed, ...gone.map(([, pod]) => ({ at: now, pod }))],
  };
  return distribute(changed, now);
}

/** The counter of a pod at a time, in whole requests that have ended. Undefined if the split does not contain the pod. */
export function wholeRequests(split: Split, at: number, name: string): number | undefined {
  const pod = split.pods.get(name);
  return pod && Math.floor(endedBy(pod, at));
}

/** All requests of a split until a time, including fractions and those of pods that no longer exist. */
export interface Totals {
  /** Requests that reached a pod. */
  readonly served: number;
  /** Of those, the requests that have ended. */
  readonly ended: number;
  /** Requests that found no pod. */
  readonly unserved: number;
  /** Requests that end per second at that time. */
  readonly endingPerSecond: number;
  /** Requests offered per second at that time. */
  readonly offeredPerSecond: number;
}

/** The totals at a time: now, or up to ten minutes ago. */
export function totalsAt({ pods, removed, forgotten, unserved }: Split, at: number): Totals {
  const living = Array.from(pods.values());
  const past = removed.map((one) => ({ pod: one.pod, until: Math.min(one.at, at), runs: at < one.at }));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const working = [...living, ...past.flatMap(({ pod, runs }) => (runs ? [pod] : []))];
  const arriving = working.map(({ arrived }) => slopeAt(arrived, at));
  return {
    served:
      forgotten.arrived +
      sum(living.map((pod) => arrivedBy(pod, at))) +
      sum(past.map(({ pod, until }) => arrivedBy(pod, until))),
    ended:
      forgotten.ended +
      sum(living.map((pod) => endedBy(pod, at))) +
      sum(past.map(({ pod, until }) => endedBy(pod, until))),
    unserved: valueAt(unserved, at),
    endingPerSecond: sum(working.map((pod) => endingPerSecond(pod, at))),
    offeredPerSecond: sum(arriving) + slopeAt(unserved, at),
  };
}

/** Sends the offered rate to the pods from a time on, and forgets what is too old. */
function distribute(split: Split, at: number): Split {
  const { receiving, requestsPerSecond } = split;
  const from = at - KNOWN_SECONDS;
  const part = receiving.size === 0 ? 0 : requestsPerSecond / receiving.size;
  const old = split.removed.filter((one) => one.at < from);
  return {
    ...split,
    at,
    pods: new Map(
      Array.from(split.pods, ([name, pod]) => [
        name,
        forgetWorkBefore(sendTo(pod, at, receiving.has(name) ? part : 0), from),
      ]),
    ),
    removed: split.removed.filter((one) => one.at >= from),
    forgotten: old.reduce(
      ({ arrived, ended }, one) => ({
        arrived: arrived + arrivedBy(one.pod, one.at),
        ended: ended + endedBy(one.pod, one.at),
      }),
      split.forgotten,
    ),
    unserved: forgetBefore(bendAt(split.unserved, at, receiving.size === 0 ? requestsPerSecond : 0), from),
  };
}
