import type { InputError } from "../validation/inputErrors";
import { entryPath, missingErrors, nameErrors, namespaceName, wholeNumberErrors } from "../validation/inputErrors";
import { isGiven, knownValue, UNKNOWN } from "../validation/inputs";
import { validateArgs } from "../validation/validateArgs";
import type { AckClusterNodePoolArgs } from "./nodePoolArgs";
import { nodeErrors } from "./validateNodes";

const POOL = { least: 0, most: 2000 };

/** Whether the Cluster Autoscaler changes a pool's size. */
export function isElastic({ minSize, maxSize }: AckClusterNodePoolArgs): boolean {
  return isGiven(minSize) || isGiven(maxSize);
}

/**
 * Validates a node pool whose arguments are all known.
 *
 * @throws pulumi.InputPropertiesError with all errors at once.
 */
export function validateNodePool<T extends AckClusterNodePoolArgs>(cluster: string, name: string, pool: T): T {
  const nodePools = { [name]: pool };
  validateArgs("AckCluster", cluster, { nodePools }, () => nodePoolErrors(name, pool));
  return pool;
}

/** All errors of the node pools, as far as they are known. */
export function nodePoolsErrors(pools: { [name: string]: AckClusterNodePoolArgs }): InputError[] {
  return [...Object.entries(pools).flatMap(([name, pool]) => nodePoolErrors(name, pool)), ...noNodeErrors(pools)];
}

function nodePoolErrors(name: string, pool: AckClusterNodePoolArgs): InputError[] {
  const path = entryPath("nodePools", name);
  const types = knownValue(pool.instanceTypes);
  return [
    ...nameErrors(path, name, namespaceName),
    ...missingErrors(
      `${path}.instanceTypes`,
      Array.isArray(types) ? types[0] : types,
      "Name at least one instance type, such as ecs.g7.xlarge",
    ),
    ...kindErrors(path, pool),
    ...wholeNumberErrors(`${path}.desiredSize`, knownValue(pool.desiredSize), POOL),
    ...wholeNumberErrors(`${path}.minSize`, knownValue(pool.minSize), POOL),
    ...wholeNumberErrors(`${path}.maxSize`, knownValue(pool.maxSize), POOL),
    ...crossedErrors(path, pool),
    ...wholeNumberErrors(`${path}.systemDiskSize`, knownValue(pool.systemDiskSize), { least: 20, most: 2048 }),
    ...nodeErrors(path, pool),
  ];
}

/** Error if no pool always has a node: the system's pods and the node autoscaler could not run. */
function noNodeErrors(pools: { [name: string]: AckClusterNodePoolArgs }): InputError[] {
  if (Object.values(pools).some(mayKeepNode)) return [];
  return [
    {
      path: "nodePools",
      code: "ASM_NODES_NONE",
      message: "No node pool always has a node, and the system's pods need one",
      remedy: 'Add a fixed pool, such as { system: { instanceTypes: ["ecs.g7.xlarge"], desiredSize: 2 } }',
    },
  ];
}

function kindErrors(path: string, pool: AckClusterNodePoolArgs): InputError[] {
  const fixed = isGiven(pool.desiredSize);
  if (fixed !== isElastic(pool) && (fixed || isGiven(pool.maxSize))) return [];
  return [
    {
      path,
      code: "ASM_NODE_POOL_KIND",
      message: fixed ? "The pool is both fixed and elastic" : "The pool has neither a desiredSize nor a maxSize",
    },
  ];
}

function crossedErrors(path: string, { minSize, maxSize }: AckClusterNodePoolArgs): InputError[] {
  const [min, max] = [knownValue(minSize), knownValue(maxSize)];
  if (typeof min !== "number" || typeof max !== "number" || min <= max) return [];
  return [
    {
      path: `${path}.minSize`,
      code: "ASM_NODE_POOL_CROSSED",
      message: `minSize ${min} is more than maxSize ${max}`,
    },
  ];
}

function mayKeepNode({ desiredSize, minSize }: AckClusterNodePoolArgs): boolean {
  return [knownValue(desiredSize), knownValue(minSize)].some(
    (size) => size === UNKNOWN || (typeof size === "number" && size > 0),
  );
}
