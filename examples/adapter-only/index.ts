import * as pulumi from "@pulumi/pulumi";
import { MetricsAdapter } from "asm-autoscaler/adapter";
import { envoyStatsJob } from "asm-autoscaler/prometheus";

/**
 * In place of kube-metrics-adapter, once its APIService is gone (docs/how-to/take-over.md): every HPA that has the guide's
 * annotations is served as it is.
 */
export default function adapterOnly() {
  const config = new pulumi.Config();
  const adapter = new MetricsAdapter("adapter", {
    prometheus: { url: config.require("prometheusUrl"), headers: { "X-Scope-OrgID": config.require("tenant") } },
    grafanaDashboard: true,
  });
  return {
    adapter: adapter.name,
    // For the scrape_configs of that Prometheus, where it does not scrape the mesh yet.
    scrapeJob: envoyStatsJob({ scrapeIntervalSeconds: 15 }),
  };
}
