import * as pulumi from "@pulumi/pulumi";
import { isGiven, knownValue, onlyGiven, UNKNOWN } from "../validation/inputs";
import type { AckClusterArgs } from "./args";
import type { AckClusterNodePoolArgs } from "./nodePoolArgs";
import { networkAddon } from "./podNetwork";
import { isElastic } from "./validateNodePool";

/**
 * `ignoreChanges` of a cluster. If the program leaves out an argument for which the cloud returns a value, the provider
 * plans to remove it at the next update. For the first group, it would replace the cluster with all nodes.
 */
export function ignoredOfCluster(args: AckClusterArgs): string[] {
  return [
    // A change replaces the cluster, or with `autoMode` fails. ACK picks the value, for Terway another one than the
    // provider's default.
    ...["nodeCidrMask", "proxyMode", "clusterDomain", "autoMode"],
    // With Terway ACK may answer a block that nobody asked for; with Flannel the block is sent, and a change is meant.
    ...(networkAddon(args) === "flannel" ? [] : ["podCidr"]),
    // Answered by ACK and never sent.
    ...["timezone", "customSan", "workerVswitchIds"],
    // Read by the provider when the cluster is made and never again: an update would claim to do something.
    ...["addons", "podVswitchIds", "newNatGateway", "slbInternetEnabled"],
    // Left to the cluster unless they are given.
    ...absent({
      encryptionProviderKey: args.encryptionProviderKey,
      enableRrsa: args.enableRrsa,
      tags: args.tags,
      controlPlaneLogComponents: unlessEmpty(args.controlPlaneLogs),
    }),
  ];
}

/**
 * `ignoreChanges` of a node pool, for the same reason. No path has an index: the engine fails a preview if it cannot find
 * the element both in the state and in the program, for example when a pool gets its first data disk.
 */
export function ignoredOfNodePool(pool: AckClusterNodePoolArgs, tags: AckClusterArgs["tags"]): string[] {
  const { keyName, systemDiskPerformanceLevel, spotPriceLimits } = pool;
  const [labels, taints, dataDisks] = [pool.labels, pool.taints, pool.dataDisks].map(unlessEmpty);
  const ignored = [
    // The autoscaler sets it, and an update would set it back.
    ...(isElastic(pool) ? ["desiredSize"] : []),
    // A change replaces all nodes; never sent.
    ...["cisEnabled", "securityHardeningOs", "socEnabled", "loginAsNonRoot", "deploymentSetId"],
    // Left to the pool unless they are given: ACK also marks nodes of its own accord, and picks the level of a system
    // disk of the kind cloud_essd.
    ...absent({ keyName, systemDiskPerformanceLevel, spotPriceLimits, labels, taints, dataDisks, tags }),
    ...(isGiven(pool.management) ? absentParts("management", pool.management, ["maxUnavailable"]) : []),
  ];
  const given = Object.keys(onlyGiven(pool.extra ?? {}));
  return ignored.filter((path) => !given.includes(path.replace(/\..*/, "")));
}

/** Paths of the parts that an object leaves out. None while it is not known which these are. */
function absentParts<T extends object>(path: string, value: pulumi.Input<T>, parts: readonly (keyof T & string)[]) {
  const known = knownValue(value);
  return known === UNKNOWN ? [] : parts.filter((part) => !isGiven(known[part])).map((part) => `${path}.${part}`);
}

/**
 * The provider sends neither an empty list of these nor an empty map, so that each preview would show a change that
 * never comes.
 */
function unlessEmpty<T>(value: T): T | undefined {
  return typeof value === "object" &&
    value !== null &&
    !pulumi.Output.isInstance(value) &&
    Object.keys(value).length === 0
    ? undefined
    : value;
}

function absent(properties: { [name: string]: unknown }): string[] {
  return Object.entries(properties)
    .filter(([, value]) => !isGiven(value))
    .map(([name]) => name);
}
