import type * as k8s from "@pulumi/kubernetes/types/input";
import * as pulumi from "@pulumi/pulumi";
import { isGiven } from "../validation/inputs";
import type { TrafficAutoscalerArgs } from "./args";

const APPS = "apps/v1";

/** The workload that is scaled, and where it is. */
export interface ScaleTarget {
  readonly namespace: pulumi.Input<string>;
  readonly name: pulumi.Input<string>;
  /** `scaleTargetRef` of a HorizontalPodAutoscaler. */
  readonly ref: pulumi.Input<k8s.autoscaling.v2.CrossVersionObjectReference>;
}

/** The workload that the arguments name, in whichever way; they have been checked. */
export function scaleTarget({ namespace = "", target, targetRef, deployment }: TrafficAutoscalerArgs): ScaleTarget {
  if (isGiven(targetRef)) {
    const ref = pulumi.output(targetRef);
    return {
      namespace,
      name: ref.name,
      ref: ref.apply(({ apiVersion, kind, name }) => ({ apiVersion: apiVersion ?? APPS, kind, name })),
    };
  }
  const made = isGiven(deployment) ? pulumi.output(deployment) : undefined;
  const name = made?.apply(({ metadata }) => metadata.name) ?? target ?? "";
  // A namespace that nobody gives is the one of the provider's configuration, which only the made object tells.
  const own = made?.apply(({ metadata }) => metadata.namespace).apply((text) => text || "default");
  return { namespace: namespace || own || "", name, ref: { apiVersion: APPS, kind: "Deployment", name } };
}

/** Arguments that name the workload by namespace and target, or targetRef. */
export type NamedArgs = Omit<TrafficAutoscalerArgs, "deployment">;

/** The arguments as if the workload had been named. */
export function named(args: TrafficAutoscalerArgs): NamedArgs {
  const { deployment, ...rest } = args;
  if (!isGiven(deployment)) return rest;
  const { namespace, name } = scaleTarget(args);
  return { ...rest, namespace, target: name };
}
