import {
  countErrors,
  entryPath,
  type InputError,
  misplacedError,
  missingErrors,
  wholeNumberErrors,
} from "../validation/inputErrors";
import { isGiven, type Known, knownEntries, knownValue, UNKNOWN } from "../validation/inputs";
import { AckClusterSpotStrategy, AckClusterTaintEffect } from "./nodeChoices";
import type { AckClusterDataDiskArgs } from "./nodeDiskArgs";
import type { AckClusterNodePoolArgs } from "./nodePoolArgs";

/** Errors of what the nodes of a pool are, apart from the pool's size. @param path Of the pool. */
export function nodeErrors(path: string, pool: AckClusterNodePoolArgs): InputError[] {
  return [
    ...spotErrors(path, pool),
    ...kindErrors(path, pool),
    ...imageErrors(`${path}.imageType`, pool),
    ...taintErrors(`${path}.taints`, pool.taints),
    ...diskErrors(`${path}.dataDisks`, pool.dataDisks),
    ...managementErrors(`${path}.management`, pool.management),
    ...emptyErrors(`${path}.vswitchIds`, pool.vswitchIds, "Set at least one vSwitch, or remove vswitchIds"),
    ...emptyErrors(
      `${path}.securityGroupIds`,
      pool.securityGroupIds,
      "Set at least one security group, or remove securityGroupIds",
    ),
    ...extraErrors(`${path}.extra`, pool),
  ];
}

function spotErrors(path: string, pool: AckClusterNodePoolArgs): InputError[] {
  const strategy = knownValue(pool.spotStrategy);
  const limits = knownEntries(pool.spotPriceLimits);
  const limited = strategy === AckClusterSpotStrategy.SpotWithPriceLimit;
  if (strategy === UNKNOWN || limits === UNKNOWN) return [];
  const at = `${path}.spotPriceLimits`;
  if (!limited && limits.length > 0) {
    const remedy = "Set spotStrategy to SpotWithPriceLimit, or remove spotPriceLimits";
    return [misplacedError(at, "spotStrategy is not SpotWithPriceLimit", remedy)];
  }
  if (limited && limits.length === 0) return missingErrors(at, undefined, "Set a maximum price for each instance type");
  return limits.flatMap((limit, index) => {
    if (limit === UNKNOWN) return [];
    const one = `${at}[${index}]`;
    return [
      ...limitTypeErrors(`${one}.instanceType`, knownValue(limit.instanceType), pool),
      ...priceErrors(`${one}.priceLimit`, knownValue(limit.priceLimit)),
    ];
  });
}

function limitTypeErrors(path: string, type: Known<string>, pool: AckClusterNodePoolArgs): InputError[] {
  if (type === UNKNOWN || !isGiven(type)) return missingErrors(path, type, "Name one of the instanceTypes");
  const types = knownEntries(pool.instanceTypes);
  if (types === UNKNOWN || types.includes(UNKNOWN) || types.includes(type)) return [];
  return [misplacedError(path, `${type} is not one of the instanceTypes`, "Name one of the instanceTypes")];
}

function priceErrors(path: string, price: Known<string>): InputError[] {
  const remedy = 'Write the price of an hour as text, such as "0.25"';
  if (price === UNKNOWN || !isGiven(price)) return missingErrors(path, price, remedy);
  if (/^\d+(\.\d+)?$/.test(price) && Number(price) > 0) return [];
  return [{ path, code: "ASM_NUMBER_INVALID", message: `${JSON.stringify(price)} is not a price above 0`, remedy }];
}

function kindErrors(path: string, { scalingType, maxSize }: AckClusterNodePoolArgs): InputError[] {
  if (!isGiven(scalingType) || isGiven(maxSize)) return [];
  return [misplacedError(`${path}.scalingType`, "the pool is not elastic", "Set maxSize, or remove scalingType")];
}

/** Families with ARM processors: Yitian (g8y, c8y, r8y and later) and Ampere (g6r, c6r). */
const ARM = /^ecs\.[a-z]+(6r|\d+y)\./;

/** An image runs on the processors that it is made for, and a node that cannot start it never joins the cluster. */
function imageErrors(path: string, { imageType, instanceTypes }: AckClusterNodePoolArgs): InputError[] {
  const image = knownValue(imageType);
  const types = knownEntries(instanceTypes);
  // A custom image is for either.
  if (typeof image !== "string" || image === "Custom" || types === UNKNOWN) return [];
  const arm = image.endsWith("Arm64");
  const wrong = types.find((type) => typeof type === "string" && ARM.test(type) !== arm);
  if (wrong === undefined) return [];
  return [
    {
      path,
      code: "ASM_NODE_IMAGE",
      message: `${image} is for ${arm ? "ARM" : "x86"} processors, and ${String(wrong)} has ${arm ? "x86" : "ARM"} processors`,
    },
  ];
}

function taintErrors(path: string, taints: AckClusterNodePoolArgs["taints"]): InputError[] {
  const known = knownEntries(taints);
  if (known === UNKNOWN) return [];
  const seen = new Map<string, number>();
  return known.flatMap((taint, index): InputError[] => {
    if (taint === UNKNOWN) return [];
    const key = knownValue(taint.key);
    const effect = knownValue(taint.effect ?? AckClusterTaintEffect.NoSchedule);
    if (key === UNKNOWN || !isGiven(key)) {
      return missingErrors(`${path}[${index}].key`, key, "Set the key of the taint, such as dedicated");
    }
    if (effect === UNKNOWN) return [];
    const id = `${key}:${effect}`;
    const earlier = seen.get(id);
    seen.set(id, index);
    if (earlier === undefined) return [];
    const message = `The taint ${id} is already in taints[${earlier}]`;
    return [{ path: `${path}[${index}]`, code: "ASM_TAINT_TWICE", message }];
  });
}

/** Most data disks of an instance. */
const MOST_DISKS = 16;

function diskErrors(path: string, dataDisks: AckClusterNodePoolArgs["dataDisks"]): InputError[] {
  const disks = knownEntries(dataDisks);
  if (disks === UNKNOWN) return [];
  return [
    ...countErrors(path, disks.length, `Set at most ${MOST_DISKS} disks`, { least: 0, most: MOST_DISKS }),
    ...disks.flatMap((disk, index) => (disk === UNKNOWN ? [] : oneDiskErrors(`${path}[${index}]`, disk))),
  ];
}

function oneDiskErrors(path: string, disk: AckClusterDataDiskArgs): InputError[] {
  const category = knownValue(disk.category ?? "cloud_essd");
  const at = `${path}.performanceLevel`;
  const remedy = "Set category to cloud_essd, or remove performanceLevel";
  return [
    ...wholeNumberErrors(`${path}.size`, knownValue(disk.size), { least: 40, most: 32_767 }),
    ...(category === UNKNOWN || category === "cloud_essd" || !isGiven(disk.performanceLevel)
      ? []
      : [misplacedError(at, `the category is ${String(category)}`, remedy)]),
  ];
}

function managementErrors(path: string, management: AckClusterNodePoolArgs["management"]): InputError[] {
  const known = knownValue(management);
  if (known === UNKNOWN || !isGiven(known)) return [];
  return wholeNumberErrors(`${path}.maxUnavailable`, knownValue(known.maxUnavailable), { least: 1, most: 1000 });
}

function emptyErrors(path: string, list: AckClusterNodePoolArgs["vswitchIds"], remedy: string): InputError[] {
  const known = knownEntries(list);
  return isGiven(list) && known !== UNKNOWN && known.length === 0 ? missingErrors(path, undefined, remedy) : [];
}

/** Arguments of the provider that `extra` may not set, and the argument that sets each. */
const RESERVED: Readonly<Record<string, string>> = {
  name: "the name in nodePools",
  nodePoolName: "the name in nodePools",
  vswitchIds: "vswitchIds of the pool",
  instanceTypes: "instanceTypes of the pool",
  instances: "desiredSize of the pool",
  nodeCount: "desiredSize of the pool",
  desiredSize: "desiredSize of the pool",
  scalingConfig: "minSize, maxSize and scalingType of the pool",
};

function extraErrors(path: string, { extra }: AckClusterNodePoolArgs): InputError[] {
  return Object.keys(extra ?? {})
    .filter((name) => Object.hasOwn(RESERVED, name))
    .map((name) => {
      const instead = RESERVED[name] ?? "";
      const message = `extra may not set ${name}`;
      return { path: entryPath(path, name), code: "ASM_EXTRA_RESERVED", message, remedy: `Set ${instead} instead` };
    });
}
