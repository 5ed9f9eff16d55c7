import type * as pulumi from "@pulumi/pulumi";
import { currentRun } from "../validation/run";
import type { Load } from "./sizing";

/** A Prometheus that the program creates or uses. */
export interface Scraper {
  /** The component in messages, such as `MeshPrometheus "prometheus"`. */
  readonly title: string;
  /** Its scrape interval of the proxies in seconds. Undefined if the program does not know it. */
  readonly scrapeIntervalSeconds?: pulumi.Output<number>;
  /** What a MeshPrometheus is sized for, with its retention. Undefined for another Prometheus, and if it is not known yet. */
  readonly load?: Load | undefined;
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
