import { type Anticipate, anticipatedLoad, recentWindow } from "@asm-autoscaler/hpa-metrics";
import { type Load, sumBetween } from "./load";

/** Anticipated values of one load, each computed when it is first read. */
interface Values {
  readonly anticipate: Anticipate;
  /** Seconds for which a value stays the same. */
  readonly cell: number;
  /** NaN until it is computed. */
  readonly values: Float64Array;
}

/** What is known of one load. Values do not depend on the pods, so all runs share them. */
interface Known {
  /** By the text of what is anticipated, and of the window. */
  readonly byText: Map<string, Values>;
  /** The same by the object, which is faster to find. */
  readonly byObject: WeakMap<Anticipate, Values>;
}

const known = new WeakMap<Load, Known>();

/**
 * The value of `anticipateQuery` at a second of a load: what Prometheus would have shown then. Values of the load's query
 * are its mean over the window; before the load begins there are none.
 *
 * @param at Second of the load.
 * @param windowSeconds Window of the rate in the load's query; 0 if its recorded values are read as they are. The same for
 *   the same `anticipate` object.
 */
export function anticipatedAt(load: Load, anticipate: Anticipate, windowSeconds: number, at: number): number {
  const { startsAt = 0, perSecond } = load;
  const now = startsAt + at;
  if (at < 0 || anticipate.except?.some(({ from, to }) => now >= from && now < to)) return 0;
  const { anticipate: usual, cell, values } = valuesOf(load, anticipate, windowSeconds);
  const index = Math.floor(now / cell) - Math.floor(startsAt / cell);
  const before = values[index];
  if (before !== undefined && !Number.isNaN(before)) return before;
  const value = anticipatedLoad(usual, Math.floor(now / cell) * cell, (time) => {
    const second = time - startsAt;
    if (second < 0) return undefined;
    if (windowSeconds === 0) return perSecond[Math.max(0, second - 1)];
    return sumBetween(load, second - windowSeconds, second) / windowSeconds;
  });
  if (index < values.length) values[index] = value;
  return value;
}

function valuesOf(load: Load, anticipate: Anticipate, windowSeconds: number): Values {
  const all = known.get(load) ?? { byText: new Map(), byObject: new WeakMap() };
  known.set(load, all);
  const before = all.byObject.get(anticipate);
  if (before) return before;
  // Exceptions are looked at before.
  const { except: _, ...usual } = anticipate;
  const key = JSON.stringify([usual, windowSeconds]);
  const values = all.byText.get(key) ?? emptyValues(load, usual);
  all.byText.set(key, values);
  all.byObject.set(anticipate, values);
  return values;
}

function emptyValues({ perSecond }: Load, anticipate: Anticipate): Values {
  // All times that the query reads are multiples of it, so it gives the same value until the next multiple.
  const cell = [anticipate.periodSeconds, anticipate.leadSeconds, 60, ...recentSteps(anticipate)].reduce(divisor);
  return { anticipate, cell, values: new Float64Array(Math.ceil(perSecond.length / cell) + 1).fill(Number.NaN) };
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
