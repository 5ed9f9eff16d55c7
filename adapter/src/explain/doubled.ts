import type { Ask } from "./miss.ts";

/** Series that are scraped more than once, so that the reading is a multiple of what it should be. */
export interface Doubled {
  /** How often the worst host is scraped. */
  readonly times: number;
  /** What scrapes one such host, `job instance` each, at most three. */
  readonly scrapes: readonly string[];
}

const MOST_TOLD = 3;

/**
 * Looks for pods that Prometheus scrapes more than once for what a selector finds: by two jobs, or on two ports of one
 * job (15020 and 15090 of a sidecar have the same counters). A pod is known by the host in its `instance`.
 */
export async function doubledOf(selector: string, ask: Ask): Promise<Doubled | undefined> {
  const hosts = `label_replace(${selector}, "asm_host", "$1", "instance", "(.+?)(?::[0-9]+)?")`;
  const scrapes = `count by (asm_host, job, instance) (${hosts})`;
  const answer = await ask(`${scrapes} and on (asm_host) topk(1, count by (asm_host) (${scrapes}) > 1)`);
  const found = answer.ok ? answer.samples.filter(({ labels }) => labels["asm_host"]) : [];
  if (found.length === 0) return undefined;
  const names = found.map(({ labels }) => `${labels["job"] ?? ""} ${labels["instance"] ?? ""}`.trim());
  return { times: found.length, scrapes: names.sort().slice(0, MOST_TOLD) };
}
