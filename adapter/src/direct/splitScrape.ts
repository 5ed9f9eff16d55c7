import { LARGE_MS, type LargeMetrics, REQUESTS, type Unread } from "./largeMetrics.ts";
import { type ProxyConnection, type ScrapeResult, statOf } from "./scrape.ts";

/** What the scrapes of one interval gave: the values of `metrics`. */
type Values =
  | (Omit<ScrapeResult & { ok: true }, "bytes"> & { readonly metrics: ReadonlySet<string> })
  | (Unread & { readonly ok: false });

/** Reads the metrics of one proxy, without those that are too large. */
export interface SplitScrape {
  /** Reads all metrics at once, or one by one while the answer as a whole is too large. */
  read(connection: ProxyConnection, metrics: readonly string[]): Promise<Values>;
}

/**
 * Creates the scrapes of one proxy. If an answer is too large, its metrics are read one by one, and only the large
 * ones are left out, so that one query's histogram does not take the requests from another query.
 */
export function createSplitScrape(
  scrape: (connection: ProxyConnection, metrics: readonly string[]) => Promise<ScrapeResult>,
  large: LargeMetrics,
  now: () => number,
): SplitScrape {
  let splitUntil = Number.NEGATIVE_INFINITY;

  const groupsOf = (wanted: readonly string[]): (readonly string[])[] => {
    const metrics = large.without(wanted);
    if (now() >= splitUntil && !large.of(wanted)) return [metrics];
    const stats = [...new Set(metrics.map(statOf))];
    return stats.map((stat) => metrics.filter((metric) => statOf(metric) === stat));
  };

  return {
    async read(connection, metrics) {
      const values = new Map<string, number>();
      const read = new Set<string>();
      let isNewConnection = false;
      const refused = large.without([REQUESTS]).length === 0 && large.of([REQUESTS]);
      if (refused) return { ok: false, ...refused };
      for (const group of groupsOf(metrics)) {
        const result = await scrape(connection, group);
        if (result.ok) {
          for (const [series, value] of result.values) values.set(series, value);
          for (const metric of group) read.add(metric);
          isNewConnection ||= result.isNewConnection;
          continue;
        }
        const isAlone = new Set(group.map(statOf)).size === 1;
        if (result.failure === "large" && !isAlone) splitUntil = now() + LARGE_MS;
        if (result.failure === "large" && isAlone) large.add(group[0] ?? "", result.sentence);
        if (result.failure !== "large" || !isAlone || group.includes(REQUESTS)) return result;
      }
      return { ok: true, values, metrics: read, isNewConnection };
    },
  };
}
