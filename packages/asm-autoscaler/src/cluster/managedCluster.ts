import { AutoscalingConfig, ManagedKubernetes } from "@pulumi/alicloud/cs";
import type * as alicloud from "@pulumi/alicloud/types/input";
import * as pulumi from "@pulumi/pulumi";
import { knownValue, onlyGiven, protection, settled } from "../validation/inputs";
import { validateArgs } from "../validation/validateArgs";
import {
  type AckClusterArgs,
  type AckClusterAutoscalerArgs,
  AckClusterCredentials,
  AckClusterScalerType,
  AckClusterSpec,
} from "./args";
import { ignoredOfCluster } from "./ignored";
import { createManagedAddons } from "./managedAddons";
import { createNodePool } from "./nodePool";
import { operationsInputs } from "./operations";
import { networkAddon, podNetworkErrors, SERVICE_BLOCK } from "./podNetwork";
import { isElastic } from "./validateNodePool";

/** A cluster and what its pods run on. */
export interface ManagedCluster {
  readonly cluster: ManagedKubernetes;
  /** The cluster's id once the pools are there: what needs nodes can wait for it, as a mesh's agent does. */
  readonly clusterId: pulumi.Output<string>;
  /** What must be there before a pod can run: node pools and the autoscaler's configuration. */
  readonly nodes: pulumi.Resource[];
}

/** Makes a cluster with its node pools; where one of them is elastic, also the autoscaler's configuration. */
export function createManagedCluster(
  name: string,
  args: AckClusterArgs,
  child: { parent: pulumi.Resource },
): ManagedCluster {
  const cluster = createCluster(name, args, child);
  const { tags, resourceGroupId } = args;
  const pools = Object.entries(args.nodePools ?? {}).map(([pool, poolArgs]) => ({
    elastic: isElastic(poolArgs),
    resource: createNodePool(
      name,
      pool,
      poolArgs,
      { id: cluster.id, vswitchIds: args.vswitchIds ?? [], ...onlyGiven({ tags, resourceGroupId }) },
      child,
    ),
  }));
  const all = pools.map(({ resource }) => resource);
  const elastic = pools.filter((pool) => pool.elastic).map(({ resource }) => resource);
  const config =
    elastic.length > 0 ? [createAutoscaler(name, cluster.id, args.nodeAutoscaler ?? {}, elastic, child)] : [];
  createManagedAddons(name, args, cluster.id, { ...child, dependsOn: all });
  const ready = pulumi.all([cluster.id, pulumi.all(all.map((pool) => pool.clusterId))]);
  return { cluster, clusterId: ready.apply(([id]) => id), nodes: [...all, ...config] };
}

/** Sizes as ACK names them. */
const SPECS: Readonly<Record<AckClusterSpec, string>> = {
  Standard: "ack.standard",
  ProSmall: "ack.pro.small",
  ProXlarge: "ack.pro.xlarge",
  Pro2xlarge: "ack.pro.2xlarge",
  Pro4xlarge: "ack.pro.4xlarge",
};

function createCluster(name: string, args: AckClusterArgs, child: { parent: pulumi.Resource }): ManagedKubernetes {
  const { addons, podVswitchIds, podCidr, vswitchIds, kubernetesVersion, enableRrsa, tags } = args;
  const networks = { vswitchIds, podVswitchIds, podCidr, serviceCidr: args.serviceCidr, addons };
  // The late check hangs on the switches: a change of them, or one that is still unknown, replaces nothing.
  const checked = settled(networks, (known) => validateArgs("AckCluster", name, known, podNetworkErrors));
  return new ManagedKubernetes(
    `${name}-cluster`,
    {
      name: args.clusterName ?? name,
      clusterSpec: pulumi.output(args.clusterSpec ?? AckClusterSpec.ProSmall).apply((spec) => SPECS[spec]),
      vswitchIds: checked.apply((known) => known.vswitchIds ?? []),
      serviceCidr: args.serviceCidr ?? SERVICE_BLOCK,
      addons: clusterAddons(args),
      newNatGateway: args.natGateway ?? true,
      slbInternetEnabled: args.publicEndpoint ?? true,
      deletionProtection: args.deletionProtection ?? true,
      // A basic security group holds too few addresses for a Terway cluster of thousands of pods.
      isEnterpriseSecurityGroup: true,
      ...onlyGiven({ podVswitchIds, podCidr, version: kubernetesVersion, enableRrsa, tags }),
      ...operationsInputs(name, args),
      // With temporary credentials the state need not hold those that last for years.
      ...(args.credentials === AckClusterCredentials.Temporary ? { skipSetCertificateAuthority: true } : {}),
    },
    {
      ...child,
      // Otherwise a change of podCidr would delete first what is in the cluster, and fail only then.
      ...protection(knownValue(args.deletionProtection ?? true) === true),
      ignoreChanges: ignoredOfCluster(args),
      additionalSecretOutputs: ["certificateAuthority"],
    },
  );
}

/** What the cloud fills in and reads back: left out here, each of them would be shown as removed at every preview. */
const FILLED_IN_BY_THE_CLOUD = [
  "skipNodesWithSystemPods",
  "skipNodesWithLocalStorage",
  "daemonsetEvictionForNodes",
  "maxGracefulTerminationSec",
  "minReplicaCount",
  "recycleNodeDeletionEnabled",
];

/** One per cluster; its values are those of the Cluster Autoscaler's own defaults. */
function createAutoscaler(
  name: string,
  clusterId: pulumi.Output<string>,
  args: AckClusterAutoscalerArgs,
  elastic: pulumi.Resource[],
  child: { parent: pulumi.Resource },
): AutoscalingConfig {
  const delay = pulumi.interpolate`${args.scaleDownDelayMinutes ?? 10}m`;
  return new AutoscalingConfig(
    `${name}-autoscaler`,
    {
      clusterId,
      scalerType: args.scalerType ?? AckClusterScalerType.ClusterAutoscaler,
      scanInterval: pulumi.interpolate`${args.scanIntervalSeconds ?? 30}s`,
      // The provider's documentation and the cloud's disagree on which of the two is which.
      coolDownDuration: delay,
      unneededDuration: delay,
      utilizationThreshold: pulumi.interpolate`${args.utilizationThreshold ?? 0.5}`,
      expander: "least-waste",
      scaleDownEnabled: true,
      scaleUpFromZero: true,
    },
    { ...child, dependsOn: elastic, ignoreChanges: FILLED_IN_BY_THE_CLOUD },
  );
}

/** Installed with every cluster: volumes (Prometheus keeps its data on one) and the readings of CPU and memory. */
const STOCK = [{ name: "csi-plugin" }, { name: "csi-provisioner" }, { name: "metrics-server" }];

/** Installed unless it is disabled; traffic of a mesh comes in through its own gateway. */
const UNWANTED = { name: "nginx-ingress-controller", disabled: true };

/**
 * The addons of a new cluster: the pods' network, the stock ones, then the given ones, which replace one of their name.
 */
function clusterAddons(
  args: Pick<AckClusterArgs, "addons" | "podVswitchIds">,
): pulumi.Output<alicloud.cs.ManagedKubernetesAddon[]> {
  const stock = [{ name: networkAddon(args) }, ...STOCK, UNWANTED];
  return pulumi.output(args.addons ?? []).apply((given) => {
    const names = new Set(given.map(({ name }) => name));
    return [...stock.filter(({ name }) => !names.has(name)), ...given];
  });
}
