import type { Ask } from "./miss.ts";

/** Pods that are scraped more than once, which multiplies the reading. */
export interface Doubled {
  /** Number of scrapes of the host that is scraped most often. */
  readonly times: number;
  /** The scrapes of that host, each as `job instance`. At most three. */
  readonly scrapes: readonly string[];
  /** What to change, as a sentence. */
  readonly remedy: string;
}

const MOST_TOLD = 3;

/**
 * Finds pods that Prometheus scrapes more than once for a selector: by two jobs, or on two ports of one job. A
 * sidecar's ports 15020 and 15090 have the same counters. The host in the label `instance` identifies a pod.
 */
export async function doubledOf(selector: string, ask: Ask): Promise<Doubled | undefined> {
  const hosts = `label_replace(${selector}, "asm_host", "$1", "instance", "(.+?)(?::[0-9]+)?")`;
  const scrapes = `count by (asm_host, job, instance) (${hosts})`;
  const answer = await ask(`${scrapes} and on (asm_host) topk(1, count by (asm_host) (${scrapes}) > 1)`);
  const found = answer.ok ? answer.samples.filter(({ labels }) => labels["asm_host"]) : [];
  if (found.length === 0) return undefined;
  const names = found.map(({ labels }) => `${labels["job"] ?? ""} ${labels["instance"] ?? ""}`.trim());
  const jobs = [...new Set(found.map(({ labels }) => labels["job"] ?? ""))].sort();
  return { times: found.length, scrapes: names.sort().slice(0, MOST_TOLD), remedy: remedyFor(jobs) };
}

/**
 * The Prometheus Operator names the job of a PodMonitor `NAMESPACE/NAME`. A job of `additionalScrapeConfigs` has the name
 * that its author gave it.
 */
function remedyFor(jobs: readonly string[]): string {
  const monitor = jobs.find((job) => job.includes("/"));
  const other = jobs.find((job) => job !== "" && !job.includes("/"));
  if (monitor === undefined || other === undefined)
    return "Scrape each proxy by one job on one port, or add a matcher on job to the query";
  return `Remove the job ${other} from additionalScrapeConfigs, or the PodMonitor ${monitor} (scrapeEnvoy: false), or add a matcher on job to the query`;
}
