import { cidrErrors, overlapErrors, placedCidr } from "../validation/cidr";
import type { InputError } from "../validation/inputErrors";
import { entryPath, missingErrors } from "../validation/inputErrors";
import { isGiven, knownValue, UNKNOWN } from "../validation/inputs";
import type { AckClusterAddonArgs, AckClusterArgs } from "./args";

/** Block of the Services unless another is given; ACK's own default. */
export const SERVICE_BLOCK = "172.21.0.0/20";

/** The addon of each kind of pod network; a cluster has exactly one. */
const TERWAY = "terway-eniip";
const FLANNEL = "flannel";
const NETWORK_ADDONS = [TERWAY, FLANNEL, "terway", "terway-eni"];

/** Arguments of a cluster that set the addresses of its pods and Services. */
export type PodNetworkArgs = {
  [Name in "vswitchIds" | "podVswitchIds" | "podCidr" | "serviceCidr" | "addons" | "managedAddons"]?:
    | AckClusterArgs[Name]
    | undefined;
};

/** Network addon of the arguments: Terway if pods get addresses of the VPC's vSwitches, else Flannel. */
export function networkAddon({ podVswitchIds }: PodNetworkArgs): string {
  return isGiven(podVswitchIds) ? TERWAY : FLANNEL;
}

/** Errors of the networks of a cluster, and of addons that contradict them. */
export function podNetworkErrors(args: PodNetworkArgs): InputError[] {
  const serviceCidr = knownValue(args.serviceCidr ?? SERVICE_BLOCK);
  return [
    ...switchErrors(args),
    ...kindErrors(args),
    ...cidrErrors("podCidr", knownValue(args.podCidr), { shortest: 8, longest: 24 }),
    ...cidrErrors("serviceCidr", serviceCidr, { shortest: 12, longest: 24 }),
    ...overlapErrors([...placedCidr("serviceCidr", serviceCidr), ...placedCidr("podCidr", knownValue(args.podCidr))]),
    ...addonsErrors(args),
    ...Object.keys(args.managedAddons ?? {}).flatMap((name) =>
      addonErrors(entryPath("managedAddons", name), { name }, networkAddon(args)),
    ),
  ];
}

function addonsErrors(args: PodNetworkArgs): InputError[] {
  const addons = knownValue(args.addons);
  if (!Array.isArray(addons)) return [];
  return addons.flatMap((input, index) => {
    const addon = knownValue(input);
    return addon === UNKNOWN ? [] : addonErrors(`addons[${index}]`, addon, networkAddon(args));
  });
}

function switchErrors({ vswitchIds }: PodNetworkArgs): InputError[] {
  const ids = knownValue(vswitchIds);
  if (ids === UNKNOWN || (Array.isArray(ids) && ids.length >= 1 && ids.length <= 5)) return [];
  if (!Array.isArray(ids)) return missingErrors("vswitchIds", ids, "Set one to five vSwitches of nodes, or existing");
  return [
    {
      path: "vswitchIds",
      code: "ASM_SWITCH_COUNT",
      message: `There are ${ids.length} vSwitches, and a cluster takes 1 to 5`,
    },
  ];
}

function kindErrors({ podVswitchIds, podCidr }: PodNetworkArgs): InputError[] {
  const wrong = (message: string): InputError[] => [
    {
      path: "podVswitchIds",
      code: "ASM_POD_NETWORK_KIND",
      message,
    },
  ];
  if (isGiven(podVswitchIds) && isGiven(podCidr)) return wrong("There are both podVswitchIds and podCidr");
  if (!isGiven(podVswitchIds) && !isGiven(podCidr)) return wrong("There is neither podVswitchIds nor podCidr");
  const ids = knownValue(podVswitchIds);
  return Array.isArray(ids) && ids.length === 0 ? wrong("podVswitchIds is empty") : [];
}

function addonErrors(path: string, addon: AckClusterAddonArgs, network: string): InputError[] {
  const name = knownValue(addon.name);
  const wrong = (message: string): InputError[] => [
    {
      path,
      code: "ASM_CNI_CONTRADICTED",
      message,
      remedy: `Remove the addon: podVswitchIds selects ${TERWAY}, podCidr selects ${FLANNEL}`,
    },
  ];
  if (name === UNKNOWN || !isGiven(name)) return missingErrors(`${path}.name`, name, "Set the name of the addon");
  if (name === network && knownValue(addon.disabled) === true) {
    return wrong(`The addon ${name} is disabled, but the arguments select the pod network ${network}`);
  }
  if (name === network || !NETWORK_ADDONS.includes(name)) return [];
  return wrong(`The addon ${name} is a different pod network from ${network}, which the arguments select`);
}
