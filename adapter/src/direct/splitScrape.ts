import { type ProxyConnection, type ScrapeFailure, type ScrapeResult, statOf } from "./scrape.ts";

/** Why a proxy, or a metric of it, was not read the last time. */
export interface Unread {
  readonly failure: ScrapeFailure | "no-sidecar" | "address";
  readonly sentence: string;
}

/** What the scrapes of one interval gave: the values of `metrics`. */
type Values =
  | (Omit<ScrapeResult & { ok: true }, "bytes"> & { readonly metrics: ReadonlySet<string> })
  | (Unread & { readonly ok: false });

/** Reads the metrics of one proxy, without those that are too large. */
export interface SplitScrape {
  /** Reads all metrics at once, or one by one while the answer as a whole is too large. */
  read(connection: ProxyConnection, metrics: readonly string[]): Promise<Values>;
  /** Reads only the requests for some time. */
  reduce(metrics: readonly string[], sentence: string): void;
  /** Why one of the metrics is not read, although others are. */
  largeOf(metrics: readonly string[]): Unread | undefined;
}

/** The metric that most queries need, and that says whether histograms are flushed. */
export const REQUESTS = "istio_requests_total";
/** How long a large metric is not read, in ms. */
const SPLIT_MS = 60_000;

/**
 * Creates the scrapes of one proxy. If an answer is too large, its metrics are read one by one, and only the large ones
 * are left out, so that one query's histogram does not take the requests from another query. After a minute, all are
 * tried again.
 */
export function createSplitScrape(
  scrape: (connection: ProxyConnection, metrics: readonly string[]) => Promise<ScrapeResult>,
  now: () => number,
): SplitScrape {
  /** The large metrics, by their name inside Envoy. */
  const large = new Map<string, Unread>();
  let splitUntil = Number.NEGATIVE_INFINITY;

  const groupsOf = (metrics: readonly string[]): (readonly string[])[] => {
    const triesAll = now() >= splitUntil;
    if (triesAll && large.size === 0) return [metrics];
    if (triesAll) splitUntil = now() + SPLIT_MS;
    const stats = [...new Set(metrics.map(statOf))].filter((stat) => triesAll || !large.has(stat));
    return stats.map((stat) => metrics.filter((metric) => statOf(metric) === stat));
  };

  return {
    async read(connection, metrics) {
      const values = new Map<string, number>();
      const read = new Set<string>();
      let isNewConnection = false;
      for (const group of groupsOf(metrics)) {
        const result = await scrape(connection, group);
        if (result.ok) {
          for (const [series, value] of result.values) values.set(series, value);
          for (const metric of group) {
            read.add(metric);
            large.delete(statOf(metric));
          }
          isNewConnection ||= result.isNewConnection;
          continue;
        }
        const isAlone = new Set(group.map(statOf)).size === 1;
        if (result.failure === "large" && !isAlone) splitUntil = now() + SPLIT_MS;
        if (result.failure !== "large" || !isAlone || group.includes(REQUESTS)) return result;
        large.set(statOf(group[0] ?? ""), result);
      }
      return { ok: true, values, metrics: read, isNewConnection };
    },
    reduce(metrics, sentence) {
      splitUntil = now() + SPLIT_MS;
      for (const metric of metrics) if (metric !== REQUESTS) large.set(statOf(metric), { failure: "large", sentence });
    },
    largeOf: (metrics) => metrics.map((metric) => large.get(statOf(metric))).find((one) => one !== undefined),
  };
}
