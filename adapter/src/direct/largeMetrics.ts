import type { ScrapeFailure } from "./connection.ts";
import { statOf } from "./seriesNames.ts";
import { SLOTS } from "./timeline.ts";
import { INTERVAL_MS } from "./timing.ts";

/** Why a proxy, or a metric of it, was not read the last time. */
export interface Unread {
  readonly failure: ScrapeFailure | "no-sidecar" | "address";
  readonly sentence: string;
}

/** The metrics of one proxy that are too large to be read or stored. Histograms are counted as a whole. */
export interface LargeMetrics {
  /** The metric is too large from now on. */
  add(metric: string, sentence: string): void;
  /** These metrics were read and stored. */
  stored(metrics: Iterable<string>): void;
  /** The metrics without those that are not read now. */
  without(metrics: readonly string[]): string[];
  /** Why one of the metrics is too large. */
  of(metrics: readonly string[]): Unread | undefined;
}

/** How long a large metric is not read, in ms. */
export const LARGE_MS = 60_000;
/** How long a metric must have had place again before it counts, in ms: as long as its series are stored. */
const TRIAL_MS = SLOTS * INTERVAL_MS;

/**
 * Creates an empty list. After a minute, a large metric is tried again. It is on the list until a whole history of it
 * was stored: otherwise a metric that is too large only after some seconds would be read and not read in turn.
 *
 * @param now gives ms of the monotonic clock
 */
export function createLargeMetrics(now: () => number): LargeMetrics {
  /** By the name inside Envoy. */
  const large = new Map<string, { unread: Unread; tryAt: number; storedSince: number | undefined }>();
  return {
    add(metric, sentence) {
      const unread = { failure: "large", sentence } as const;
      large.set(statOf(metric), { unread, tryAt: now() + LARGE_MS, storedSince: undefined });
    },
    stored(metrics) {
      for (const stat of new Set([...metrics].map(statOf))) {
        const entry = large.get(stat);
        if (!entry) continue;
        entry.storedSince ??= now();
        if (now() - entry.storedSince >= TRIAL_MS) large.delete(stat);
      }
    },
    without(metrics) {
      const at = now();
      return metrics.filter((metric) => at >= (large.get(statOf(metric))?.tryAt ?? at));
    },
    of: (metrics) => metrics.map((metric) => large.get(statOf(metric))?.unread).find((one) => one !== undefined),
  };
}
