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
 * Traffic interpolated linearly between points. The points must be sorted and start at second 0.
 *
 * @param startsAt Unix time of second 0, in seconds.
 */
export function trafficThrough(points: readonly TrafficPoint[], startsAt?: number): Traffic {
  // Time mostly goes on, so the last place is a good guess for the next.
  let place = 0;
  return {
    seconds: points.at(-1)?.second ?? 0,
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
