import type { Traffic } from "./traffic";

/** Traffic as a simulation reads it: one number for each second. */
export interface Load {
  /** Requests per second (or the value of a recorded metric) in the middle of each second. */
  readonly perSecond: Float64Array;
  /** Requests per second before second 0. */
  readonly initial: number;
  /** Sum of `perSecond` before each second; one element more than `perSecond`. */
  readonly sums: Float64Array;
  /** Unix time of second 0, in seconds. Absent for traffic without a time of day. */
  readonly startsAt?: number;
}

/** Reads traffic once, so that many simulations can use it. */
export function loadOf(traffic: Traffic): Load {
  const seconds = Math.ceil(traffic.seconds);
  const perSecond = new Float64Array(seconds);
  const sums = new Float64Array(seconds + 1);
  let sum = 0;
  for (let second = 0; second < seconds; second++) {
    const rate = traffic.at(second + 0.5);
    perSecond[second] = rate;
    sum += rate;
    sums[second + 1] = sum;
  }
  const { startsAt } = traffic;
  return { perSecond, initial: traffic.at(0), sums, ...(startsAt === undefined ? {} : { startsAt }) };
}

/** Sum of the load in the seconds from `from` up to `to`, both from the start. Before the start it is constant. */
export function sumBetween({ sums, initial, perSecond }: Load, from: number, to: number): number {
  const upTo = (second: number) => (second < 0 ? second * initial : (sums[Math.min(second, perSecond.length)] ?? 0));
  return upTo(to) - upTo(from);
}
