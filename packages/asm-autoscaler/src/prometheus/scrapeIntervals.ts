import type * as pulumi from "@pulumi/pulumi";
import { currentRun } from "../validation/run";

/** A Prometheus that the program creates or configures. */
export interface Scraper {
  /** The component in messages, such as `MeshPrometheus "prometheus"`. */
  readonly title: string;
  /** Its scrape interval of the proxies in seconds. */
  readonly scrapeIntervalSeconds: pulumi.Output<number>;
}

const scrapers = new WeakMap<object, Scraper[]>();

/** Records a Prometheus of this run of the program. */
export function recordScraper(scraper: Scraper): void {
  const run = currentRun();
  if (run !== undefined) scrapers.set(run, [...(scrapers.get(run) ?? []), scraper]);
}

/** The Prometheus of this run of the program so far. Undefined also if there are several: which is queried is not known. */
export function onlyScraper(): Scraper | undefined {
  const run = currentRun();
  const [first, ...more] = (run && scrapers.get(run)) ?? [];
  return more.length > 0 ? undefined : first;
}
