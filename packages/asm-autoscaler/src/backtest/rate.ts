/** A scraped counter. */
export interface Sample {
  /** Seconds. */
  readonly at: number;
  readonly value: number;
}

/**
 * `rate()` of one counter over the `window` seconds that end at `now`; undefined with fewer than two samples in it. A
 * counter that never falls is enough here. Prometheus 3, promql/functions.go, extrapolatedRate.
 */
export function rateOf(samples: readonly Sample[], now: number, window: number): number | undefined {
  const start = now - window;
  // The start is no part of the window since Prometheus 3.
  const inside = samples.filter(({ at }) => at > start && at <= now);
  const [first, last] = [inside[0], inside.at(-1)];
  if (!first || !last || inside.length < 2) return undefined;
  const increase = last.value - first.value;
  const sampled = last.at - first.at;
  const between = sampled / (inside.length - 1);
  const reach = (distance: number) => (distance >= between * 1.1 ? between / 2 : distance);
  // A counter was never below zero, so it cannot have grown for longer than from there.
  const toZero = increase > 0 ? sampled * (first.value / increase) : Number.POSITIVE_INFINITY;
  const before = Math.min(reach(first.at - start), toZero);
  return (increase * ((sampled + before + reach(now - last.at)) / sampled)) / window;
}
