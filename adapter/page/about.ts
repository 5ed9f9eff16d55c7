import type { About, MetricStatus } from "../src/status/statusJson.ts";
import { byId, write } from "./element.ts";

const PRODUCT = "asm-autoscaler";

/** What the adapter says about itself; nothing until it has answered. */
let about: About | undefined;

/** Asks the adapter about itself once, and writes the product and the cluster into the heading of the page. */
export async function showAbout(signal: AbortSignal): Promise<void> {
  if (about) return;
  const response = await fetch("/api/about", { signal });
  if (!response.ok) return;
  about = (await response.json()) as About;
  const { version, cluster } = about;
  write(byId("product", HTMLElement), `${PRODUCT} ${version}${cluster === undefined ? "" : `, cluster ${cluster}`}`);
}

/** The title of the browser's tab: what is shown, then where. */
export function titleOf(hpa: string): string {
  const shown = hpa === "" ? "Why each workload has the size it has" : `${hpa}: why it has its size`;
  return [shown, about?.cluster, PRODUCT].filter(Boolean).join(" – ");
}

/**
 * The address of a metric's query in the web UI of Prometheus, as a graph of the last hour. Undefined without
 * `--prometheus-web-url`, which is about the default server only. The UI of Prometheus 2 and 3 and of Thanos read it.
 */
export function queryLink({ query, server }: MetricStatus): string | undefined {
  if (about?.prometheusUrl === undefined || query === undefined || server !== "default") return undefined;
  const parameters = new URLSearchParams({ "g0.expr": query, "g0.tab": "0", "g0.range_input": "1h" });
  return `${about.prometheusUrl}/graph?${parameters}`;
}
