import {
  AckCluster,
  AnticipateMode,
  AsmInstance,
  ManagedPrometheus,
  MeshNamespace,
  MetricsAdapter,
  TrafficAutoscaler,
  TrafficPeriod,
} from "@asm-autoscaler/asm-autoscaler";
import * as pulumi from "@pulumi/pulumi";

/**
 * For an existing cluster, mesh and workload: adds a Prometheus, the metrics adapter and an autoscaler.
 *
 * Requires an ACK cluster in an ASM mesh, an instance of Managed Service for Prometheus, and credentials of Alibaba
 * Cloud. Set what Pulumi.yaml has no default for with `pulumi config set`, secrets with `--secret`.
 * To run it elsewhere, copy this folder, then run `npm install`, `pulumi stack init dev` and `pulumi up`.
 */
export default function existingMesh() {
  const config = new pulumi.Config();
  const cluster = new AckCluster("cluster", {
    existing: {
      clusterId: config.require("clusterId"),
      vpcId: config.require("vpcId"),
      kubeconfig: config.requireSecret("kubeconfig"),
    },
  });
  const mesh = new AsmInstance("mesh", { existing: { meshId: config.require("meshId") } });
  const inCluster = { providers: [cluster.provider] };

  // The existing namespace gets the label for sidecar injection. The label is removed when this stack is destroyed.
  const namespace = new MeshNamespace("namespace", { name: config.require("namespace"), create: false }, inCluster);

  const prometheus = new ManagedPrometheus(
    "prometheus",
    {
      clusterId: cluster.clusterId,
      url: config.requireSecret("prometheusUrl"),
      authorization: config.requireSecret("prometheusToken"),
      // Remove it if the mesh's own collection into this Prometheus is on: otherwise each request counts twice.
      scrapeEnvoy: true,
    },
    inCluster,
  );
  const adapter = new MetricsAdapter(
    "adapter",
    { prometheus: prometheus.endpoint, imageRegistry: config.require("imageRegistry") },
    inCluster,
  );
  const autoscaler = new TrafficAutoscaler(
    "web",
    {
      namespace: namespace.name,
      target: config.require("deployment"),
      minReplicas: 2,
      maxReplicas: 20,
      metrics: [
        {
          requestsPerSecond: 100,
          // What the last three days say about the next ten minutes. Observed first: it does not scale yet.
          anticipate: { period: TrafficPeriod.Day, mode: AnticipateMode.Observe },
        },
        { latencyMilliseconds: 250 },
      ],
    },
    { ...inCluster, dependsOn: [adapter] },
  );
  return { mesh: mesh.meshId, autoscaler: autoscaler.name };
}
