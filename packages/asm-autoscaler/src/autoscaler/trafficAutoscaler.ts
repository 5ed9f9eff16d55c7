import { HorizontalPodAutoscaler } from "@pulumi/kubernetes/autoscaling/v2";
import * as pulumi from "@pulumi/pulumi";
import { settled } from "../arguments/settled";
import type { TrafficAutoscalerArgs } from "./args";
import { checkAutoscaler } from "./check";
import { claimQueryNames } from "./claims";
import { planMetrics } from "./plan";

/**
 * Scales a Deployment on the traffic of its mesh, by a HorizontalPodAutoscaler of the target's name that the metrics
 * adapter serves. The Deployment must not set its own number of replicas, or each update resets what was scaled.
 */
export class TrafficAutoscaler extends pulumi.ComponentResource {
  /** Name of the HorizontalPodAutoscaler, which is its target's. */
  public readonly name: pulumi.Output<string>;
  /** Namespace of the HorizontalPodAutoscaler and of its target. */
  public readonly namespace: pulumi.Output<string>;

  /** Throws pulumi.InputPropertiesError with all mistakes at once before anything is registered. */
  constructor(name: string, args: TrafficAutoscalerArgs, opts?: pulumi.ComponentResourceOptions) {
    checkAutoscaler(name, args);
    const plain = plainArgs(args);
    if (plain) claimQueryNames(name, plain, opts);
    super("asm-autoscaler:index:TrafficAutoscaler", name, args, opts);

    const plan = settled(args, (known) => {
      checkAutoscaler(name, known);
      claimQueryNames(name, known, opts);
    }).apply((known) => planMetrics(known.namespace, known.target, known.metrics));
    const hpa = new HorizontalPodAutoscaler(
      `${name}-hpa`,
      {
        metadata: { name: args.target, namespace: args.namespace, annotations: plan.annotations },
        spec: {
          minReplicas: args.minReplicas ?? 1,
          maxReplicas: args.maxReplicas,
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: args.target },
          metrics: plan.metrics,
        },
      },
      { parent: this },
    );

    this.name = hpa.metadata.name;
    this.namespace = hpa.metadata.namespace;
    this.registerOutputs({ name: this.name, namespace: this.namespace });
  }
}

/** The arguments when none of them has to be waited for, so that what is wrong shows before anything is registered. */
function plainArgs(args: TrafficAutoscalerArgs): pulumi.Unwrap<TrafficAutoscalerArgs> | undefined {
  return isPlain(args) ? (args as pulumi.Unwrap<TrafficAutoscalerArgs>) : undefined;
}

function isPlain(value: unknown): boolean {
  if (pulumi.Output.isInstance(value) || value instanceof Promise) return false;
  return typeof value !== "object" || value === null || Object.values(value).every(isPlain);
}
