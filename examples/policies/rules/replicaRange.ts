import type { Hpa } from "../hpa.ts";

/**
 * What is wrong with how far a workload may be scaled.
 *
 * @param most The most replicas that any workload may have here.
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
