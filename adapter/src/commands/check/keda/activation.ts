import type { Finding } from "../report.ts";
import { isAlwaysActive } from "./refusals.ts";
import { harmless, lost } from "./values.ts";

/** Whether KEDA scales the workload to zero, or to idleReplicaCount, while no trigger is active. */
export function sleepsOf({ minReplicaCount, idleReplicaCount }: Record<string, unknown>): boolean {
  return isZeroOf({ minReplicaCount }) || idleReplicaCount !== undefined;
}

/**
 * Reports a setting that decides when a trigger is active. With minReplicaCount 1 or more, it decides at most when the
 * workload has idleReplicaCount, which has a finding of its own.
 */
export function activation(key: string, field: string, isZero: boolean): Finding {
  const message = `the trigger sets ${field}`;
  return isZero
    ? lost(key, message, "not needed: an HPA with minReplicas 1 is always active", "scales from zero above it only")
    : harmless(key, message, "not needed either", "with minReplicaCount 1 or more, does not scale the HPA by it");
}

/** Whether KEDA scales the workload to zero by minReplicaCount. */
export function isZeroOf({ minReplicaCount }: Record<string, unknown>): boolean {
  return Number(minReplicaCount ?? 0) <= 0;
}

/** Reports how many replicas an inactive workload has. */
export function sleepFindings(spec: Record<string, unknown>): Finding[] {
  const { minReplicaCount, idleReplicaCount } = spec;
  const least = Math.max(1, Number(minReplicaCount ?? 0));
  if (!sleepsOf(spec)) return [];
  if (idleReplicaCount === undefined && isAlwaysActive(spec)) {
    const message = "minReplicaCount is 0, and every trigger is of type cpu or memory";
    return [lost("minReplicaCount", message, "minReplicas is 1", "refuses it, or never scales the workload to zero")];
  }
  if (idleReplicaCount !== undefined && Number(idleReplicaCount) >= Number(minReplicaCount ?? 0)) return [];
  if (idleReplicaCount === undefined) {
    const here = "minReplicas is 1; a cluster with the feature HPAScaleToZero takes 0";
    return [lost("minReplicaCount", "the workload is scaled to zero while nothing is active", here)];
  }
  return [
    lost(
      "idleReplicaCount",
      `the workload is scaled to ${Number(idleReplicaCount)} while nothing is active, and to ${least} or more otherwise`,
      `minReplicas is ${least}: the workload always keeps ${least}`,
    ),
  ];
}
