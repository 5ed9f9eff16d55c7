import type { Counters, TrackedSeries } from "./counters.ts";
import type { ProxyWindow } from "./proxyWindow.ts";
import type { Position } from "./timeline.ts";
import { INTERVAL_MS } from "./timing.ts";

/** Standard deviations that the noise covers: one read in 700 is outside on one side. */
export const DEVIATIONS = 3;

/** Requests that may belong to the time before or after the window. */
export function uncertainRequests({ proxy: { counters }, increases, at: end }: ProxyWindow, ms: number): number {
  return increases.reduce((sum, { tracked }) => {
    const late = (time: number) => Math.max(inAnswer(counters, tracked, time), inGap(counters, tracked, time));
    return sum + late(end - ms) + late(end);
  }, 0);
}

/** Requests of the time that an answer took: its values may be from the begin or from the end of it. */
function inAnswer(counters: Counters, tracked: TrackedSeries, time: number): number {
  const { newer, share } = counters.positionOf(time) ?? NEWEST;
  const errorMs = Math.max(counters.errorOf(newer), share > 0 ? counters.errorOf(newer + 1) : 0);
  const totalAt = (at: number) => counters.total(tracked, counters.positionOf(at) ?? NEWEST);
  const middle = totalAt(time);
  return 2 * Math.max(totalAt(time + errorMs) - middle, middle - totalAt(time - errorMs));
}

/** Requests of a time longer than an interval in which the proxy was not read. Each may have ended at any time in it. */
function inGap(counters: Counters, tracked: TrackedSeries, time: number): number {
  const { newer, share } = counters.positionOf(time) ?? NEWEST;
  if (share === 0 || counters.timeOf(newer) - counters.timeOf(newer + 1) < 1.5 * INTERVAL_MS) return 0;
  const between = counters.total(tracked, { newer, share: 0 }) - counters.total(tracked, { newer, share: 1 });
  return Math.max(share, 1 - share) * between;
}

const NEWEST: Position = { newer: 0, share: 0 };

/** The relative error of a total of `pods` proxies of which `read` were read. */
export function spreadOf(windows: readonly ProxyWindow[], read: number, pods: number): number {
  if (read < 2 || read >= pods) return 0;
  const rates = windows
    .filter(({ proxy }) => proxy.role === "serving")
    .map(({ increases }) => increases.reduce((sum, { perSecond }) => sum + perSecond, 0));
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / read;
  if (mean === 0) return 0;
  const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / (read - 1);
  return (DEVIATIONS * Math.sqrt(variance * (1 / read - 1 / pods))) / mean;
}
