import { promDuration } from "../duration";

/** Seconds of the periods in which traffic repeats. PromQL has no time zones: a day is 24 hours, a week is 168. */
export const PERIOD_SECONDS = { Day: 86_400, Week: 604_800 } as const;

/** A span of time, from `from` up to but not including `to`, in seconds of Unix time. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

/** How the load of the next minutes is anticipated from the same time in earlier periods. */
export interface Anticipate {
  /** Length of one period in seconds, a whole number of minutes. See `PERIOD_SECONDS`. */
  readonly periodSeconds: number;
  /** How far ahead the load is anticipated, in seconds: a whole number of minutes, shorter than the period. */
  readonly leadSeconds: number;
  /** Number of earlier periods that are compared, 1 to `MOST_PERIODS`. */
  readonly periods: number;
  /** Whether the earlier load is corrected by how the last hour compares with the same hour in those periods. */
  readonly growth: boolean;
  /** Times at which nothing is anticipated. Default: none. */
  readonly except?: readonly TimeSpan[] | undefined;
}

/** Lead and periods of an `Anticipate` that does not set them. */
export const DEFAULT_LEAD_SECONDS = 600;
export const DEFAULT_PERIODS = 3;

/** Bounds of `periods`. With one period, one odd day comes back as a minimum, so components ask for two. */
const LEAST_PERIODS = 1;
export const MOST_PERIODS = 5;

/** Step of the subqueries that look for a peak, in seconds. */
export const PEAK_STEP_SECONDS = 60;

/** Bounds of the correction by growth. They limit what an outage or an attack in the history can do. */
export const GROWTH_BOUNDS = { least: 0.5, most: 2 } as const;

/** Load, in requests per second, up to which a ratio of two loads means nothing. */
export const LEAST_LOAD = 1;

/** Number of values in the average that growth is computed from. */
const RECENT_VALUES = 12;

/**
 * Length and step of the average that growth is computed from, in seconds: one hour in steps of five minutes. It is
 * shorter only for a period of less than four hours, as tests use it.
 */
export function recentWindow({ periodSeconds }: Anticipate): { readonly seconds: number; readonly step: number } {
  const seconds = Math.min(3600, periodSeconds / 4);
  return { seconds, step: seconds / RECENT_VALUES };
}

/** How far back the query reads, in seconds. `windowSeconds` is the longest range inside the anticipated query. */
export function historySeconds(anticipate: Anticipate, windowSeconds: number): number {
  const recent = anticipate.growth ? recentWindow(anticipate).seconds : 0;
  return anticipate.periods * anticipate.periodSeconds + recent + windowSeconds;
}

/** Position of the lower median among `count` sorted values: the second of three, the smaller of two. */
export function medianIndex(count: number): number {
  return Math.ceil(count / 2) - 1;
}

/**
 * Checks what the query needs.
 *
 * @throws RangeError that names the field and its bounds.
 */
export function checkAnticipate({ periodSeconds, leadSeconds, periods, except = [] }: Anticipate): void {
  if (!isMinutes(periodSeconds))
    throw new RangeError(`the period is not a whole number of minutes: ${periodSeconds} s`);
  if (!isMinutes(leadSeconds) || leadSeconds >= periodSeconds) {
    throw new RangeError(
      `the lead is not a whole number of minutes below the period of ${promDuration(periodSeconds)}: ${leadSeconds} s`,
    );
  }
  if (!(Number.isInteger(periods) && periods >= LEAST_PERIODS && periods <= MOST_PERIODS)) {
    throw new RangeError(`the number of periods is not between ${LEAST_PERIODS} and ${MOST_PERIODS}: ${periods}`);
  }
  for (const { from, to } of except) {
    const isSpan = Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 0 && from < to;
    if (!isSpan) throw new RangeError(`the exception from ${from} to ${to} is not a span of whole seconds`);
  }
}

function isMinutes(seconds: number): boolean {
  return Number.isSafeInteger(seconds) && seconds > 0 && seconds % 60 === 0;
}
