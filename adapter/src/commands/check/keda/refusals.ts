import { record, recordsIn } from "@asm-autoscaler/hpa-metrics";
import type { Finding } from "../report.ts";
import { lost } from "./values.ts";

/** What KEDA does with a ScaledObject that is not valid. */
export const REFUSES = "refuses the ScaledObject";

/**
 * Reports what makes KEDA refuse a whole ScaledObject, or do nothing for it. An HPA may be printed all the same.
 * Source: KEDA 2.20, apis/keda/v1alpha1/scaledobject_types.go (CheckReplicaCountBoundsAreValid, ValidateTriggers)
 */
export function refusals(spec: Record<string, unknown>): Finding[] {
  const { triggers, idleReplicaCount, minReplicaCount, maxReplicaCount } = spec;
  const given = recordsIn(triggers);
  const names = given.flatMap(({ name }) => (typeof name === "string" && name !== "" ? [name] : []));
  const twice = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
  const least = Number(minReplicaCount ?? 0);
  return [
    ...(given.length === 0
      ? [lost("triggers", "it has no triggers", "no HPA is printed: there is nothing to scale on", REFUSES)]
      : []),
    ...twice.map((name) =>
      lost("triggers", `several triggers have the name ${name}`, "each becomes a metric of its own", REFUSES),
    ),
    ...(idleReplicaCount !== undefined && Number(idleReplicaCount) >= least
      ? [
          lost(
            "idleReplicaCount",
            `idleReplicaCount ${Number(idleReplicaCount)} is not less than minReplicaCount ${least}`,
            `minReplicas is ${Math.max(1, least)}: the workload always keeps so many`,
            REFUSES,
          ),
        ]
      : []),
    ...(maxReplicaCount !== undefined && Number(maxReplicaCount) < Math.max(1, least)
      ? [
          lost(
            "maxReplicaCount",
            `maxReplicaCount ${Number(maxReplicaCount)} is less than ${least > 1 ? `minReplicaCount ${least}` : "1"}`,
            "no HPA is printed: correct it first",
            REFUSES,
          ),
        ]
      : []),
  ];
}

/** Whether every trigger is always active, so that KEDA never scales the workload to zero. */
export function isAlwaysActive({ triggers }: Record<string, unknown>): boolean {
  const given = recordsIn(triggers);
  return given.length > 0 && given.every((trigger) => /^(?:cpu|memory)$/.test(String(record(trigger)["type"])));
}
