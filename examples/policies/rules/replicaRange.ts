import type { Hpa } from "../hpa.ts";

/**
 * Problems of minReplicas and maxReplicas.
 *
 * @param most Maximum number of replicas that the policy allows.
 */
export function replicaRange(hpa: Hpa, most: number): string[] {
  const { minReplicas, maxReplicas } = hpa;
  return [
    ...(minReplicas > maxReplicas
      ? [`minReplicas ${minReplicas} of ${hpa.target} is more than maxReplicas ${maxReplicas}: one of them is wrong.`]
      : []),
    ...(maxReplicas > most
      ? [`${hpa.target} may grow to ${maxReplicas} replicas, and ${most} is the most here: lower maxReplicas.`]
      : []),
  ];
}
