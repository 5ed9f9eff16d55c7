import type { DirectPlan } from "@asm-autoscaler/hpa-metrics";

/** Time between two scrapes of a proxy, in ms. */
export const INTERVAL_MS = 2_000;
/** Window of requests in ms, as in Knative's panic window. */
export const WINDOW_MS = 6_000;
/**
 * Window of histograms and TCP counters in ms: two flushes. Envoy merges histograms every 5 s, and Istio counts bytes
 * of open TCP connections every 5 s (envoy source/docs/stats.md; istio/api telemetry.proto `reporting_interval`).
 */
export const FLUSH_WINDOW_MS = 10_000;

/** Length of a plan's window, in ms. */
export function windowMsOf({ isHistogram }: Pick<DirectPlan, "isHistogram">): number {
  return isHistogram ? FLUSH_WINDOW_MS : WINDOW_MS;
}

/** A list of pods that cannot be updated for longer may lack new pods, and is not used, in ms. */
export const MOST_TROUBLE_MS = 15_000;

/**
 * Maximum age of a proxy's last scrape in ms: two intervals, and a little for a slow answer. A proxy whose last scrape
 * is older is unread. So the end of a window of requests is no older, and that of a window of histograms at most 7.5 s
 * older, because its end is a flush.
 */
export const FRESH_MS = 2 * INTERVAL_MS + INTERVAL_MS / 2;
