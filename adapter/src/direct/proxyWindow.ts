import type { DirectPlan } from "@asm-autoscaler/hpa-metrics";
import type { Counters } from "./counters.ts";
import { FRESH_MS, windowMsOf } from "./timing.ts";
import { flushedIncreases, type Increase, increasesBetween } from "./window.ts";

/** One proxy of the workload. */
export interface ReadProxy {
  /** `ADDRESS:PORT`. */
  readonly instance: string;
  readonly counters: Counters;
  /**
   * `serving`: its traffic is part of the total, so it is missing if it cannot be read. `waiting`: not ready, and
   * without traffic yet. `leaving`: terminating or gone; what it counted in the window is part of the total.
   */
  readonly role: "serving" | "waiting" | "leaving";
  /** When its pod became ready, in ms of the monotonic clock. Undefined if it was ready before the adapter knew it. */
  readonly readyAt?: number | undefined;
  /** A metric of the query is not read, although others may be. */
  readonly isUnread?: boolean;
}

/** Whether its traffic is part of the total. */
export function isServing({ role }: ReadProxy): boolean {
  return role === "serving";
}

/** Whether the metrics of the query were read in the last seconds. @param now ms of the monotonic clock */
export function isFresh({ counters, isUnread }: ReadProxy, now: number): boolean {
  return !isUnread && now - counters.readAt <= FRESH_MS;
}

/** Whether a proxy that was never read has no traffic in a window: its pod became ready after the window's end. */
export function isNewcomer({ counters, readyAt = Number.NEGATIVE_INFINITY }: ReadProxy, end: number): boolean {
  return counters.readAt === Number.NEGATIVE_INFINITY && readyAt >= end;
}

/** What one proxy counted in a window. */
export interface ProxyWindow {
  readonly proxy: ReadProxy;
  readonly increases: readonly Increase[];
  /** End of the window, in ms of the monotonic clock. */
  readonly at: number;
}

/**
 * The window of a plan that ends at `end`, in ms of the monotonic clock. `starting`: the history of the proxy is
 * shorter. `no-flush`: see `flushedIncreases`. A proxy that is gone has no more flush, so its window is the last
 * seconds, whatever it flushed in them.
 */
export function windowOf(
  plan: DirectPlan,
  proxy: ReadProxy,
  end: number,
  isFresh: boolean,
): ProxyWindow | "no-flush" | "starting" {
  if (plan.isHistogram && isFresh) {
    const flushed = flushedIncreases(proxy.counters, plan.metrics);
    if (flushed === "no-flush") return flushed;
    return flushed ? { proxy, ...flushed } : "starting";
  }
  const increases = increasesBetween(proxy.counters, plan.metrics, end - windowMsOf(plan), end);
  return increases ? { proxy, increases, at: end } : "starting";
}
