import { Network, Switch } from "@pulumi/alicloud/vpc";
import * as pulumi from "@pulumi/pulumi";
import { isGiven, onlyGiven, settled } from "../validation/inputs";
import type { MeshNetworkArgs, MeshNetworkExistingArgs } from "./args";
import { createNat, type NatSwitch } from "./nat";
import { VPC_BLOCK, validateNetwork } from "./validate";

/**
 * The network of a cluster and its mesh: a VPC with a vSwitch of nodes in each zone, and for Terway also a vSwitch of
 * pods. They can be in an existing VPC, and reach the internet through a NAT gateway. With `existing` it is an existing
 * network, which the component does not change.
 */
export class MeshNetwork extends pulumi.ComponentResource {
  /** Id of the VPC. */
  public readonly vpcId: pulumi.Output<string>;
  /** Ids of the vSwitches of nodes, in the order of the zones. */
  public readonly nodeVswitchIds: pulumi.Output<string[]>;
  /**
   * Id of the first zone's vSwitch of nodes, for the mesh's control plane. It stays the same if you add a zone at the
   * end.
   */
  public readonly meshVswitchId: pulumi.Output<string>;
  /** Ids of the vSwitches of pods, in the order of the zones. Empty if no zone has a podCidr. */
  public readonly podVswitchIds: pulumi.Output<string[]>;

  /** @throws pulumi.InputPropertiesError with all problems of the arguments at once, before anything is registered. */
  constructor(name: string, args: MeshNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    args = validateNetwork(name, args);
    super("asm-autoscaler:index:MeshNetwork", name, args, opts);

    const ids = args.existing ? existingIds(name, args.existing) : createNetwork(name, args, { parent: this });
    this.vpcId = ids.vpcId;
    this.nodeVswitchIds = ids.nodeVswitchIds;
    this.podVswitchIds = ids.podVswitchIds;
    this.meshVswitchId = ids.meshVswitchId;
    this.registerOutputs({ ...ids });
  }
}

interface NetworkIds {
  readonly vpcId: pulumi.Output<string>;
  readonly nodeVswitchIds: pulumi.Output<string[]>;
  readonly podVswitchIds: pulumi.Output<string[]>;
  readonly meshVswitchId: pulumi.Output<string>;
}

function existingIds(name: string, existing: MeshNetworkExistingArgs): NetworkIds {
  const known = settled(existing, (ids) => validateNetwork(name, { existing: ids }).existing);
  return {
    vpcId: known.vpcId,
    nodeVswitchIds: known.nodeVswitchIds,
    podVswitchIds: known.apply(({ podVswitchIds }) => podVswitchIds ?? []),
    meshVswitchId: known.nodeVswitchIds.apply(([first = ""]) => first),
  };
}

function createNetwork(name: string, args: MeshNetworkArgs, child: pulumi.CustomResourceOptions): NetworkIds {
  const { zones = [], tags } = args;
  const known = settled(args, (late) => validateNetwork(name, late));
  const { vpcId, networkName } = isGiven(args.vpcId)
    ? // The late check hangs on the names of the switches, whose change replaces nothing.
      { vpcId: pulumi.output(args.vpcId), networkName: known.apply((late) => late.networkName ?? name) }
    : createVpc(name, args, known, child);

  const createSwitch = (part: string, zoneId: string, block: pulumi.Input<string>): NatSwitch => ({
    name: `${part}-${zoneId}`,
    id: new Switch(
      `${name}-${part}-${zoneId}`,
      {
        vpcId,
        zoneId,
        cidrBlock: block,
        vswitchName: pulumi.interpolate`${networkName}-${part}-${zoneId}`,
        ...onlyGiven({ tags }),
      },
      child,
    ).id,
  });
  const nodes = zones.map(({ zoneId, nodeCidr }) => createSwitch("node", zoneId, nodeCidr));
  const pods = zones.flatMap(({ zoneId, podCidr }) => (isGiven(podCidr) ? [createSwitch("pod", zoneId, podCidr)] : []));
  createNat(name, args, vpcId, [...nodes, ...pods], child);
  return {
    vpcId,
    nodeVswitchIds: pulumi.all(nodes.map(({ id }) => id)),
    // By itself: the list as a whole is unknown while one switch of it is new, and a mesh on another switch is replaced.
    meshVswitchId: pulumi.output(nodes[0]?.id ?? ""),
    podVswitchIds: pulumi.all(pods.map(({ id }) => id)),
  };
}

function createVpc(
  name: string,
  args: MeshNetworkArgs,
  known: pulumi.Output<pulumi.Unwrap<MeshNetworkArgs>>,
  child: pulumi.CustomResourceOptions,
): { vpcId: pulumi.Output<string>; networkName: pulumi.Input<string> } {
  const { networkName = name, tags, resourceGroupId } = args;
  // The late check hangs on the VPC's block: it comes before any switch, and a change of it is no replacement.
  const cidrBlock = known.apply((late) => late.cidrBlock ?? VPC_BLOCK);
  const vpc = new Network(
    `${name}-vpc`,
    { vpcName: networkName, cidrBlock, ...onlyGiven({ tags, resourceGroupId }) },
    child,
  );
  return { vpcId: vpc.id, networkName };
}
