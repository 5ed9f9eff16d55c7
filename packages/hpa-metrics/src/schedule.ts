import { type ZoneClock, zoneClock } from "./timeZone";

/** The minimum number of replicas of a workload in a weekly time window. */
export interface ScheduledReplicas {
  /** Minimum number of replicas in the window, a whole number of at least 1. */
  readonly replicas: number;
  /** Start of the window, in minutes after midnight, 0 to 1439. */
  readonly from: number;
  /**
   * End of the window, in minutes after midnight, 0 to 1440. If it is before `from`, the window ends on the next day.
   */
  readonly to: number;
  /** Days on which the window starts, from 0 (Sunday) to 6. Default: every day. */
  readonly days?: readonly number[] | undefined;
  /** Offset of local time from UTC, in minutes. There is no daylight saving time. Default: 0. */
  readonly utcOffsetMinutes?: number | undefined;
  /**
   * IANA time zone of local time, instead of `utcOffsetMinutes`. Its clock changes are followed until the end of
   * `LAST_YEAR`. The times are those of the clock on the wall: a time that is skipped in spring does not come, and one
   * that comes twice in autumn counts twice.
   */
  readonly timeZone?: string | undefined;
}

/** Default tolerance of the HPA controller: the relative difference that it ignores. */
const DEFAULT_TOLERANCE = 0.1;

const DAY = 86_400;
const WEEK = 7 * DAY;

/** 1 January 1970, the start of Unix time, was a Thursday. */
const EPOCH_WEEKDAY = 4;

/**
 * A query for the number of replicas that the schedule requires now, by Prometheus's clock. It is the largest number of
 * all open windows, and 0 outside all windows. As an `External` metric with the target `AverageValue` 1 it sets a
 * minimum, because an HPA uses the largest recommendation of its metrics.
 *
 * The HPA controller ignores a difference within its tolerance of the current size: with 20 recommended, it would stay
 * at 19. So the query returns a slightly larger value, for which every smaller size is outside the tolerance. With the
 * default tolerance of 0.1, the value is not larger up to 10 replicas, and at most a tenth larger above. With a
 * tolerance of 0 the value is exact.
 */
export function scheduleFloorQuery(windows: readonly ScheduledReplicas[], tolerance = DEFAULT_TOLERANCE): string {
  if (windows.some((window) => clockOf(window).changes.length > 0)) return wallClockQuery(windows, tolerance);
  const [first = "0", ...rest] = windows.map((window) => wanted(window, tolerance));
  return rest.reduce((most, other) => `clamp_min(${most}, ${other})`, `vector(${first})`);
}

function wanted(window: ScheduledReplicas, tolerance: number): string {
  const length = lengthOf(window);
  const start = window.from * 60 - clockOf(window).offset;
  const open = (from: number, period: number) => `((time() - ${positive(from, period)}) % ${period} < bool ${length})`;
  const starts = [...new Set(window.days)].sort().map((day) => start + (day - EPOCH_WEEKDAY) * DAY);
  const opens = starts.length === 0 ? [open(start, DAY)] : starts.map((from) => open(from, WEEK));
  // Windows of different days never overlap, so their sum is 0 or 1.
  const inside = opens.length === 1 ? opens.join() : `(${opens.join(" + ")})`;
  return `${floorValue(window.replicas, tolerance)} * ${inside}`;
}

/** Length of a window in seconds. */
function lengthOf({ from, to }: ScheduledReplicas): number {
  return ((to - from + 1440) % 1440 || 1440) * 60;
}

/** @throws RangeError for an unknown time zone. */
function clockOf({ timeZone, utcOffsetMinutes = 0 }: ScheduledReplicas): ZoneClock {
  if (timeZone === undefined) return { offset: utcOffsetMinutes * 60, changes: [] };
  const clock = zoneClock(timeZone);
  if (clock === undefined) throw new RangeError(`${JSON.stringify(timeZone)} is not a time zone`);
  return clock;
}

/**
 * The same for windows whose clocks change. Each window is written with only one time(), because the list of all changes
 * belongs to it: a comparison without `bool` leaves nothing of a vector outside the window. The largest window that is
 * open comes first, and `or` takes the first that has a value.
 */
function wallClockQuery(windows: readonly ScheduledReplicas[], tolerance: number): string {
  const largestFirst = [...windows].sort((one, other) => other.replicas - one.replicas);
  const parts = largestFirst.flatMap((window) => {
    const value = floorValue(window.replicas, tolerance);
    return opensOf(window).map((open) => `${open} * 0 + ${value}`);
  });
  return [...parts, "vector(0)"].join(" or ");
}

/** One part for each run of days: a vector that has a value only while the window is open. */
function opensOf(window: ScheduledReplicas): string[] {
  const clock = clockOf(window);
  const length = lengthOf(window);
  const start = window.from * 60 - clock.offset;
  const days = [...new Set(window.days)];
  const seconds = (from: number, period: number) => `vector(time() - ${positive(from, period)}${changesOf(clock)})`;
  if (days.length === 0 || days.length === 7) return [`(${seconds(start, DAY)} % ${DAY} < ${length})`];
  return runsOf(days).map(({ first, count }) => {
    const week = `${seconds(start + (first - EPOCH_WEEKDAY) * DAY, WEEK)} % ${WEEK}`;
    return count === 1 ? `(${week} < ${length})` : `((${week} < ${count * DAY}) % ${DAY} < ${length})`;
  });
}

/** Seconds that the clock changes have added until now. Changes by the same time share a factor. */
function changesOf({ changes }: ZoneClock): string {
  const byLength = Map.groupBy(changes, ({ by }) => Math.abs(by));
  return [...byLength]
    .map(([length, same]) => {
      const [first = "", ...rest] = same.map(({ at, by }) => `${by > 0 ? "+" : "-"} (time() >= bool ${at})`);
      return ` + ${length} * (${[first.replace(/^\+ /, "").replace(/^- /, "-"), ...rest].join(" ")})`;
    })
    .join("");
}

/** Runs of days that follow each other, also from Saturday to Sunday. */
function runsOf(days: readonly number[]): { readonly first: number; readonly count: number }[] {
  const isDay = (day: number) => days.includes((day + 7) % 7);
  return days
    .filter((day) => !isDay(day - 1))
    .sort((one, other) => one - other)
    .map((first) => {
      let count = 1;
      while (isDay(first + count)) count += 1;
      return { first, count };
    });
}

function positive(seconds: number, period: number): number {
  return ((seconds % period) + period) % period;
}

/** The smallest value, in steps of a thousandth, for which one replica less is outside the tolerance. */
function floorValue(replicas: number, tolerance: number): number {
  const outside = (Math.floor((1 + tolerance) * (replicas - 1) * 1000 + 1e-6) + 1) / 1000;
  return Math.max(replicas, outside);
}
