import {
  AckCluster,
  AckClusterCredentials,
  AckClusterSpec,
  AsmInstance,
  AsmInstanceEdition,
  MeshNamespace,
  MeshNamespaceMode,
  MeshNetwork,
  type MeshNetworkZoneArgs,
  MeshPrometheus,
  MetricsAdapter,
  SampleWorkload,
  TrafficAutoscaler,
} from "@asm-autoscaler/asm-autoscaler";
import * as pulumi from "@pulumi/pulumi";

/**
 * Everything in Alibaba Cloud's guide, from the network to the autoscaler. `pulumi up` prints what this function
 * returns, and other programs read it with a StackReference.
 *
 * Requires an account of Alibaba Cloud (docs/how-to/cloud-prerequisites.md). To run it elsewhere, copy this folder and the
 * Pulumi.yaml at the root of the repository, without its line `main`. Then run `npm install`, `pulumi stack init dev` and
 * `pulumi up`.
 */
export default function fromZero() {
  const config = new pulumi.Config();
  const deletionProtection = config.requireBoolean("deletionProtection");
  const instanceTypes = [config.require("instanceType")];
  const imageRegistry = config.get("imageRegistry");
  const mirror = imageRegistry ? { imageRegistry } : {};

  const network = new MeshNetwork("network", { zones: config.requireObject<MeshNetworkZoneArgs[]>("zones") });
  const cluster = new AckCluster("cluster", {
    vswitchIds: network.nodeVswitchIds,
    podVswitchIds: network.podVswitchIds,
    clusterSpec: AckClusterSpec.ProSmall,
    credentials: AckClusterCredentials.Certificate,
    deletionProtection,
    nodePools: {
      system: { instanceTypes, desiredSize: config.requireNumber("nodes") },
      elastic: { instanceTypes, maxSize: config.requireNumber("elasticNodes") },
    },
  });
  // A cluster must have nodes before it can be attached to a mesh: the mesh's agents run on them.
  const mesh = new AsmInstance(
    "mesh",
    {
      vpcId: network.vpcId,
      vswitchId: network.meshVswitchId,
      clusterId: cluster.clusterId,
      edition: AsmInstanceEdition.Enterprise,
      deletionProtection,
    },
    { dependsOn: cluster },
  );

  // The objects below are created in the cluster, after the mesh, so that their pods get sidecars.
  const inCluster = { providers: [cluster.provider], dependsOn: [mesh] };
  const namespace = new MeshNamespace("namespace", { name: "test", mode: MeshNamespaceMode.Sidecar }, inCluster);
  const sample = new SampleWorkload("sample", { namespace: namespace.name, ...mirror }, inCluster);
  const prometheus = new MeshPrometheus("prometheus", { grafana: true, ...mirror }, inCluster);
  const adapter = new MetricsAdapter("adapter", { prometheus: prometheus.endpoint, ...mirror }, inCluster);
  const podinfo = new TrafficAutoscaler(
    "podinfo",
    {
      namespace: sample.namespace,
      target: sample.deploymentName,
      maxReplicas: config.requireNumber("maxReplicas"),
      // The guide's name for the query; without it the name is podinfo-requests-per-second.
      metrics: [
        { requestsPerSecond: config.requireNumber("requestsPerSecond"), queryName: "processed-requests-per-second" },
      ],
      scrapeIntervalSeconds: prometheus.scrapeIntervalSeconds,
      expectedRequestsPerSecond: sample.loadRequestsPerSecond,
    },
    { ...inCluster, dependsOn: [sample, adapter] },
  );

  return {
    kubeconfig: cluster.kubeconfig,
    kubeconfigCommand:
      "pulumi stack output kubeconfig --show-secrets > kubeconfig.json && export KUBECONFIG=$PWD/kubeconfig.json",
    loadCommand: sample.loadCommand,
    watchCommand: pulumi.interpolate`kubectl -n ${podinfo.namespace} get hpa/${podinfo.name} --watch`,
    grafanaCommand: pulumi.interpolate`kubectl -n ${prometheus.namespace} port-forward svc/grafana 3000 # http://localhost:3000`,
    // What the nodes must be able to pull: docs/how-to/images.md.
    images: pulumi.all([sample.images, prometheus.images, adapter.images]).apply((lists) => lists.flat()),
  };
}
