import { type Clock, stepStart } from "../clock.ts";
import type { Entry, ReadSpec } from "./readingCache.ts";

/**
 * Step of evaluation times, in ms. The HPA's `interval` is the step if it is longer. Evaluation times are whole
 * multiples of the step in Unix time, and a reading counts as fresh until the next one. Two replicas that get a read in
 * the same step therefore use the same evaluation time and return the same value. While Prometheus answers, no reading
 * is older than the step.
 */
export const FRESH_MS = 3_000;
/** When a cached reading is fresh, prepared for a read, or too old. All times are of one clock. */
export interface Freshness<S extends ReadSpec, V> {
  /** How long a reading of the metric counts as fresh, in ms. */
  freshMsOf(spec: S): number;
  /** The maximum age of a stale reading, in ms. */
  ttlOf(spec: S): number;
  /**
   * Evaluation time of a read that comes now, in Unix ms. A failed query is retried at the next FRESH_MS step, even if
   * its interval is longer.
   */
  evaluationTimeOf(entry: Entry<S, V>): number;
  isFresh(entry: Entry<S, V>): boolean;
  /**
   * Whether the reading was prepared for this read and is not too old. It is too old if the read comes late or if the
   * metric was not read for some time.
   */
  isPrepared(entry: Entry<S, V>): boolean;
}

/** Creates the rules of freshness. `ttlMs` and `defaultIntervalMs` are the adapter's defaults, in ms. */
export function createFreshness<S extends ReadSpec, V>(options: {
  readonly clock: Clock;
  readonly ttlMs: number;
  readonly defaultIntervalMs: number;
}): Freshness<S, V> {
  const { clock } = options;
  const intervalOf = ({ intervalSeconds }: S) =>
    intervalSeconds === undefined ? options.defaultIntervalMs : intervalSeconds * 1000;
  const ttlOf = (spec: S) => Math.max(options.ttlMs, 2 * intervalOf(spec));
  const evaluationTimeOf = (entry: Entry<S, V>) => stepStart(clock.wall(), entry.trouble ? FRESH_MS : entry.freshMs);
  return {
    freshMsOf: (spec) => Math.max(FRESH_MS, intervalOf(spec)),
    ttlOf,
    evaluationTimeOf,
    isFresh(entry) {
      if (!entry.reading || entry.trouble) return false;
      const ageMs = clock.monotonic() - entry.evaluatedAt;
      return entry.evaluatedFor >= evaluationTimeOf(entry) && ageMs <= entry.freshMs;
    },
    isPrepared(entry) {
      if (!entry.isPrepared || entry.evaluation !== undefined || entry.trouble) return false;
      const ageMs = clock.monotonic() - entry.evaluatedAt;
      return ageMs <= Math.min(ttlOf(entry.spec), entry.freshMs + (entry.tookMs ?? 0) + 2 * FRESH_MS);
    },
  };
}
