import type { Hpa } from "../hpa.ts";

/**
 * Problems of minReplicas and maxReplicas.
 *
 * @param most Maximum number of replicas that the policy allows.
 */
export function replicaRange({ minReplicas, maxReplicas, target }: Hpa, most: number): string[] {
  return [
    ...(minReplicas > maxReplicas
      ? [`minReplicas ${minReplicas} of ${target} is more than maxReplicas ${maxReplicas}: one of them is wrong.`]
      : []),
    ...(maxReplicas > most
      ? [`${target} may grow to ${maxReplicas} replicas, and ${most} is the most here: lower maxReplicas.`]
      : []),
  ];
}
