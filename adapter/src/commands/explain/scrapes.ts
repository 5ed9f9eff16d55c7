import {
  counted,
  type Query,
  type QueryWindow,
  scrapeCountQuery,
  scrapeSecondsOf,
  scrapesIn,
  windowsOf,
} from "@asm-autoscaler/hpa-metrics";
import { type Ask, countOf } from "./miss.ts";

/** How many scrapes a window of a query holds. */
export interface WindowScrapes extends QueryWindow {
  /** Scrape interval of the selector's series in seconds, as measured over five minutes. */
  readonly scrapeSeconds: number;
  readonly scrapes: number;
}

/** Maximum number of selectors whose scrapes are counted. */
const MOST_SELECTORS = 4;

/**
 * Finds the window of a query that holds the fewest scrapes. Undefined if the query has no window, and if none of its
 * series has existed for five minutes.
 */
export async function windowScrapesOf(query: Query, ask: Ask): Promise<WindowScrapes | undefined> {
  const windows = windowsOf(query)
    .filter(({ seconds }) => Number.isFinite(seconds))
    .slice(0, MOST_SELECTORS);
  const found = await Promise.all(
    windows.map(async (window) => {
      const scrapeSeconds = scrapeSecondsOf(countOf(await ask(scrapeCountQuery(window.selector))) ?? 0);
      if (scrapeSeconds === undefined) return [];
      return [{ ...window, scrapeSeconds, scrapes: scrapesIn(window.seconds, scrapeSeconds) }];
    }),
  );
  return found.flat().toSorted((a, b) => a.seconds / a.scrapeSeconds - b.seconds / b.scrapeSeconds)[0];
}

/** The window in words: `60 s, which holds 2 scrapes, one every 30 s`. */
export function windowWords({ seconds, scrapes, scrapeSeconds }: WindowScrapes): string {
  return `${seconds} s, which holds ${counted(scrapes, "scrape")}, one every ${scrapeSeconds} s`;
}
