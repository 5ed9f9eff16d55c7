import type * as pulumi from "@pulumi/pulumi";

/** Arguments of an AckCluster: either what a new cluster is made of, or existing. */
export interface AckClusterArgs {
  /**
   * Ids of the switches of the control plane and of the nodes, 1 to 5; the first one's VPC is the cluster's. A change
   * restarts the control plane.
   */
  vswitchIds?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Ids of the switches that pods get their addresses from, in the zones of the nodes: the cluster then has Terway. It
   * is read when the cluster is made; a later change does nothing.
   */
  podVswitchIds?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * IPv4 block of the pods, outside the VPC's, with a prefix length from 8 to 24; each node takes a /24 of it: the
   * cluster then has Flannel. Exactly one of podVswitchIds and podCidr is given. A change replaces the cluster.
   */
  podCidr?: pulumi.Input<string>;
  /**
   * IPv4 block of the Services, outside the VPC's, with a prefix length from 12 to 24. Default 172.21.0.0/20. A change
   * replaces the cluster.
   */
  serviceCidr?: pulumi.Input<string>;
  /** Name of the cluster, 2 to 63 characters, unique in the account. Default is the component's name. */
  clusterName?: pulumi.Input<string>;
  /** Size of the control plane; it can grow in place. Default ack.pro.small. */
  clusterSpec?: pulumi.Input<AckClusterSpec>;
  /** Kubernetes version, such as 1.34.1-aliyun.1; a higher one upgrades in place. Default the newest when it is made. */
  kubernetesVersion?: pulumi.Input<string>;
  /**
   * Node pools by name; another name is another pool. At least one must keep a node, for the system's pods and the
   * autoscaler run there.
   */
  nodePools?: { [name: string]: AckClusterNodePoolArgs };
  /** How nodes are added to and taken from the elastic pools. Default 30 seconds between looks, 10 minutes idle. */
  nodeAutoscaler?: AckClusterAutoscalerArgs;
  /**
   * Whether the API server gets an address on the internet; without one Pulumi must run inside the VPC. It is read when
   * the cluster is made; a later change does nothing. The cloud's provider does not send false, so look in the console
   * after the first update. Default true.
   */
  publicEndpoint?: pulumi.Input<boolean>;
  /**
   * Whether a NAT gateway is made, through which nodes pull images from the internet. It is read when the cluster is
   * made; a later change does nothing. The cloud's provider does not send false, so look in the console after the
   * first update. Default true.
   */
  natGateway?: pulumi.Input<boolean>;
  /** Whether pods can take RAM roles (RRSA); it cannot be turned off again. Default is what the cluster has. */
  enableRrsa?: pulumi.Input<boolean>;
  /**
   * Whether the cloud refuses to delete the cluster. Default true; before a destroy run an update with false. A change
   * is made in place.
   */
  deletionProtection?: pulumi.Input<boolean>;
  /**
   * Parts of the control plane whose logs are kept for 30 days, such as apiserver, kcm and scheduler. Default is what
   * the cluster has; an empty list changes nothing, since the provider sends none.
   */
  controlPlaneLogs?: pulumi.Input<pulumi.Input<string>[]>;
  /** Tags of the cluster and its node pools. Default is what they have; an empty map removes all. */
  tags?: pulumi.Input<{ [name: string]: pulumi.Input<string> }>;
  /**
   * Addons beside the network's own, csi-plugin, csi-provisioner and metrics-server; one of the same name takes the
   * place of a stock one. They are read when the cluster is made; a later change does nothing.
   */
  addons?: AckClusterAddonArgs[];
  /** How the kubeconfig authenticates. Default Certificate. */
  credentials?: AckClusterCredentials;
  /** Minutes that temporary credentials hold, 15 to 4320; it must be longer than a run. Default 120. */
  temporaryMinutes?: pulumi.Input<number>;
  /** A cluster that is there already; nothing is made then but the provider. */
  existing?: AckClusterExistingArgs;
}

/** Sizes of a control plane. */
export const AckClusterSpec = {
  /** Without a service level agreement, managed node pools and control plane logs. */
  Standard: "ack.standard",
  ProSmall: "ack.pro.small",
  ProXlarge: "ack.pro.xlarge",
  Pro2xlarge: "ack.pro.2xlarge",
  Pro4xlarge: "ack.pro.4xlarge",
} as const;
export type AckClusterSpec = (typeof AckClusterSpec)[keyof typeof AckClusterSpec];

/** Ways in which a kubeconfig authenticates. */
export const AckClusterCredentials = {
  /** A client certificate that holds for years; it needs no program and no call of the cloud. */
  Certificate: "Certificate",
  /** The program ack-ram-tool, which must be on the PATH, gets a certificate for who runs Pulumi. */
  Exec: "Exec",
  /** A certificate that is asked for in each run, so that each run updates the provider. */
  Temporary: "Temporary",
} as const;
export type AckClusterCredentials = (typeof AckClusterCredentials)[keyof typeof AckClusterCredentials];

/**
 * A node pool: fixed with desiredSize, or elastic with maxSize. A pool does not turn from one into the other; give the
 * new one another name.
 */
export interface AckClusterNodePoolArgs {
  /** Instance types, such as ecs.g7.xlarge, at least one, in order of preference. A change is for new nodes. */
  instanceTypes: pulumi.Input<pulumi.Input<string>[]>;
  /** Number of nodes of a fixed pool, 0 to 2000. */
  desiredSize?: pulumi.Input<number>;
  /** The fewest nodes of an elastic pool, 0 to maxSize. Default 0. */
  minSize?: pulumi.Input<number>;
  /** The most nodes of an elastic pool, 0 to 2000. */
  maxSize?: pulumi.Input<number>;
  /** Name of the SSH key pair of the nodes. Default is what the pool has, which is none at first. */
  keyName?: pulumi.Input<string>;
  /** Kind of the system disk. Default cloud_essd. A change is for new nodes. */
  systemDiskCategory?: pulumi.Input<string>;
  /** Size of the system disk in GiB, 20 to 2048. Default 120. A change is for new nodes. */
  systemDiskSize?: pulumi.Input<number>;
  /** Labels of the nodes. Default is what the pool has; an empty map changes nothing, since the provider sends none. */
  labels?: pulumi.Input<{ [name: string]: pulumi.Input<string> }>;
}

/** How the Cluster Autoscaler works on all elastic pools. */
export interface AckClusterAutoscalerArgs {
  /** Seconds between two looks at pods that wait for a node, at least 1. Default 30. */
  scanIntervalSeconds?: pulumi.Input<number>;
  /** Minutes that a node must be idle, and that must have passed since a node was added, before one goes. Default 10. */
  scaleDownDelayMinutes?: pulumi.Input<number>;
  /** Share of a node's capacity that pods request, between 0 and 1, below which it is idle. Default 0.5. */
  utilizationThreshold?: pulumi.Input<number>;
}

/** An addon of a cluster. */
export interface AckClusterAddonArgs {
  /** Name of the addon, such as arms-prometheus. */
  name: pulumi.Input<string>;
  /** Version of the addon. Default the newest. */
  version?: pulumi.Input<string>;
  /** Configuration of the addon as JSON. Default none. */
  config?: pulumi.Input<string>;
  /** Whether the addon is left out, for one that is installed otherwise. Default false. */
  disabled?: pulumi.Input<boolean>;
}

/** A cluster that is there already. */
export interface AckClusterExistingArgs {
  /** Id of the cluster. */
  clusterId: pulumi.Input<string>;
  /** Id of the cluster's VPC. */
  vpcId: pulumi.Input<string>;
  /** Id of the cluster's security group. Default none, and the output is empty. */
  securityGroupId?: pulumi.Input<string>;
  /** Its kubeconfig as text; kept as a secret. Without it credentials must be Temporary, and every preview asks for one. */
  kubeconfig?: pulumi.Input<string>;
}
