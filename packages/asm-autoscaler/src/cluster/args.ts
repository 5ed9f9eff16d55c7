import type * as pulumi from "@pulumi/pulumi";
import type { AckClusterNodePoolArgs } from "./nodePoolArgs";
import type {
  AckClusterAuditLogArgs,
  AckClusterMaintenanceWindowArgs,
  AckClusterOperationPolicyArgs,
} from "./operationsArgs";

/** Arguments of an AckCluster: either those of a new cluster, or existing. */
export interface AckClusterArgs {
  /**
   * Ids of the vSwitches of the control plane and of the nodes, 1 to 5. The cluster is in the VPC of the first one.
   * Required for a new cluster. A change restarts the control plane.
   */
  vswitchIds?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Ids of the vSwitches that pods get their addresses from, in the zones of the nodes. The cluster then uses Terway. A
   * new cluster requires exactly one of podVswitchIds and podCidr. Applied when the cluster is created; a later change
   * has no effect.
   */
  podVswitchIds?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * IPv4 CIDR block of the pods, outside the VPC's, with a prefix length of 8 to 24. Each node takes a /24 of it. The
   * cluster then uses Flannel. A new cluster requires exactly one of podVswitchIds and podCidr. A change replaces the
   * cluster.
   */
  podCidr?: pulumi.Input<string>;
  /**
   * IPv4 CIDR block of the Services, outside the VPC's, with a prefix length of 12 to 24. Defaults to 172.21.0.0/20. A
   * change replaces the cluster.
   */
  serviceCidr?: pulumi.Input<string>;
  /** Name of the cluster, 2 to 63 characters, unique in the account. Defaults to the component's name. */
  clusterName?: pulumi.Input<string>;
  /** Size of the control plane. It can be raised in place. Defaults to ProSmall. */
  clusterSpec?: pulumi.Input<AckClusterSpec>;
  /**
   * Kubernetes version, such as 1.34.1-aliyun.1. A higher version upgrades in place. Defaults to the newest version
   * when the cluster is created.
   */
  kubernetesVersion?: pulumi.Input<string>;
  /**
   * Node pools by name. Required for a new cluster. Renaming a pool replaces it. At least one pool must always have a
   * node, because the system's pods and the node autoscaler run there.
   */
  nodePools?: { [name: string]: AckClusterNodePoolArgs };
  /**
   * Settings of the node autoscaler, which adds nodes to and removes nodes from the elastic pools. Defaults to the
   * Cluster Autoscaler, with a scan every 30 seconds and removal of nodes that are idle for 10 minutes.
   */
  nodeAutoscaler?: AckClusterAutoscalerArgs;
  /**
   * Whether the API server has a public address. Without one, Pulumi must run where it reaches the VPC: inside it, or
   * through a VPN. Defaults to true. Applied when the cluster is created; a later change has no effect. With false,
   * Alibaba Cloud's Pulumi provider leaves the setting out and Alibaba Cloud decides. If the cluster then has a public
   * address, each run warns about it.
   */
  publicEndpoint?: pulumi.Input<boolean>;
  /**
   * Whether to create a NAT gateway, through which nodes pull images from the internet. Defaults to true. Applied when
   * the cluster is created; a later change has no effect. With false, Alibaba Cloud's Pulumi provider leaves the
   * setting out and Alibaba Cloud decides. After the first update, check in the console that the cluster has no NAT
   * gateway.
   */
  natGateway?: pulumi.Input<boolean>;
  /**
   * Whether pods can assume RAM roles (RRSA). It cannot be disabled again. Defaults to the cluster's current setting.
   */
  enableRrsa?: pulumi.Input<boolean>;
  /**
   * Whether deletion is refused, by Pulumi and by the cloud. Pulumi also refuses a replacement. Set it to false and run
   * `pulumi up` before you destroy or replace the cluster. Defaults to true. A change is made in place. If the value is
   * an Output, only the cloud refuses a deletion, and Pulumi does not.
   */
  deletionProtection?: pulumi.Input<boolean>;
  /**
   * Components of the control plane whose logs are kept, such as apiserver, kcm and scheduler. Defaults to the cluster's
   * current setting. An empty list changes nothing, because Alibaba Cloud's Pulumi provider does not send it.
   */
  controlPlaneLogs?: pulumi.Input<pulumi.Input<string>[]>;
  /** Days that the logs of controlPlaneLogs are kept, as text. Only with controlPlaneLogs. Defaults to "30". */
  controlPlaneLogTtl?: pulumi.Input<string>;
  /**
   * Name of the project of Simple Log Service for the logs of controlPlaneLogs. Only with controlPlaneLogs. Defaults to
   * k8s-log- and the id of the cluster.
   */
  controlPlaneLogProject?: pulumi.Input<string>;
  /** Log of the requests to the API server. Defaults to the cluster's current setting. A change is made in place. */
  auditLogConfig?: pulumi.Input<AckClusterAuditLogArgs>;
  /**
   * Id of the KMS key that encrypts the Secrets of the cluster. Not for a cluster with the spec Standard. Defaults to the
   * cluster's current setting, at first none. A change is made in place. Without the argument, the cluster keeps its key.
   */
  encryptionProviderKey?: pulumi.Input<string>;
  /**
   * Whether the Secrets are not encrypted. Defaults to false if encryptionProviderKey is set, else to the cluster's
   * current setting.
   */
  disableEncryption?: pulumi.Input<boolean>;
  /**
   * When ACK maintains the cluster and its managed node pools. Defaults to the cluster's current setting. A change is made
   * in place.
   */
  maintenanceWindow?: pulumi.Input<AckClusterMaintenanceWindowArgs>;
  /**
   * Whether ACK upgrades Kubernetes in the maintenanceWindow, which it needs. It cannot be combined with
   * kubernetesVersion. Defaults to the cluster's current setting. A change is made in place.
   */
  operationPolicy?: pulumi.Input<AckClusterOperationPolicyArgs>;
  /**
   * Id of the resource group of the cluster and of its node pools. Defaults to the account's default resource group. A
   * change is made in place.
   */
  resourceGroupId?: pulumi.Input<string>;
  /** Tags of the cluster and its node pools. Defaults to their current tags. An empty map removes all tags. */
  tags?: pulumi.Input<{ [name: string]: pulumi.Input<string> }>;
  /**
   * Additional addons. The addon of the pod network, csi-plugin, csi-provisioner and metrics-server are always
   * installed. An addon of the same name replaces one of these. Applied when the cluster is created; a later change has
   * no effect. Use managedAddons to change an addon later.
   */
  addons?: pulumi.Input<pulumi.Input<AckClusterAddonArgs>[]>;
  /**
   * Addons by name whose version and configuration can change later. One that is already installed is taken over, also
   * one of addons, and also a component of the control plane, such as kube-controller-manager. An addon that you remove
   * from the program stays installed as it is.
   */
  managedAddons?: { [name: string]: AckClusterManagedAddonArgs };
  /** How the kubeconfig authenticates. Defaults to Certificate. */
  credentials?: AckClusterCredentials;
  /** Lifetime of temporary credentials in minutes, 15 to 4320. It must be longer than a Pulumi run. Defaults to 120. */
  temporaryMinutes?: pulumi.Input<number>;
  /** An existing cluster. The component then creates only the Kubernetes provider. */
  existing?: AckClusterExistingArgs;
}

/** Size of the control plane of a cluster. */
export const AckClusterSpec = {
  /** ack.standard: no service level agreement, no managed node pools and no control plane logs. */
  Standard: "Standard",
  /** ack.pro.small. */
  ProSmall: "ProSmall",
  /** ack.pro.xlarge. */
  ProXlarge: "ProXlarge",
  /** ack.pro.2xlarge. */
  Pro2xlarge: "Pro2xlarge",
  /** ack.pro.4xlarge. */
  Pro4xlarge: "Pro4xlarge",
} as const;
export type AckClusterSpec = (typeof AckClusterSpec)[keyof typeof AckClusterSpec];

/** How a kubeconfig authenticates. */
export const AckClusterCredentials = {
  /** A client certificate that is valid for years. It needs no program and no call of the cloud. */
  Certificate: "Certificate",
  /** The program ack-ram-tool, which must be on the PATH, gets a certificate for the user who runs Pulumi. */
  Exec: "Exec",
  /** A certificate that each run requests, so that each run updates the Kubernetes provider. */
  Temporary: "Temporary",
} as const;
export type AckClusterCredentials = (typeof AckClusterCredentials)[keyof typeof AckClusterCredentials];

/** Which program adds and removes the nodes of the elastic pools. */
export const AckClusterScalerType = {
  /** The Cluster Autoscaler of Kubernetes. */
  ClusterAutoscaler: "cluster-autoscaler",
  /**
   * ACK's node instant scaling. It reacts faster, and chooses among all instance types and zones of a pool. It needs
   * Kubernetes 1.24. https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/instant-elasticity
   */
  Goatscaler: "goatscaler",
} as const;
export type AckClusterScalerType = (typeof AckClusterScalerType)[keyof typeof AckClusterScalerType];

/** Settings of the node autoscaler, for all elastic pools. */
export interface AckClusterAutoscalerArgs {
  /** Which program scales the pools. Defaults to ClusterAutoscaler. A change is made in place. */
  scalerType?: pulumi.Input<AckClusterScalerType>;
  /** Interval between two scans for pods that wait for a node, in seconds, 1 to 3600. Defaults to 30. */
  scanIntervalSeconds?: pulumi.Input<number>;
  /**
   * Minutes that a node must be idle before it is removed. No node is removed in the same time after a node was added.
   * Defaults to 10.
   */
  scaleDownDelayMinutes?: pulumi.Input<number>;
  /** Share of a node's capacity, between 0 and 1. A node whose pods request less is idle. Defaults to 0.5. */
  utilizationThreshold?: pulumi.Input<number>;
}

/** An addon of a cluster. */
export interface AckClusterAddonArgs {
  /** Name of the addon, such as arms-prometheus. */
  name: pulumi.Input<string>;
  /** Version of the addon. Defaults to the newest. */
  version?: pulumi.Input<string>;
  /** Configuration of the addon as JSON. Defaults to none. */
  config?: pulumi.Input<string>;
  /** Whether to leave the addon out, for one that is installed in another way. Defaults to false. */
  disabled?: pulumi.Input<boolean>;
}

/** Version and configuration of an addon that can change later. */
export interface AckClusterManagedAddonArgs {
  /** Version of the addon. A higher version upgrades it. Defaults to the installed one, at first the newest. */
  version?: pulumi.Input<string>;
  /**
   * Configuration of the addon as JSON. Only the given settings change. Defaults to the current configuration. ACK
   * describes the settings of the control plane of a Pro cluster:
   * https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/customize-ack-pro-control-plane-component-parameters
   */
  config?: pulumi.Input<string>;
}

/** An existing cluster. */
export interface AckClusterExistingArgs {
  /** Id of the cluster. */
  clusterId: pulumi.Input<string>;
  /** Id of the cluster's VPC. */
  vpcId: pulumi.Input<string>;
  /** Id of the cluster's security group. Defaults to none; the output is then empty. */
  securityGroupId?: pulumi.Input<string>;
  /**
   * Kubeconfig of the cluster as text, stored as a secret. Without it, credentials must be Temporary, and every preview
   * requests a kubeconfig.
   */
  kubeconfig?: pulumi.Input<string>;
}
