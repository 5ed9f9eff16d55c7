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
  const [first = "0", ...rest] = windows.map((window) => wanted(window, tolerance));
  return rest.reduce((most, other) => `clamp_min(${most}, ${other})`, `vector(${first})`);
}

function wanted(window: ScheduledReplicas, tolerance: number): string {
  const length = ((window.to - window.from + 1440) % 1440 || 1440) * 60;
  const start = (window.from - (window.utcOffsetMinutes ?? 0)) * 60;
  const open = (from: number, period: number) => `((time() - ${positive(from, period)}) % ${period} < bool ${length})`;
  const starts = [...new Set(window.days)].sort().map((day) => start + (day - EPOCH_WEEKDAY) * DAY);
  const opens = starts.length === 0 ? [open(start, DAY)] : starts.map((from) => open(from, WEEK));
  // Windows of different days never overlap, so their sum is 0 or 1.
  const inside = opens.length === 1 ? opens.join() : `(${opens.join(" + ")})`;
  return `${floorValue(window.replicas, tolerance)} * ${inside}`;
}

function positive(seconds: number, period: number): number {
  return ((seconds % period) + period) % period;
}

/** The smallest value, in steps of a thousandth, for which one replica less is outside the tolerance. */
function floorValue(replicas: number, tolerance: number): number {
  const outside = (Math.floor((1 + tolerance) * (replicas - 1) * 1000 + 1e-6) + 1) / 1000;
  return Math.max(replicas, outside);
}
