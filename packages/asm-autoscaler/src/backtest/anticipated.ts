import { type Anticipate, anticipatedLoad, recentWindow } from "@asm-autoscaler/hpa-metrics";
import { type Load, sumBetween } from "./load";

/** Anticipated values of one load, each computed when it is first read. */
interface Values {
  /** Seconds for which a value stays the same. */
  readonly cell: number;
  /** NaN until it is computed. */
  readonly values: Float64Array;
}

/** Values do not depend on the pods, so all runs on a load share them. */
const known = new WeakMap<Load, Map<string, Values>>();

/**
 * The value of `anticipateQuery` at a second of a load: what Prometheus would have shown then. Values of the load's query
 * are its mean over the window; before the load begins there are none.
 *
 * @param at Second of the load.
 * @param windowSeconds Window of the rate in the load's query; 0 if its recorded values are read as they are.
 */
export function anticipatedAt(load: Load, anticipate: Anticipate, windowSeconds: number, at: number): number {
  const { startsAt = 0, perSecond } = load;
  const { except = [], ...rest } = anticipate;
  const now = startsAt + at;
  if (at < 0 || except.some(({ from, to }) => now >= from && now < to)) return 0;
  const { cell, values } = valuesOf(load, rest, windowSeconds);
  const index = Math.floor(now / cell) - Math.floor(startsAt / cell);
  const before = values[index];
  if (before !== undefined && !Number.isNaN(before)) return before;
  const value = anticipatedLoad(rest, Math.floor(now / cell) * cell, (time) => {
    const second = time - startsAt;
    if (second < 0) return undefined;
    if (windowSeconds === 0) return perSecond[Math.max(0, second - 1)];
    return sumBetween(load, second - windowSeconds, second) / windowSeconds;
  });
  if (index < values.length) values[index] = value;
  return value;
}

function valuesOf(load: Load, anticipate: Anticipate, windowSeconds: number): Values {
  const all = known.get(load) ?? new Map<string, Values>();
  known.set(load, all);
  const key = JSON.stringify([anticipate, windowSeconds]);
  const before = all.get(key);
  if (before) return before;
  // All times that the query reads are multiples of it, so it gives the same value until the next multiple.
  const cell = [anticipate.periodSeconds, anticipate.leadSeconds, 60, ...recentSteps(anticipate)].reduce(divisor);
  const values = { cell, values: new Float64Array(Math.ceil(load.perSecond.length / cell) + 1).fill(Number.NaN) };
  all.set(key, values);
  return values;
}

function recentSteps(anticipate: Anticipate): number[] {
  if (!anticipate.growth) return [];
  const { seconds, step } = recentWindow(anticipate);
  return [seconds, step];
}

/** The greatest common divisor. */
function divisor(one: number, other: number): number {
  return other === 0 ? one : divisor(other, one % other);
}
