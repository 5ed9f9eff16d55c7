import type { NodePoolArgs } from "@pulumi/alicloud/cs";
import type * as pulumi from "@pulumi/pulumi";
import type {
  AckClusterImageType,
  AckClusterScalingType,
  AckClusterSpotStrategy,
  AckClusterTaintEffect,
} from "./nodeChoices";
import type { AckClusterDataDiskArgs, AckClusterDiskPerformanceLevel } from "./nodeDiskArgs";

/**
 * A node pool: fixed with desiredSize, or elastic with maxSize. A pool cannot change from one to the other: create one
 * with another name.
 */
export interface AckClusterNodePoolArgs {
  /** Instance types, such as ecs.g7.xlarge, at least one, in order of preference. A change applies to new nodes. */
  instanceTypes: pulumi.Input<pulumi.Input<string>[]>;
  /** Number of nodes, 0 to 2000. With it, the pool is fixed. Give either it or maxSize. */
  desiredSize?: pulumi.Input<number>;
  /** Minimum number of nodes of an elastic pool, 0 to maxSize. Only with maxSize. Defaults to 0. */
  minSize?: pulumi.Input<number>;
  /**
   * Maximum number of nodes, 0 to 2000. With it, the pool is elastic: the Cluster Autoscaler sets the size. Give either
   * it or desiredSize.
   */
  maxSize?: pulumi.Input<number>;
  /** Name of the SSH key pair of the nodes. Defaults to the pool's current setting, at first none. */
  keyName?: pulumi.Input<string>;
  /** Category of the system disk. Defaults to cloud_essd. A change applies to new nodes. */
  systemDiskCategory?: pulumi.Input<string>;
  /** Size of the system disk in GiB, 20 to 2048. Defaults to 120. A change applies to new nodes. */
  systemDiskSize?: pulumi.Input<number>;
  /** Performance level of a system disk of the category cloud_essd. Defaults to ACK's choice. */
  systemDiskPerformanceLevel?: pulumi.Input<AckClusterDiskPerformanceLevel>;
  /**
   * Data disks of each node, at most 16. Defaults to the pool's current data disks, at first none. A change applies to
   * new nodes.
   */
  dataDisks?: pulumi.Input<pulumi.Input<AckClusterDataDiskArgs>[]>;
  /**
   * Labels of the nodes. Defaults to the pool's current labels. An empty map changes nothing, because Alibaba Cloud's
   * Pulumi provider does not send it.
   */
  labels?: pulumi.Input<{ [name: string]: pulumi.Input<string> }>;
  /**
   * Taints of the nodes, in any order. Defaults to the pool's current taints. An empty list changes nothing, because
   * Alibaba Cloud's Pulumi provider does not send it.
   */
  taints?: pulumi.Input<pulumi.Input<AckClusterTaintArgs>[]>;
  /** Tags of the nodes, beside those of the cluster. Of two tags with one name, the pool's wins. */
  tags?: pulumi.Input<{ [name: string]: pulumi.Input<string> }>;
  /**
   * Whether the nodes are spot instances, which cost less and can be reclaimed at any time. Defaults to the pool's
   * current setting, at first NoSpot. A change applies to new nodes.
   */
  spotStrategy?: pulumi.Input<AckClusterSpotStrategy>;
  /** Maximum price of each instance type. Required for SpotWithPriceLimit, and only allowed with it. */
  spotPriceLimits?: pulumi.Input<pulumi.Input<AckClusterSpotPriceLimitArgs>[]>;
  /**
   * Kind of the instances of an elastic pool, from which the node autoscaler learns what a new node can run. Set Gpu for
   * GPU instance types, such as those of ecs.gn7i. Only with maxSize. Defaults to Spot if spotStrategy is set to one of
   * the spot strategies, else to Cpu.
   */
  scalingType?: pulumi.Input<AckClusterScalingType>;
  /**
   * Operating system of the nodes. For ARM instance types, such as those of ecs.g8y, choose a type that ends with Arm64.
   * Defaults to ACK's choice. A change applies to new nodes.
   */
  imageType?: pulumi.Input<AckClusterImageType>;
  /**
   * What ACK does to the nodes on its own: repair, upgrades and security patches, in the maintenanceWindow of the
   * cluster. Not for a cluster with the spec Standard. Defaults to the pool's current setting, at first none of them.
   */
  management?: pulumi.Input<AckClusterNodePoolManagementArgs>;
  /**
   * Ids of the vSwitches of the nodes, at least one, in the VPC of the cluster. Defaults to the vswitchIds of the
   * cluster. A change applies to new nodes.
   */
  vswitchIds?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Ids of the security groups of the nodes, at least one. Defaults to the security group of the cluster. A change
   * replaces the pool and its nodes.
   */
  securityGroupIds?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Name of the RAM role of the nodes. Its name must not begin with KubernetesWorkerRole, unless it is the role of the
   * cluster. Defaults to the role of the cluster. A change replaces the pool and its nodes.
   */
  ramRoleName?: pulumi.Input<string>;
  /** Id of the resource group of the pool. Defaults to that of the cluster. A change is made in place. */
  resourceGroupId?: pulumi.Input<string>;
  /** Script that a new node runs after it joined the cluster, in base64. Defaults to none. */
  userData?: pulumi.Input<string>;
  /**
   * More arguments of the provider's NodePool, by its names and in its types. They are merged over the inputs that the
   * arguments above make. These may not be set here: name, nodePoolName, vswitchIds, instanceTypes, instances,
   * nodeCount, desiredSize and scalingConfig.
   */
  extra?: AckClusterNodePoolExtraArgs;
}

/**
 * Arguments of NodePool of the package @pulumi/alicloud. Its documentation describes them:
 * https://www.pulumi.com/registry/packages/alicloud/api-docs/cs/nodepool/#inputs. A change of autoMode,
 * cisEnabled, deploymentSetId, instanceMetadataOptions, loginAsNonRoot, nodeNameMode, ramRoleName,
 * securityGroupIds, securityHardeningOs, socEnabled, teeConfig or type replaces the pool and its nodes.
 */
export interface AckClusterNodePoolExtraArgs extends Partial<Omit<NodePoolArgs, "clusterId">> {}

/** A taint of all nodes of a pool. */
export interface AckClusterTaintArgs {
  /** Key of the taint, such as dedicated. */
  key: pulumi.Input<string>;
  /** Value of the taint. Defaults to none. */
  value?: pulumi.Input<string>;
  /** What happens to pods without a toleration. Defaults to NoSchedule. */
  effect?: pulumi.Input<AckClusterTaintEffect>;
}

/** Maximum price of an instance type. */
export interface AckClusterSpotPriceLimitArgs {
  /** One of the instanceTypes of the pool. */
  instanceType: pulumi.Input<string>;
  /** Maximum price of an hour, in the currency of the account, as text such as "0.25". */
  priceLimit: pulumi.Input<string>;
}

/** What ACK does to the nodes of a pool on its own. Names and types are those of the provider. */
export interface AckClusterNodePoolManagementArgs {
  /** Whether the pool is managed. The other settings need it. Defaults to true. */
  enable?: pulumi.Input<boolean>;
  /** Whether ACK repairs nodes that fail. Defaults to the pool's current setting. */
  autoRepair?: pulumi.Input<boolean>;
  /** How ACK repairs nodes. */
  autoRepairPolicy?: pulumi.Input<AckClusterAutoRepairPolicyArgs>;
  /** Whether ACK upgrades nodes. Defaults to the pool's current setting. */
  autoUpgrade?: pulumi.Input<boolean>;
  /** What ACK upgrades. */
  autoUpgradePolicy?: pulumi.Input<AckClusterAutoUpgradePolicyArgs>;
  /** Whether ACK patches vulnerabilities of the operating system. Defaults to the pool's current setting. */
  autoVulFix?: pulumi.Input<boolean>;
  /** Which vulnerabilities ACK patches, and how. */
  autoVulFixPolicy?: pulumi.Input<AckClusterAutoVulFixPolicyArgs>;
  /** Maximum number of nodes that are unavailable at a time, 1 to 1000. Defaults to the pool's current setting. */
  maxUnavailable?: pulumi.Input<number>;
}

/** How ACK repairs nodes. */
export interface AckClusterAutoRepairPolicyArgs {
  /** Whether ACK may restart a node. */
  restartNode?: pulumi.Input<boolean>;
}

/** What ACK upgrades. */
export interface AckClusterAutoUpgradePolicyArgs {
  /** Whether ACK upgrades the kubelet. */
  autoUpgradeKubelet?: pulumi.Input<boolean>;
}

/** Which vulnerabilities ACK patches, and how. */
export interface AckClusterAutoVulFixPolicyArgs {
  /** Levels of vulnerabilities, such as "asap,nntf". */
  vulLevel?: pulumi.Input<string>;
  /** Whether ACK may restart a node. */
  restartNode?: pulumi.Input<boolean>;
}
