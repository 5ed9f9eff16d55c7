/** Requests per second that are offered to a workload over time. */
export interface Traffic {
  /** How long it is known, seconds. */
  readonly seconds: number;
  /** At a second from the start; before the first point and after the last one as at these. */
  at(second: number): number;
}

/** One moment of it. */
export interface TrafficPoint {
  readonly second: number;
  readonly requestsPerSecond: number;
}

/** Traffic that is a straight line between points, which are sorted and start at second 0. */
export function trafficThrough(points: readonly TrafficPoint[]): Traffic {
  // Time mostly goes on, so the last place is a good guess for the next.
  let place = 0;
  return {
    seconds: points.at(-1)?.second ?? 0,
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
