import { HorizontalPodAutoscaler } from "@pulumi/kubernetes/autoscaling/v2";
import * as pulumi from "@pulumi/pulumi";
import { settled } from "../arguments/settled";
import type { TrafficAutoscalerArgs } from "./args";
import { checkAutoscaler } from "./check";
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
    super("asm-autoscaler:index:TrafficAutoscaler", name, args, opts);

    const plan = settled(args, (known) => checkAutoscaler(name, known)).apply((known) =>
      planMetrics(known.namespace, known.target, known.metrics),
    );
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
