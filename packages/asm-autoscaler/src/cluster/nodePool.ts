import { NodePool } from "@pulumi/alicloud/cs";
import * as pulumi from "@pulumi/pulumi";
import { isGiven, onlyGiven, settled } from "../validation/inputs";
import type { AckClusterArgs, AckClusterNodePoolArgs } from "./args";
import { ignoredOfNodePool } from "./ignored";
import { isElastic, validateNodePool } from "./validateNodePool";

/** Makes one node pool of a cluster, called `<component>-pool-<pool>`. */
export function createNodePool(
  name: string,
  pool: string,
  args: AckClusterNodePoolArgs,
  cluster: { id: pulumi.Input<string> } & Pick<AckClusterArgs, "vswitchIds" | "tags">,
  child: pulumi.CustomResourceOptions,
): NodePool {
  const { vswitchIds = [], tags } = cluster;
  const { keyName, labels } = args;
  const known = settled(args, (late) => validateNodePool(name, pool, late));
  return new NodePool(
    `${name}-pool-${pool}`,
    {
      clusterId: cluster.id,
      nodePoolName: pool,
      vswitchIds,
      // The late check hangs on what a change of which replaces nothing.
      instanceTypes: known.instanceTypes,
      systemDiskCategory: args.systemDiskCategory ?? "cloud_essd",
      systemDiskSize: args.systemDiskSize ?? 120,
      ...size(args),
      ...onlyGiven({ keyName, tags }),
      ...(isGiven(labels) ? { labels: labelList(labels) } : {}),
    },
    { ...child, ignoreChanges: ignoredOfNodePool(args, tags) },
  );
}

/** The provider wants the size of a fixed pool as text. */
function size(
  args: AckClusterNodePoolArgs,
): Pick<ConstructorParameters<typeof NodePool>[1], "desiredSize" | "scalingConfig"> {
  if (!isElastic(args)) return { desiredSize: pulumi.output(args.desiredSize).apply(String) };
  return {
    scalingConfig: { enable: true, minSize: args.minSize ?? 0, ...onlyGiven({ maxSize: args.maxSize }), type: "cpu" },
  };
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
