import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import type * as pulumi from "@pulumi/pulumi";

/**
 * Has ARMS scrape the proxies of the mesh: sidecars, gateways and waypoints, at Envoy's own port only, since the merged
 * port of a sidecar has each series again.
 */
export function createPodMonitor(
  name: string,
  namespace: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): CustomResource {
  return new CustomResource(
    name,
    {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "PodMonitor",
      metadata: {
        name: "envoy-stats",
        namespace,
        annotations: { "arms.prometheus.io/discovery": "true" },
      },
      spec: {
        namespaceSelector: { any: true },
        selector: {},
        podMetricsEndpoints: [
          {
            port: "http-envoy-prom",
            path: "/stats/prometheus",
            interval: "15s",
            // Envoy's own statistics are most of what a proxy has, and ARMS bills by the sample.
            metricRelabelings: [{ sourceLabels: ["__name__"], regex: "istio_.*", action: "keep" }],
          },
        ],
      },
    },
    opts,
  );
}
