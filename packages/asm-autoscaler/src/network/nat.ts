import { EipAddress, EipAssociation } from "@pulumi/alicloud/ecs";
import { NatGateway, SnatEntry } from "@pulumi/alicloud/vpc";
import type * as pulumi from "@pulumi/pulumi";
import { onlyGiven } from "../validation/inputs";
import type { MeshNetworkArgs } from "./args";

/** A switch whose addresses are translated, by a name that is unique in the network. */
export interface NatSwitch {
  readonly name: string;
  readonly id: pulumi.Output<string>;
}

/** Lets switches reach the internet, through a new or an existing NAT gateway. Without either, it makes nothing. */
export function createNat(
  name: string,
  args: MeshNetworkArgs,
  vpcId: pulumi.Input<string>,
  switches: readonly NatSwitch[],
  child: pulumi.CustomResourceOptions,
): void {
  const nat = args.natGateway === true ? newNat(name, args, vpcId, switches, child) : args.existingNat;
  if (nat === undefined) return;
  const { snatTableId, snatIp } = nat;
  for (const { name: part, id } of switches) {
    new SnatEntry(
      `${name}-snat-${part}`,
      { snatTableId, snatIp, sourceVswitchId: id, snatEntryName: `${name}-${part}` },
      { ...child, ...("ready" in nat ? { dependsOn: nat.ready } : {}) },
    );
  }
}

interface NewNat {
  readonly snatTableId: pulumi.Output<string>;
  readonly snatIp: pulumi.Output<string>;
  /** An entry can only use an address that is bound to the gateway. */
  readonly ready: pulumi.Resource;
}

function newNat(
  name: string,
  { networkName = name, tags, resourceGroupId }: MeshNetworkArgs,
  vpcId: pulumi.Input<string>,
  [first]: readonly NatSwitch[],
  child: pulumi.CustomResourceOptions,
): NewNat {
  const gateway = new NatGateway(
    `${name}-nat`,
    {
      ...{ vpcId, natGatewayName: networkName, natType: "Enhanced" },
      ...{ paymentType: "PayAsYouGo", internetChargeType: "PayByLcu" },
      ...onlyGiven({ vswitchId: first?.id, tags }),
    },
    // A gateway cannot move to another switch: it stays where it is when another zone comes first.
    { ...child, ignoreChanges: ["vswitchId"] },
  );
  const address = new EipAddress(
    `${name}-nat-address`,
    {
      ...{ addressName: networkName, bandwidth: "100", internetChargeType: "PayByTraffic", paymentType: "PayAsYouGo" },
      ...onlyGiven({ tags, resourceGroupId }),
    },
    child,
  );
  const ready = new EipAssociation(
    `${name}-nat-association`,
    { allocationId: address.id, instanceId: gateway.id },
    child,
  );
  // A gateway has one table; Pulumi's mocks have none.
  const snatTableId = gateway.snatTableIds.apply((ids) => (ids ?? "").split(",")[0] ?? "");
  return { snatTableId, snatIp: address.ipAddress, ready };
}
