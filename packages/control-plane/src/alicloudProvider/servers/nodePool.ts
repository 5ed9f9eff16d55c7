import { at, isObject, type Json, textAt } from "../../providerProtocol/json.ts";
import { completed, part, type Server } from "./server.ts";

/** A data disk with what ECS picks, as the provider's documentation has it. */
function withDiskChoices(disk: Json): Json {
  if (!isObject(disk) || disk["category"] !== "cloud_essd") return disk;
  return completed(disk, { performanceLevel: "PL1" });
}

/** ACK: node pools, the autoscaler's configuration and addons of a cluster. */
export const nodePoolServers: Readonly<Record<string, Server>> = {
  "alicloud:cs/nodePool:NodePool": {
    newId: (inputs, cloud) => `${textAt(inputs, "clusterId")}:${cloud.newId("np", 32)}`,
    choices: ({ id, inputs }) => ({
      // Programs do not set the current size of an elastic pool, but the API returns it.
      desiredSize: at(inputs, "scalingConfig", "enable") === true ? "2" : "0",
      systemDiskCategory: "cloud_essd",
      systemDiskCategories: ["cloud_essd"],
      systemDiskSize: 120,
      systemDiskPerformanceLevel: "PL0",
      systemDiskBurstingEnabled: false,
      systemDiskEncrypted: false,
      imageType: "AliyunLinux3",
      imageId: "aliyun_3_x64_20G_alibase_20250117.vhd",
      platform: "AliyunLinux",
      instanceChargeType: "PostPaid",
      internetMaxBandwidthOut: 0,
      installCloudMonitor: true,
      multiAzPolicy: "BALANCE",
      spotStrategy: "NoSpot",
      scalingPolicy: "release",
      cpuPolicy: "none",
      nodeNameMode: "",
      runtimeName: "containerd",
      runtimeVersion: "2.1.3",
      type: "ess",
      unschedulable: false,
      cisEnabled: false,
      socEnabled: false,
      loginAsNonRoot: false,
      securityHardeningOs: false,
      compensateWithOnDemand: false,
      deploymentSetId: "",
      keyName: "",
      userData: "",
      preUserData: "",
      resourceGroupId: "rg-acfm000000000",
      ramRoleName: `KubernetesWorkerRole-${id.slice(1, 9)}`,
      securityGroupId: part("sg-bp1", id),
      securityGroupIds: [part("sg-bp1", id)],
      scalingConfig: { enable: false, minSize: 0, maxSize: 0, type: "cpu" },
      management: { enable: false, autoRepair: false, autoUpgrade: false, autoVulFix: false, maxUnavailable: 1 },
      instanceMetadataOptions: { httpTokens: "optional" },
      autoMode: { enabled: false },
      teeConfig: { teeEnable: false },
    }),
    facts: ({ id, inputs }) => ({
      name: inputs["nodePoolName"] ?? "",
      nodePoolId: id.split(":")[1] ?? "",
      scalingGroupId: part("asg-bp1", id),
      nodeCount: Number(inputs["desiredSize"] ?? 2),
      ...(Array.isArray(inputs["dataDisks"]) && { dataDisks: inputs["dataDisks"].map(withDiskChoices) }),
    }),
  },
  "alicloud:cs/autoscalingConfig:AutoscalingConfig": {
    newId: (inputs) => textAt(inputs, "clusterId") ?? "",
    // The defaults in its documentation.
    choices: () => ({
      skipNodesWithSystemPods: true,
      skipNodesWithLocalStorage: false,
      daemonsetEvictionForNodes: false,
      maxGracefulTerminationSec: 14400,
      minReplicaCount: 0,
      recycleNodeDeletionEnabled: false,
      scaleUpFromZero: true,
    }),
  },
  "alicloud:cs/kubernetesAddon:KubernetesAddon": {
    newId: (inputs) => `${textAt(inputs, "clusterId")}:${textAt(inputs, "name")}`,
    choices: () => ({ version: "v1.2.3", config: "" }),
    facts: () => ({ canUpgrade: false, nextVersion: "", required: false }),
  },
};
