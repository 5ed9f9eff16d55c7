import { MetricsAdapter, NeighbourAdapter, PrometheusDialect } from "@asm-autoscaler/asm-autoscaler/adapter";
import { envoyStatsJob } from "@asm-autoscaler/asm-autoscaler/prometheus";
import * as pulumi from "@pulumi/pulumi";

/**
 * Replaces kube-metrics-adapter after its APIService is deleted (docs/how-to/take-over.md). HPAs with the guide's
 * annotations work without a change.
 *
 * Requires a cluster with a Prometheus, and its kubeconfig.
 * To run it elsewhere, copy this folder, then run `npm install`, `pulumi stack init dev` and `pulumi up`.
 */
export default function adapterOnly() {
  const config = new pulumi.Config();
  const adapter = new MetricsAdapter("adapter", {
    prometheus: {
      url: config.require("prometheusUrl"),
      headers: { "X-Scope-OrgID": config.require("tenant") },
      // Server would also send queries in another language, such as MetricsQL, unchecked.
      dialect: PrometheusDialect.Promql,
    },
    imageRegistry: config.require("imageRegistry"),
    // Serves KEDA's metrics too, if KEDA runs in this cluster: docs/how-to/neighbours.md.
    delegates: config.getBoolean("keda") ? [{ type: NeighbourAdapter.Keda }] : [],
    grafanaDashboard: true,
  });
  return {
    adapter: adapter.name,
    // Add it to scrape_configs of that Prometheus if it does not scrape the mesh yet.
    scrapeJob: envoyStatsJob({ scrapeIntervalSeconds: 15 }),
  };
}
