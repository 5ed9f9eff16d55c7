/**
 * `rate()` of one counter over the `window` seconds that end at `now`, from its first and last sample in the window. A
 * counter that never falls is enough here. Prometheus 3, promql/functions.go, extrapolatedRate.
 *
 * @param between Mean time between two samples. All times are seconds, and the first sample is before the last.
 */
export function extrapolatedRate(
  firstAt: number,
  firstValue: number,
  lastAt: number,
  lastValue: number,
  between: number,
  now: number,
  window: number,
): number {
  const increase = lastValue - firstValue;
  const sampled = lastAt - firstAt;
  const toStart = firstAt - (now - window);
  const toEnd = now - lastAt;
  let before = toStart >= between * 1.1 ? between / 2 : toStart;
  // A counter was never below zero, so it cannot have grown for longer than from there.
  if (increase > 0) before = Math.min(before, sampled * (firstValue / increase));
  const after = toEnd >= between * 1.1 ? between / 2 : toEnd;
  return (increase * ((sampled + before + after) / sampled)) / window;
}
