import type * as pulumi from "@pulumi/pulumi";

/** How fast replicas are added or removed; the numbers are at each name. */
export const ScalingPace = {
  /** Up: tenfold or by 10 pods in 15 seconds, at once. Down: to any size, after one minute. */
  Fast: "Fast",
  /** Kubernetes' own. Up: double or by 4 pods in 15 seconds, at once. Down: to any size, after five minutes. */
  Normal: "Normal",
  /** Up: double or by 4 pods in a minute, after one minute. Down: by a tenth or 1 pod in a minute, after ten minutes. */
  Slow: "Slow",
  /** No change in this direction. */
  Never: "Never",
} as const;

/** How fast replicas are added or removed. */
export type ScalingPace = (typeof ScalingPace)[keyof typeof ScalingPace];

/** How a TrafficAutoscaler changes the number of replicas. */
export interface TrafficAutoscalerBehaviorArgs {
  /** How replicas are added. Default at the pace Normal. */
  scaleUp?: pulumi.Input<TrafficAutoscalerScalingArgs>;
  /** How replicas are removed. Default at the pace Normal. */
  scaleDown?: pulumi.Input<TrafficAutoscalerScalingArgs>;
}

/** One direction of scaling: a pace, and numbers in place of its own. */
export interface TrafficAutoscalerScalingArgs {
  /** The preset that the other arguments change. Default Normal. */
  pace?: pulumi.Input<ScalingPace>;
  /** Seconds, 0 to 3600, over which the most careful wish counts. Default that of the pace. */
  stabilizationSeconds?: pulumi.Input<number>;
  /** The most pods added or removed in a minute, in place of the rates of the pace; with a percentage the larger counts. */
  podsPerMinute?: pulumi.Input<number>;
  /** The most percent of the pods added or removed in a minute, in place of the rates of the pace. */
  percentPerMinute?: pulumi.Input<number>;
  /**
   * Share of the target, 0 to 1 in thousandths, by which a metric may miss it without a change; Kubernetes 1.35 or later,
   * earlier ones drop it. Default that of the cluster, 0.1.
   */
  tolerance?: pulumi.Input<number>;
}
