import { isGiven } from "../arguments/given";
import { later, now } from "../arguments/later";
import { missingMistakes } from "../arguments/missing";
import type { Mistake } from "../arguments/mistake";
import { nameMistakes, namespaceName } from "../arguments/name";
import { plainMistakes } from "../arguments/plain";
import type { AckClusterNodePoolArgs } from "./args";
import { rangeMistakes } from "./range";

const POOL = { least: 0, most: 2000 };

/** Whether the Cluster Autoscaler changes a pool's size. */
export function isElastic({ minSize, maxSize }: AckClusterNodePoolArgs): boolean {
  return isGiven(minSize) || isGiven(maxSize);
}

/** What is wrong with one node pool, as far as it is known. */
export function nodePoolMistakes(name: string, pool: AckClusterNodePoolArgs): Mistake[] {
  const path = `nodePools.${name}`;
  const late = plainMistakes(path, pool);
  if (late.length > 0) return late;
  const types = now(pool.instanceTypes);
  return [
    ...nameMistakes(path, name, namespaceName),
    ...missingMistakes(
      `${path}.instanceTypes`,
      Array.isArray(types) ? types[0] : types,
      "Name at least one instance type, such as ecs.g7.xlarge",
    ),
    ...kindMistakes(path, pool),
    ...rangeMistakes(`${path}.desiredSize`, now(pool.desiredSize), POOL),
    ...rangeMistakes(`${path}.minSize`, now(pool.minSize), POOL),
    ...rangeMistakes(`${path}.maxSize`, now(pool.maxSize), POOL),
    ...crossedMistakes(path, pool),
    ...rangeMistakes(`${path}.systemDiskSize`, now(pool.systemDiskSize), { least: 20, most: 2048 }),
  ];
}

/** That no pool keeps a node: nothing would run the system's pods, nor the autoscaler that adds nodes. */
export function noNodeMistakes(pools: { [name: string]: AckClusterNodePoolArgs }): Mistake[] {
  if (Object.values(pools).some(mayKeepNode)) return [];
  return [
    {
      path: "nodePools",
      code: "ASM_NODES_NONE",
      message: "No node pool keeps a node, and the system's pods need one",
      remedy: 'Give a fixed pool, such as { system: { instanceTypes: ["ecs.g7.xlarge"], desiredSize: 2 } }',
    },
  ];
}

function kindMistakes(path: string, pool: AckClusterNodePoolArgs): Mistake[] {
  const fixed = isGiven(pool.desiredSize);
  if (fixed !== isElastic(pool) && (fixed || isGiven(pool.maxSize))) return [];
  return [
    {
      path,
      code: "ASM_NODE_POOL_KIND",
      message: fixed ? "The pool is both fixed and elastic" : "The pool has neither a desiredSize nor a maxSize",
      remedy: "Give desiredSize for a fixed pool, or maxSize and perhaps minSize for an elastic one",
    },
  ];
}

function crossedMistakes(path: string, { minSize, maxSize }: AckClusterNodePoolArgs): Mistake[] {
  const [min, max] = [now(minSize), now(maxSize)];
  if (typeof min !== "number" || typeof max !== "number" || min <= max) return [];
  return [
    {
      path: `${path}.minSize`,
      code: "ASM_NODE_POOL_CROSSED",
      message: `minSize ${min} is more than maxSize ${max}`,
      remedy: "Lower minSize or raise maxSize",
    },
  ];
}

function mayKeepNode({ desiredSize, minSize }: AckClusterNodePoolArgs): boolean {
  return [now(desiredSize), now(minSize)].some((size) => size === later || (typeof size === "number" && size > 0));
}
