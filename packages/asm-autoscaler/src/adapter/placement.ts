import type * as k8s from "@pulumi/kubernetes/types/input";
import * as pulumi from "@pulumi/pulumi";
import { isGiven } from "../validation/inputs";
import type { MetricsAdapterArgs } from "./args";
import { labels } from "./identity";

type Constraint = k8s.core.v1.TopologySpreadConstraint;

/** On different nodes where there are any; one node may hold both rather than none. */
const ON_NODES: Constraint = { maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway" };

/** Which pods are counted: of one revision only, so that a rollout spreads its new pods too. */
const OWN_PODS = { labelSelector: { matchLabels: labels }, matchLabelKeys: ["pod-template-hash"] };

/** Fields of a pod that decide where it runs. A field that is not given is absent, apart from the spread. */
export type Placement = Pick<
  k8s.core.v1.PodSpec,
  "nodeSelector" | "tolerations" | "affinity" | "topologySpreadConstraints" | "hostNetwork" | "dnsPolicy"
>;

/** Where the adapter's pods run, as the arguments say. */
export function placementOf(args: MetricsAdapterArgs): Placement {
  const { nodeSelector, tolerations, affinity, topologySpreadConstraints, hostNetwork } = args;
  return {
    ...(isGiven(nodeSelector) ? { nodeSelector } : {}),
    ...(isGiven(tolerations) ? { tolerations } : {}),
    ...(isGiven(affinity) ? { affinity } : {}),
    // Without this policy, a pod in the node's network cannot resolve the names of Services.
    ...(hostNetwork ? { hostNetwork, dnsPolicy: "ClusterFirstWithHostNet" } : {}),
    topologySpreadConstraints: isGiven(topologySpreadConstraints)
      ? pulumi.output(topologySpreadConstraints).apply((all) => all.map(counting))
      : [counting(ON_NODES)],
  };
}

/** A constraint that counts the adapter's pods, unless it says which pods it counts. Without a selector it counts none. */
function counting(constraint: Constraint): Constraint {
  return isGiven(constraint.labelSelector) ? constraint : { ...constraint, ...OWN_PODS };
}
