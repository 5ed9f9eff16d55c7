import { NodePool, type NodePoolArgs } from "@pulumi/alicloud/cs";
import * as pulumi from "@pulumi/pulumi";
import { isGiven, onlyGiven, settled } from "../validation/inputs";
import type { AckClusterArgs } from "./args";
import { ignoredOfNodePool } from "./ignored";
import { AckClusterScalingType, AckClusterSpotStrategy, AckClusterTaintEffect } from "./nodeChoices";
import type { AckClusterNodePoolArgs } from "./nodePoolArgs";
import { isElastic, validateNodePool } from "./validateNodePool";

/** Makes one node pool of a cluster, called `<component>-pool-<pool>`. */
export function createNodePool(
  name: string,
  pool: string,
  args: AckClusterNodePoolArgs,
  cluster: { id: pulumi.Input<string> } & Pick<AckClusterArgs, "vswitchIds" | "tags" | "resourceGroupId">,
  child: pulumi.CustomResourceOptions,
): NodePool {
  const { extra, userData: _, ...checked } = args;
  const { labels, taints, dataDisks } = checked;
  const tags = mergedTags(cluster.tags, args.tags);
  // Without what may be a secret: a value that depends on a secret is one too.
  const known = settled(checked, (late) => validateNodePool(name, pool, late));
  return new NodePool(
    `${name}-pool-${pool}`,
    {
      clusterId: cluster.id,
      nodePoolName: pool,
      vswitchIds: args.vswitchIds ?? cluster.vswitchIds ?? [],
      // The late check hangs on what a change of which replaces nothing.
      instanceTypes: known.instanceTypes,
      systemDiskCategory: args.systemDiskCategory ?? "cloud_essd",
      systemDiskSize: args.systemDiskSize ?? 120,
      ...size(args),
      ...onlyGiven({ resourceGroupId: cluster.resourceGroupId, ...onlyGiven(passedOn(args)), tags }),
      ...(isGiven(labels) ? { labels: labelList(labels) } : {}),
      ...(isGiven(taints) ? { taints: taintList(taints) } : {}),
      ...(isGiven(dataDisks) ? { dataDisks: diskList(dataDisks) } : {}),
      ...onlyGiven(extra ?? {}),
    },
    { ...child, ignoreChanges: ignoredOfNodePool(args, tags) },
  );
}

/** The arguments that have the name and the type of the provider's. */
function passedOn(args: AckClusterNodePoolArgs) {
  const { keyName, systemDiskPerformanceLevel, spotStrategy, spotPriceLimits, imageType } = args;
  const { management, securityGroupIds, ramRoleName, resourceGroupId, userData } = args;
  return {
    ...{ keyName, systemDiskPerformanceLevel, spotStrategy, spotPriceLimits, imageType },
    ...{ management, securityGroupIds, ramRoleName, resourceGroupId, userData },
  };
}

/** The provider wants the size of a fixed pool as text. */
function size(args: AckClusterNodePoolArgs): Pick<NodePoolArgs, "desiredSize" | "scalingConfig"> {
  if (!isElastic(args)) return { desiredSize: pulumi.output(args.desiredSize).apply(String) };
  const { minSize = 0, maxSize } = args;
  return { scalingConfig: { enable: true, minSize, ...onlyGiven({ maxSize }), type: scalingType(args) } };
}

function scalingType(args: AckClusterNodePoolArgs): pulumi.Input<string> {
  if (isGiven(args.scalingType)) return args.scalingType;
  if (!isGiven(args.spotStrategy)) return AckClusterScalingType.Cpu;
  return pulumi
    .output(args.spotStrategy)
    .apply((strategy) =>
      strategy === AckClusterSpotStrategy.NoSpot ? AckClusterScalingType.Cpu : AckClusterScalingType.Spot,
    );
}

function mergedTags(cluster: AckClusterArgs["tags"], pool: AckClusterArgs["tags"]): AckClusterArgs["tags"] {
  if (!isGiven(pool) || !isGiven(cluster)) return pool ?? cluster;
  return pulumi.all([cluster, pool]).apply(([shared, own]) => ({ ...shared, ...own }));
}

/** Sorted, so that the order in which a program writes them is no change. */
function labelList(
  labels: NonNullable<AckClusterNodePoolArgs["labels"]>,
): pulumi.Output<{ key: string; value: string }[]> {
  return pulumi.output(labels).apply((known) =>
    Object.entries(known)
      .map(([key, value]) => ({ key, value }))
      .sort((one, other) => (one.key < other.key ? -1 : 1)),
  );
}

/** Sorted by key and effect, for the same reason. */
function taintList(taints: NonNullable<AckClusterNodePoolArgs["taints"]>): NonNullable<NodePoolArgs["taints"]> {
  return pulumi.output(taints).apply((known) =>
    known
      .map((taint) => ({
        ...onlyGiven(taint),
        key: taint.key,
        effect: taint.effect ?? AckClusterTaintEffect.NoSchedule,
      }))
      .sort((one, other) => (`${one.key} ${one.effect}` < `${other.key} ${other.effect}` ? -1 : 1)),
  );
}

/**
 * In the order of the program, which is that of the devices. The provider's own defaults are an older category and 40.
 * The level is the one that ECS picks: if the program left it out, each preview would show its removal.
 */
function diskList(disks: NonNullable<AckClusterNodePoolArgs["dataDisks"]>): NonNullable<NodePoolArgs["dataDisks"]> {
  return pulumi.output(disks).apply((known) =>
    known.map((disk) => {
      const { category = "cloud_essd", size = 120, ...others } = onlyGiven(disk);
      return { category, size, ...(category === "cloud_essd" ? { performanceLevel: "PL1" } : {}), ...others };
    }),
  );
}
