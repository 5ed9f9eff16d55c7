import type { Counters } from "./counters.ts";
import { REQUESTS } from "./seriesNames.ts";
import type { TrackedSeries } from "./seriesTable.ts";
import type { Position } from "./timeline.ts";
import { FLUSH_WINDOW_MS, INTERVAL_MS } from "./timing.ts";

const FLUSH_MS = 5_000;
/** A flush shows at the next scrape, in ms. Half an interval more for a late scrape. */
const FLUSH_SHOWS_MS = FLUSH_MS + INTERVAL_MS + INTERVAL_MS / 2;

/** The increase of one series of one proxy. */
export interface Increase {
  readonly tracked: TrackedSeries;
  readonly perSecond: number;
}

/**
 * The increases of metrics between two times, interpolated between snapshots. Undefined if the history of a metric is
 * shorter.
 */
export function increasesBetween(
  counters: Counters,
  metrics: readonly string[],
  from: number,
  to: number,
): Increase[] | undefined {
  const [start, end] = [counters.positionOf(from), counters.positionOf(to)];
  if (!start || !end || !isKnownBetween(counters, metrics, from, to)) return undefined;
  return increases(counters, counters.series(metrics), start, end, to - from);
}

/** Whether the increases of metrics between two times are known. */
export function isKnownBetween(counters: Counters, metrics: readonly string[], from: number, to: number): boolean {
  const isStored = counters.positionOf(from) !== undefined && counters.positionOf(to) !== undefined;
  return isStored && metrics.every((metric) => counters.covers(metric, from));
}

/**
 * The increases of metrics that change only when the proxy flushes them, over about 10 s. Only snapshots that show a
 * flush begin and end the window of a metric, because a window that begins between flushes contains one or three
 * flushes instead of two. A metric that has not changed for longer than a flush takes is idle, and any snapshot will
 * do.
 *
 * @returns undefined if the history is shorter, and `no-flush` if requests ended but the metric does not show them: the
 *   proxy flushes less often (`sidecar.istio.io/statsFlushInterval`), so its metrics say nothing about the last seconds
 */
export function flushedIncreases(
  counters: Counters,
  metrics: readonly string[],
): { increases: Increase[]; at: number } | "no-flush" | undefined {
  const found: Increase[] = [];
  let at = counters.timeOf(0);
  for (const metric of metrics) {
    const window = flushWindow(counters, metric);
    if (!window || !counters.covers(metric, timeAt(counters, window.start))) return undefined;
    if (/^istio_re(?:quest|sponse)_\w+_(?:bucket|sum|count)$/.test(metric) && lacksFlush(counters, metric))
      return "no-flush";
    at = Math.min(at, counters.timeOf(window.end.newer));
    found.push(...increases(counters, counters.series([metric]), window.start, window.end, window.ms));
  }
  return { increases: found, at };
}

function increases(
  counters: Counters,
  all: readonly TrackedSeries[],
  start: Position,
  end: Position,
  ms: number,
): Increase[] {
  return all.flatMap((tracked) => {
    const delta = counters.total(tracked, end) - counters.total(tracked, start);
    // A series that the proxy no longer has is data only as long as it grew in the window.
    return tracked.absentFor === 0 || delta > 0 ? [{ tracked, perSecond: (delta * 1000) / ms }] : [];
  });
}

function at(index: number): Position {
  return { newer: index, share: 0 };
}

/** The time of a position that `flushWindow` gives. */
function timeAt(counters: Counters, { newer, share }: Position): number {
  const time = counters.timeOf(newer);
  return share === 0 ? time : time - share * (time - counters.timeOf(newer + 1));
}

function flushWindow(counters: Counters, metric: string) {
  const { length, timeOf } = counters;
  if (length === 0) return undefined;
  const shows = Array.from({ length }, (_, index) => counters.changedAt(metric, index));
  const lastShow = shows.indexOf(true);
  const end = lastShow >= 0 && timeOf(0) - timeOf(lastShow) <= FLUSH_SHOWS_MS ? lastShow : 0;
  const latest = timeOf(end) - FLUSH_WINDOW_MS + INTERVAL_MS / 2;
  let start = end;
  while (start < length && timeOf(start) > latest) start++;
  if (start === length) {
    const birth = counters.positionOf(latest);
    return birth && { start: birth, end: at(end), ms: FLUSH_WINDOW_MS };
  }
  for (let index = start; index < length && timeOf(index) > latest - FLUSH_SHOWS_MS; index++) {
    if (!shows[index]) continue;
    start = index;
    break;
  }
  const ms = timeOf(end) - timeOf(start);
  // A flush shows up to one interval late. With a flush every 5 s, their number says how long the window is.
  const flushes = shows.slice(end, start).filter(Boolean).length;
  const isRegular = shows[start] === true && Math.abs(ms - flushes * FLUSH_MS) < INTERVAL_MS + INTERVAL_MS / 2;
  return { start: at(start), end: at(end), ms: isRegular ? flushes * FLUSH_MS : ms };
}

function lacksFlush(counters: Counters, metric: string): boolean {
  for (let index = 0; index < counters.length; index++) {
    if (counters.changedAt(metric, index)) return false;
    const ageMs = counters.timeOf(0) - counters.timeOf(index);
    if (ageMs > FLUSH_SHOWS_MS && counters.changedAt(REQUESTS, index)) return true;
  }
  return false;
}
