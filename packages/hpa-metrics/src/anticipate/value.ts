import { type Anticipate, GROWTH_BOUNDS, LEAST_LOAD, medianIndex, PEAK_STEP_SECONDS, recentWindow } from "./anticipate";

/**
 * The value of `anticipateQuery` at the time `at`, computed from the values of the load's query. For replays, and to
 * check a server against it.
 *
 * @param at Evaluation time in seconds of Unix time.
 * @param loadAt The value of the load's query at a time in seconds of Unix time, or undefined if it has none. It is asked
 * only for `at` and earlier times.
 */
export function anticipatedLoad(
  anticipate: Anticipate,
  at: number,
  loadAt: (time: number) => number | undefined,
): number {
  const { periodSeconds, leadSeconds, periods, growth, except = [] } = anticipate;
  if (loadAt(at) === undefined || except.some(({ from, to }) => at >= from && at < to)) return 0;
  const starts = Array.from({ length: periods }, (_, index) => at - (index + 1) * periodSeconds);
  const peaks = starts.map((start) => Math.max(0, ...valuesIn(start, leadSeconds, PEAK_STEP_SECONDS, loadAt)));
  const usual = peaks.sort((one, other) => one - other)[medianIndex(periods)] ?? 0;
  if (!growth) return usual;
  const { seconds, step } = recentWindow(anticipate);
  const average = (end: number) => mean(valuesIn(end - seconds, seconds, step, loadAt));
  return usual * ratioOf(average(at), quantileHalf(starts.flatMap((start) => average(start) ?? [])));
}

/** Growth, clamped, and 1 if one of the averages is missing or close to zero. */
function ratioOf(recent: number | undefined, earlier: number | undefined): number {
  if (recent === undefined || earlier === undefined || recent <= LEAST_LOAD || earlier <= LEAST_LOAD) return 1;
  return Math.min(GROWTH_BOUNDS.most, Math.max(GROWTH_BOUNDS.least, recent / earlier));
}

/**
 * The values at whole multiples of the step, after `start` and up to `start + seconds`: what a subquery of Prometheus 3
 * reads.
 */
function valuesIn(
  start: number,
  seconds: number,
  step: number,
  loadAt: (time: number) => number | undefined,
): number[] {
  const values: number[] = [];
  for (let index = Math.floor(start / step) + 1; index * step <= start + seconds; index += 1) {
    const value = loadAt(index * step);
    if (value !== undefined) values.push(value);
  }
  return values;
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The median as PromQL's `quantile(0.5, …)` computes it: between two values it is their mean. */
function quantileHalf(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = (sorted.length - 1) / 2;
  const [low, high] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}
