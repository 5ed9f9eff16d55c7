import { AckCluster, type AckClusterArgs, type AckClusterNodePoolArgs } from "@asm-autoscaler/asm-autoscaler/cluster";
import { ManagedPrometheus, type ManagedPrometheusArgs } from "@asm-autoscaler/asm-autoscaler/managedPrometheus";
import { AsmInstance, type AsmInstanceArgs } from "@asm-autoscaler/asm-autoscaler/mesh";
import { MeshNetwork, type MeshNetworkArgs } from "@asm-autoscaler/asm-autoscaler/network";
import type * as pulumi from "@pulumi/pulumi";

/** What differs from the platform of the tests. */
export interface PlatformChanges {
  network?: Partial<MeshNetworkArgs>;
  cluster?: Partial<AckClusterArgs>;
  system?: Partial<AckClusterNodePoolArgs>;
  elastic?: Partial<AckClusterNodePoolArgs>;
  mesh?: Partial<AsmInstanceArgs>;
  prometheus?: Partial<ManagedPrometheusArgs>;
  /** Options of all components. */
  options?: pulumi.ComponentResourceOptions;
}

/** The secrets of the platform, none of which may be readable in a state. */
export const secrets = {
  url: "https://cn-hangzhou.arms.aliyuncs.com:9443/api/v1/prometheus/5ecre7/1/c1/cn-hangzhou",
  authorization: "arms-t0ken-that-opens",
  grafanaPassword: "Gr4fana-pa55word",
};

const zone = { zoneId: "cn-hangzhou-k", nodeCidr: "10.1.0.0/16", podCidr: "10.4.0.0/16" };

/**
 * All that our components make in the cloud: a network, a Terway cluster with a fixed and an elastic pool, a mesh, ARMS.
 * @param prometheus Access to ARMS.
 */
export function platform(
  changes: PlatformChanges = {},
  prometheus: Partial<typeof secrets> = secrets,
): Promise<Record<string, unknown>> {
  const { options = {} } = changes;
  const network = new MeshNetwork("net", { zones: [zone], ...changes.network }, options);
  const cluster = new AckCluster(
    "ack",
    {
      vswitchIds: network.nodeVswitchIds,
      podVswitchIds: network.podVswitchIds,
      deletionProtection: false,
      nodePools: {
        system: { instanceTypes: ["ecs.g7.xlarge"], desiredSize: 2, ...changes.system },
        elastic: { instanceTypes: ["ecs.g7.xlarge"], minSize: 0, maxSize: 10, ...changes.elastic },
      },
      ...changes.cluster,
    },
    options,
  );
  const vswitchId = network.nodeVswitchIds.apply(([first]) => first ?? "");
  const mesh = new AsmInstance(
    "asm",
    { vpcId: network.vpcId, vswitchId, clusterId: cluster.clusterId, deletionProtection: false, ...changes.mesh },
    { ...options, dependsOn: [cluster] },
  );
  new ManagedPrometheus(
    "arms",
    { clusterId: cluster.clusterId, installAddon: true, grafana: true, ...prometheus, ...changes.prometheus },
    options,
  );
  return Promise.resolve({ clusterId: cluster.clusterId, kubeconfig: cluster.kubeconfig, meshId: mesh.meshId });
}

/** Takes our protective ignoreChanges away from all children. */
export const withoutIgnoreChanges: pulumi.ComponentResourceOptions = {
  transforms: [({ props, opts }) => ({ props, opts: { ...opts, ignoreChanges: [] } })],
};
