import type { ProxyWindow } from "./proxyWindow.ts";
import type { Position } from "./timeline.ts";
import { INTERVAL_MS } from "./timing.ts";

/** Standard deviations that the noise covers: one read in 700 is outside on one side. */
export const DEVIATIONS = 3;

/** Requests that may belong to the time before or after the window. */
export function uncertainRequests({ proxy: { counters }, increases, at: end }: ProxyWindow, ms: number): number {
  const positionOf = (time: number) => counters.positionOf(time) ?? NEWEST;
  return [end - ms, end].reduce((sum, time) => {
    const { newer, share } = positionOf(time);
    // An answer may have the values of its begin or of its end.
    const errorMs = Math.max(counters.errorOf(newer), share > 0 ? counters.errorOf(newer + 1) : 0);
    const [before, middle, after] = [positionOf(time - errorMs), positionOf(time), positionOf(time + errorMs)];
    // In a longer time than an interval without a read, each request may have ended at any time.
    const isGap = share > 0 && counters.timeOf(newer) - counters.timeOf(newer + 1) >= 1.5 * INTERVAL_MS;
    return increases.reduce((late, { tracked }) => {
      const total = (at: Position) => counters.total(tracked, at);
      const now = total(middle);
      const inAnswer = 2 * Math.max(total(after) - now, now - total(before));
      if (!isGap) return late + inAnswer;
      const inGap = total({ newer, share: 0 }) - total({ newer, share: 1 });
      return late + Math.max(inAnswer, Math.max(share, 1 - share) * inGap);
    }, sum);
  }, 0);
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
