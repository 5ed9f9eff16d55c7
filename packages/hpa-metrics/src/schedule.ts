/** Replicas that a workload is to have at certain times of the week. */
export interface ScheduledReplicas {
  /** The fewest replicas inside the window, a whole number of at least 1. */
  readonly replicas: number;
  /** Where the window starts, in minutes after midnight, 0 to 1439. */
  readonly from: number;
  /** Where it ends, in minutes after midnight, 0 to 1440. Before `from` it is on the next day. */
  readonly to: number;
  /** Days on which the window starts, 0 for Sunday to 6. Default every day. */
  readonly days?: readonly number[] | undefined;
  /** Minutes that local time is ahead of UTC; no daylight saving time. Default 0. */
  readonly utcOffsetMinutes?: number | undefined;
}

/** Share of a difference that the HPA controller ignores where nothing else is said. */
const DEFAULT_TOLERANCE = 0.1;

const DAY = 86_400;
const WEEK = 7 * DAY;

/** 1 January 1970, where Unix time starts, was a Thursday. */
const EPOCH_WEEKDAY = 4;

/**
 * A query that gives, by Prometheus's clock, the number of replicas wanted now: that of the window with the most, and 0
 * outside all of them. As an `External` metric with the target `AverageValue` 1 it is a floor, because an HPA takes the
 * largest of what its metrics ask for.
 *
 * The HPA controller ignores a difference within its tolerance of the present size: asked for 20 it would leave 19. So the
 * query asks for just as much more as makes every smaller size too small. With the usual tenth that is nothing up to 10
 * replicas, and at most a tenth above. With no tolerance the floor is exact.
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
  // Windows of different days never overlap, so that their sum is 0 or 1.
  const inside = opens.length === 1 ? opens.join() : `(${opens.join(" + ")})`;
  return `${floorValue(window.replicas, tolerance)} * ${inside}`;
}

function positive(seconds: number, period: number): number {
  return ((seconds % period) + period) % period;
}

/** The least value, in thousandths, of which one replica less is outside the tolerance. */
function floorValue(replicas: number, tolerance: number): number {
  const outside = (Math.floor((1 + tolerance) * (replicas - 1) * 1000 + 1e-6) + 1) / 1000;
  return Math.max(replicas, outside);
}
