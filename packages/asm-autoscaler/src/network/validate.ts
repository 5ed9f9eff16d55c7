import { cidrErrors, contains, overlapErrors, type PlacedCidr, parseCidr, placedCidr } from "../validation/cidr";
import {
  cloudNameErrors,
  contradictedError,
  type InputError,
  misplacedError,
  missingErrors,
} from "../validation/inputErrors";
import { isGiven, knownValue } from "../validation/inputs";
import { validateArgs } from "../validation/validateArgs";
import type { MeshNetworkArgs, MeshNetworkExistingArgs, MeshNetworkZoneArgs } from "./args";

/**
 * Block of the VPC unless another is given: the largest private one, apart from ACK's usual blocks in 172.16.0.0/12.
 */
export const VPC_BLOCK = "10.0.0.0/8";

/** Prefix lengths that Alibaba Cloud takes for a VPC and for a switch. */
const VPC_PREFIX = { shortest: 8, longest: 28 };
const SWITCH_PREFIX = { shortest: 16, longest: 29 };

/** Validates the arguments of a MeshNetwork as far as they are known. @throws pulumi.InputPropertiesError */
export function validateNetwork<T extends MeshNetworkArgs>(name: string, args: T): T {
  return validateArgs("MeshNetwork", name, args, (known: MeshNetworkArgs) =>
    known.existing ? existingErrors(known.existing, known) : newErrors(name, known),
  );
}

function newErrors(name: string, args: MeshNetworkArgs): InputError[] {
  const zones = Array.isArray(args.zones) ? args.zones : [];
  // The block of an existing VPC is not known unless it is given.
  const block = knownValue(args.cidrBlock ?? (isGiven(args.vpcId) ? undefined : VPC_BLOCK));
  const blocks = zones.flatMap(zoneBlocks);
  return [
    ...missingErrors("zones", zones[0], "Set at least one zone, or existing"),
    ...cidrErrors("cidrBlock", block, VPC_PREFIX),
    ...cloudNameErrors("networkName", knownValue(args.networkName ?? name), 100),
    ...zones.flatMap(zoneErrors),
    ...mixedErrors(zones),
    ...outsideErrors(typeof block === "string" ? block : undefined, blocks),
    ...overlapErrors(blocks),
    ...natErrors(args),
  ];
}

function natErrors({ vpcId, natGateway, existingNat, resourceGroupId }: MeshNetworkArgs): InputError[] {
  const remedy = "Remove one of the two";
  return [
    ...(isGiven(existingNat)
      ? [
          ...missingErrors(
            "existingNat.snatTableId",
            knownValue(existingNat.snatTableId),
            "Set the id of the SNAT table",
          ),
          ...missingErrors("existingNat.snatIp", knownValue(existingNat.snatIp), "Set its public addresses"),
        ]
      : []),
    ...(isGiven(existingNat) && natGateway === true
      ? [misplacedError("existingNat", "natGateway creates another one", remedy)]
      : []),
    ...(isGiven(existingNat) && !isGiven(vpcId)
      ? [misplacedError("existingNat", "a new VPC has no NAT gateway", "Set vpcId, or set natGateway instead")]
      : []),
    ...(isGiven(vpcId) && isGiven(resourceGroupId) && natGateway !== true
      ? [misplacedError("resourceGroupId", "nothing is created that can be in one", "Remove resourceGroupId")]
      : []),
  ];
}

function zoneErrors(zone: MeshNetworkZoneArgs, index: number, zones: readonly MeshNetworkZoneArgs[]): InputError[] {
  const path = `zones[${index}]`;
  const earlier = zones.findIndex(({ zoneId }) => zoneId === zone.zoneId);
  const twice: InputError = {
    path: `${path}.zoneId`,
    code: "ASM_ZONE_TWICE",
    message: `Zone ${JSON.stringify(zone.zoneId)} is already used by zones[${earlier}]`,
    remedy: "Set each zone once, with a larger block if it needs more addresses",
  };
  return [
    ...missingErrors(`${path}.zoneId`, zone.zoneId, "Set the id of the zone, such as cn-hangzhou-k"),
    ...missingErrors(`${path}.nodeCidr`, knownValue(zone.nodeCidr), "Set the block of its nodes, such as 10.1.0.0/16"),
    ...cidrErrors(`${path}.nodeCidr`, knownValue(zone.nodeCidr), SWITCH_PREFIX),
    ...cidrErrors(`${path}.podCidr`, knownValue(zone.podCidr), SWITCH_PREFIX),
    ...(typeof zone.zoneId === "string" && earlier < index ? [twice] : []),
  ];
}

function zoneBlocks(zone: MeshNetworkZoneArgs, index: number): PlacedCidr[] {
  return [
    ...placedCidr(`zones[${index}].nodeCidr`, knownValue(zone.nodeCidr)),
    ...placedCidr(`zones[${index}].podCidr`, knownValue(zone.podCidr)),
  ];
}

/** Pods get addresses of the network in all zones or in none: a cluster has one kind of pod network. */
function mixedErrors(zones: readonly MeshNetworkZoneArgs[]): InputError[] {
  if (!zones.some(({ podCidr }) => isGiven(podCidr))) return [];
  return zones.flatMap(({ podCidr }, index): InputError[] => {
    if (isGiven(podCidr)) return [];
    return [
      {
        path: `zones[${index}].podCidr`,
        code: "ASM_POD_SWITCHES_MIXED",
        message: `zones[${index}] has no podCidr, but another zone has one`,
        remedy: "Set podCidr for every zone (Terway), or for none (Flannel)",
      },
    ];
  });
}

function outsideErrors(block: string | undefined, switches: readonly PlacedCidr[]): InputError[] {
  const vpc = block === undefined ? undefined : parseCidr(block);
  if (vpc === undefined) return [];
  return switches
    .filter((one) => !contains(vpc, one))
    .map(({ path, text }) => ({
      path,
      code: "ASM_CIDR_OUTSIDE",
      message: `${text} is not inside ${vpc.text}, the block of the VPC`,
      remedy: "Use a block inside it, or set cidrBlock to one that contains all vSwitches",
    }));
}

function existingErrors(given: MeshNetworkExistingArgs, { existing: _, ...others }: MeshNetworkArgs): InputError[] {
  return [
    ...Object.keys(others).map((path) => contradictedError(path, "network")),
    ...missingErrors("existing.vpcId", knownValue(given.vpcId), "Set the id of the VPC"),
    ...missingErrors("existing.nodeVswitchIds", firstSwitch(given), "Set at least one vSwitch of nodes"),
  ];
}

/** The first switch, known or not; nothing where there is none. */
function firstSwitch({ nodeVswitchIds }: MeshNetworkExistingArgs): unknown {
  const ids = knownValue(nodeVswitchIds);
  return Array.isArray(ids) ? ids[0] : ids;
}
