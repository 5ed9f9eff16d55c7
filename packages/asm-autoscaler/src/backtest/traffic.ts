import { counted } from "@asm-autoscaler/hpa-metrics";
import { duration } from "./format";

/** Requests per second that a workload receives over time. */
export interface Traffic {
  /** Duration in seconds. */
  readonly seconds: number;
  /** Unix time of second 0, in seconds. Absent for traffic without a time of day, such as a shape. */
  readonly startsAt?: number;
  /** Requests per second at a second from the start. Constant before the first point and after the last one. */
  at(second: number): number;
}

/** Requests per second at one second. */
export interface TrafficPoint {
  readonly second: number;
  readonly requestsPerSecond: number;
}

/**
 * Traffic interpolated linearly between points. The points must be sorted, and the first one at second 0 or before.
 *
 * @param startsAt Unix time of second 0, in seconds.
 * @param seconds Duration. Defaults to the time of the last point.
 */
export function trafficThrough(
  points: readonly TrafficPoint[],
  startsAt?: number,
  seconds: number = points.at(-1)?.second ?? 0,
): Traffic {
  // Time mostly goes on, so the last place is a good guess for the next.
  let place = 0;
  return {
    seconds,
    ...(startsAt === undefined ? {} : { startsAt }),
    at(second) {
      if ((points[place]?.second ?? 0) > second) place = 0;
      while ((points[place + 1]?.second ?? Number.POSITIVE_INFINITY) <= second) place++;
      const [from, to] = [points[place], points[place + 1]];
      if (!from) return 0;
      if (!to || second <= from.second) return from.requestsPerSecond;
      const share = (second - from.second) / (to.second - from.second);
      return from.requestsPerSecond + share * (to.requestsPerSecond - from.requestsPerSecond);
    },
  };
}

/** Traffic of one metric. */
export interface Recording {
  /** The metric that it belongs to. Absent for the traffic of the whole workload. */
  readonly name?: string;
  readonly traffic: Traffic;
  /** Times without points that are much longer than the others, and their sum in seconds. Absent without any. */
  readonly gaps?: { readonly count: number; readonly seconds: number };
}

/** Values of one metric at points in time. */
export interface RecordedPoints {
  readonly name?: string;
  /** In order of time, with Unix seconds or seconds from any start. At least two. */
  readonly points: readonly { readonly at: number; readonly value: number }[];
}

/** A time between two points is a gap if it is so many times as long as the usual one. */
const GAP_STEPS = 5;

function gapsIn(points: RecordedPoints["points"]): { count: number; seconds: number } {
  const steps = points.slice(1).map(({ at }, index) => at - (points[index]?.at ?? at));
  const usual = steps.toSorted((one, other) => one - other)[Math.floor(steps.length / 2)] ?? 0;
  const gaps = steps.filter((step) => step > GAP_STEPS * usual);
  return { count: gaps.length, seconds: gaps.reduce((sum, step) => sum + step, 0) };
}

/** What a reader must know of gaps, in words. */
export function gapNotes(recordings: readonly Recording[]): string[] {
  return recordings.flatMap(({ name, gaps }) =>
    gaps
      ? [
          `the traffic${name === undefined ? "" : ` ${name}`} has ${counted(gaps.count, "gap")} of ${duration(gaps.seconds)} in all, in which it is taken as a straight line`,
        ]
      : [],
  );
}

/** Times before it are seconds from the start: nobody replays traffic of before 2001. */
const OLDEST_TIME = 1e9;

/** Recordings of the time that all of these points cover. Undefined if there is no such time. */
export function recordingsThrough(all: readonly RecordedPoints[]): Recording[] | undefined {
  const from = Math.max(...all.map(({ points }) => points[0]?.at ?? Number.POSITIVE_INFINITY));
  const to = Math.min(...all.map(({ points }) => points.at(-1)?.at ?? Number.NEGATIVE_INFINITY));
  if (!(from < to)) return undefined;
  const startsAt = from >= OLDEST_TIME ? from : undefined;
  return all.map(({ name, points }) => {
    const shifted = points.map(({ at, value }) => ({ second: at - from, requestsPerSecond: value }));
    const gaps = gapsIn(points);
    return {
      ...(name === undefined ? {} : { name }),
      traffic: trafficThrough(shifted, startsAt, to - from),
      ...(gaps.count > 0 ? { gaps } : {}),
    };
  });
}
