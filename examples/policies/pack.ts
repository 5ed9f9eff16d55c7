import { PolicyPack, type ReportViolation, type ResourceValidationPolicy } from "@pulumi/policy";
import { HPA, type Hpa, readHpa } from "./hpa.ts";
import { fixedReplicas, setsReplicas } from "./rules/fixedReplicas.ts";
import { publicEndpoints } from "./rules/publicEndpoints.ts";
import { queries } from "./rules/queries.ts";
import { replicaRange } from "./rules/replicaRange.ts";
import { targetTypes } from "./rules/targetTypes.ts";

/** A policy about each HorizontalPodAutoscaler, ours or not. */
function aboutHpas(name: string, description: string, rule: (hpa: Hpa) => string[]): ResourceValidationPolicy {
  return {
    name,
    description,
    validateResource: ({ type, props }, report) => {
      if (type === HPA) reportAll(rule(readHpa(props)), report);
    },
  };
}

function reportAll(violations: readonly string[], report: ReportViolation): void {
  for (const violation of violations) report(violation);
}

/** URNs of the resources of which the program sets spec.replicas. */
const replicaSetters = new Set<string>();

new PolicyPack("traffic-autoscaling", {
  enforcementLevel: "mandatory",
  policies: [
    {
      name: "replica-range",
      description: "A workload is scaled between 1 and an agreed number of replicas.",
      configSchema: { properties: { most: { type: "integer", minimum: 1, default: 100 } } },
      validateResource: ({ type, props, getConfig }, report) => {
        if (type === HPA) reportAll(replicaRange(readHpa(props), getConfig<{ most?: number }>().most ?? 100), report);
      },
    },
    aboutHpas("queries", "The metrics adapter accepts every query and every selector.", queries),
    aboutHpas("target-types", "Latencies and ratios have targets of type Value.", targetTypes),
    {
      name: "fixed-replicas",
      description: "What is autoscaled does not fix its number of replicas.",
      // A stack policy sees outputs only. What the program set is in the inputs, which a resource policy sees first.
      validateResource: ({ type, props, urn, opts }) => {
        if (setsReplicas({ type, props, ignoreChanges: opts.ignoreChanges })) replicaSetters.add(urn);
        else replicaSetters.delete(urn);
      },
      validateStack: ({ resources }, report) => {
        for (const [urn, violation] of fixedReplicas(resources, replicaSetters)) report(violation, urn);
      },
    },
    {
      name: "public-endpoints",
      description: "No API server has a public address.",
      enforcementLevel: "advisory",
      validateResource: ({ type, props }, report) => reportAll(publicEndpoints(type, props), report),
    },
  ],
});
