/** How many scrapes the window of a query needs, and how often Prometheus scrapes the series of a selector. */

/** Default scrape interval in seconds: that of our own scrape job. */
export const DEFAULT_SCRAPE_SECONDS = 15;

/** Minimum number of scrapes in a rate window: `rate()` needs two samples. */
export const LEAST_SCRAPES = 2;

/** Scrapes in the rate window of the reaction Fast of a TrafficAutoscaler. If one fails, two samples remain. */
export const FAST_SCRAPES = 3;

/** Recommended number of scrapes in a rate window, so that a late or failed scrape still leaves a value. */
export const WANTED_SCRAPES = 4;

/** The whole scrapes that a window of a query always holds. Both in seconds. */
export function scrapesIn(windowSeconds: number, scrapeSeconds: number): number {
  return Math.floor(windowSeconds / scrapeSeconds);
}

/**
 * Whether a window holds fewer scrapes than a query needs: fewer than four. A window of exactly three is a choice, the
 * one of the reaction Fast.
 */
export function hasFewScrapes(windowSeconds: number, scrapeSeconds: number): boolean {
  return windowSeconds < WANTED_SCRAPES * scrapeSeconds && windowSeconds !== FAST_SCRAPES * scrapeSeconds;
}

/** Time over which scrapes are counted, in seconds. It holds two scrapes at the longest usual interval, two minutes. */
const COUNTED_SECONDS = 300;

/**
 * The query for the scrapes of a selector's series in five minutes: those of the series with the most. A series that
 * began or ended in that time has fewer samples than there were scrapes, so only series that existed before and exist
 * now count. Without such a series it has no sample.
 */
export function scrapeCountQuery(selector: string): string {
  return `max(count_over_time(${selector}[5m]) and ${selector} offset 5m and ${selector})`;
}

/** Intervals that people configure, in seconds. */
const USUAL_SECONDS = [1, 2, 5, 10, 15, 20, 30, 60, 120];

/**
 * How far a measured interval may be from a usual one and still mean it. Scrapes that fail make it longer, and the edge
 * of the five minutes makes it shorter by up to one scrape.
 */
const TOLERANCE = 0.15;

/**
 * The scrape interval in seconds, from the result of `scrapeCountQuery`. It is rounded to the nearest usual interval
 * within 15 %. Undefined if no scrape was counted.
 */
export function scrapeSecondsOf(count: number): number | undefined {
  if (!(count >= 1)) return undefined;
  const measured = COUNTED_SECONDS / count;
  const usual = USUAL_SECONDS.find((seconds) => Math.abs(measured / seconds - 1) <= TOLERANCE);
  return usual ?? Math.round(measured);
}
