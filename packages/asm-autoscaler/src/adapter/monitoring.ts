import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import { ConfigMap } from "@pulumi/kubernetes/core/v1";
import type * as k8s from "@pulumi/kubernetes/types/input";
import * as pulumi from "@pulumi/pulumi";
import { adapterAlerts } from "../alerts";
import type { MetricsAdapterArgs } from "./args";
import { ADAPTER, labels, REPLICAS } from "./identity";

const OPERATOR_API = "monitoring.coreos.com/v1";

/** The label of a pod that becomes the label `job` of its series. */
const JOB_LABEL = "app.kubernetes.io/name";

/** The metadata of a namespaced object, its labels in reach. */
interface Metadata extends k8s.meta.v1.ObjectMeta {
  readonly namespace: pulumi.Input<string>;
}

/** The alerts on the adapter, and the scrape that they need, as a Prometheus Operator reads them. */
export function createAlerts(
  name: string,
  args: MetricsAdapterArgs,
  metadata: Metadata,
  opts: pulumi.CustomResourceOptions,
): void {
  const picked = pulumi.output(args.prometheusOperatorLabels ?? {}).apply((more) => ({ ...labels, ...more }));
  new CustomResource(
    `${name}-pod-monitor`,
    {
      apiVersion: OPERATOR_API,
      kind: "PodMonitor",
      // The annotation does for Managed Service for Prometheus what the operator does by itself.
      metadata: { ...metadata, labels: picked, annotations: { "arms.prometheus.io/discovery": "true" } },
      spec: {
        jobLabel: JOB_LABEL,
        selector: { matchLabels: labels },
        // The namespace of a metric is its HPA's; the operator would put the pod's in its place.
        podMetricsEndpoints: [{ port: "metrics", path: "/metrics", interval: "30s", honorLabels: true }],
      },
    },
    opts,
  );
  const alerts = pulumi
    .all([metadata.namespace, args.replicas ?? REPLICAS])
    .apply(([namespace, replicas]) => adapterAlerts({ namespace, job: labels[JOB_LABEL], replicas }));
  new CustomResource(
    `${name}-alerts`,
    {
      apiVersion: OPERATOR_API,
      kind: "PrometheusRule",
      metadata: { ...metadata, labels: picked },
      spec: { groups: [{ name: ADAPTER, rules: alerts }] },
    },
    opts,
  );
}

/** The dashboards as a ConfigMap that Grafana's sidecar picks up. */
export function createDashboards(name: string, metadata: Metadata, opts: pulumi.CustomResourceOptions): void {
  // Loaded only here: the builders of Grafana cost every preview a quarter of a second.
  const boards: typeof import("../dashboards") = require("../dashboards");
  new ConfigMap(
    `${name}-dashboards`,
    {
      metadata: { ...metadata, name: `${ADAPTER}-dashboards`, labels: { ...labels, grafana_dashboard: "1" } },
      data: {
        "asm-autoscaler-adapter.json": JSON.stringify(boards.adapterDashboard()),
        "asm-autoscaler-fleet.json": JSON.stringify(boards.fleetDashboard()),
        "asm-autoscaler-traffic.json": JSON.stringify(boards.trafficDashboard()),
      },
    },
    { ...opts, hideDiffs: ["data"] },
  );
}
