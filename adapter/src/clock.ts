/** Time, as what waits and ages needs it; a test gives its own. */
export interface Clock {
  /** Milliseconds that only grow, for ages. */
  monotonic(): number;
  /** Unix ms, for the time at which Prometheus is asked to evaluate. */
  wall(): number;
}
