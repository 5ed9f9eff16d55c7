import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import type * as pulumi from "@pulumi/pulumi";
import { envoyStatsJob, type RelabelRule } from "../envoyStats";

/** Where the PodMonitors are, and what they have in common. */
export interface PodMonitorPlace {
  readonly namespace: pulumi.Input<string>;
  readonly labels: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
  readonly scrapeIntervalSeconds: pulumi.Output<number>;
}

/** Name of the port of each Envoy of Istio. A PodMonitor needs the whole name. */
const ENVOY_PORT = "http-envoy-prom";

/** Creates the PodMonitor of the proxies. Its job is the one of a MeshPrometheus. */
export function createEnvoyMonitor(name: string, place: PodMonitorPlace, opts: pulumi.CustomResourceOptions): void {
  createMonitor(`${name}-envoy-stats`, "envoy-stats", place, place.scrapeIntervalSeconds.apply(envoySpec), opts);
}

/**
 * Creates the PodMonitor of ztunnel. The selector, the port and the path are those of Istio's chart.
 * https://istio.io/latest/docs/ambient/architecture/data-plane/
 */
export function createZtunnelMonitor(
  name: string,
  place: PodMonitorPlace,
  ztunnelNamespace: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): void {
  const spec = place.scrapeIntervalSeconds.apply((seconds) => ({
    namespaceSelector: { matchNames: [ztunnelNamespace] },
    selector: { matchLabels: { app: "ztunnel" } },
    podMetricsEndpoints: [{ ...endpoint(seconds), port: "ztunnel-stats", path: "/metrics" }],
  }));
  createMonitor(`${name}-ztunnel-stats`, "ztunnel-stats", place, spec, opts);
}

function createMonitor(
  name: string,
  objectName: string,
  { namespace, labels }: PodMonitorPlace,
  spec: pulumi.Input<object>,
  opts: pulumi.CustomResourceOptions,
): void {
  const metadata = { name: objectName, namespace, labels };
  new CustomResource(name, { apiVersion: "monitoring.coreos.com/v1", kind: "PodMonitor", metadata, spec }, opts);
}

/** The spec of a PodMonitor with the job of a MeshPrometheus, for all namespaces. */
function envoySpec(scrapeIntervalSeconds: number) {
  const { metrics_path: path } = envoyStatsJob({ scrapeIntervalSeconds });
  return {
    namespaceSelector: { any: true },
    selector: {},
    podMetricsEndpoints: [{ ...endpoint(scrapeIntervalSeconds), port: ENVOY_PORT, path }],
  };
}

/**
 * What the job of a MeshPrometheus has in common with an endpoint. The operator itself keeps the port, and writes the
 * labels namespace and pod. Operators from before June 2022 keep finished pods, so the rule that drops them is added.
 */
function endpoint(scrapeIntervalSeconds: number) {
  const job = envoyStatsJob({ scrapeIntervalSeconds });
  return {
    interval: job.scrape_interval,
    scrapeTimeout: job.scrape_timeout,
    relabelings: job.relabel_configs.filter(({ action }) => action === "drop").map(relabeling),
    metricRelabelings: job.metric_relabel_configs.map(relabeling),
  };
}

/** A rule in the spelling of the operator. */
function relabeling({ source_labels, target_label, ...rule }: RelabelRule) {
  const target = target_label === undefined ? {} : { targetLabel: target_label };
  return { sourceLabels: source_labels, ...target, ...rule };
}
