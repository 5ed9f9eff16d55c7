import { AckCluster, type AckClusterArgs } from "../src/cluster";
import { type RecordedCloud, recordCloud } from "./recordCloud";

export const CLUSTER = "alicloud:cs/managedKubernetes:ManagedKubernetes";
export const POOL = "alicloud:cs/nodePool:NodePool";
export const ADDON = "alicloud:cs/kubernetesAddon:KubernetesAddon";
export const AUTOSCALER = "alicloud:cs/autoscalingConfig:AutoscalingConfig";
export const PROVIDER = "pulumi:providers:kubernetes";

const system = { instanceTypes: ["ecs.g7.xlarge"], desiredSize: 2 };

/** Arguments that suffice, of a cluster with Terway. */
export const terway: AckClusterArgs = {
  vswitchIds: ["vsw-node"],
  podVswitchIds: ["vsw-pod"],
  nodePools: { system },
};

/** The same with Flannel. */
export const flannel: AckClusterArgs = { vswitchIds: ["vsw-node"], podCidr: "172.20.0.0/16", nodePools: { system } };

/** With a pool that the autoscaler changes. */
export const withElastic: AckClusterArgs = {
  ...terway,
  nodePools: { system, elastic: { instanceTypes: ["ecs.g7.xlarge"], maxSize: 10 } },
};

/** What an AckCluster called `ack` registers and asks. */
export function recordCluster(args: AckClusterArgs, preview = false): Promise<RecordedCloud> {
  return recordCloud(() => void new AckCluster("ack", args), { preview });
}
