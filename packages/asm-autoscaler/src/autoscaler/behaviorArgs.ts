import type * as pulumi from "@pulumi/pulumi";

/** How fast replicas are added or removed: a preset of the scaling rules of one direction. */
export const ScalingPace = {
  /**
   * Scale up at once, to ten times the pods or by 10 pods in 15 seconds, whichever is more. Scale down to any size
   * after one minute. It does not change how soon new traffic counts: that is the Reaction, which also has a value
   * Fast.
   */
  Fast: "Fast",
  /**
   * The rules of Kubernetes. Scale up at once, to twice the pods or by 4 pods in 15 seconds, whichever is more. Scale
   * down to any size after five minutes.
   */
  Normal: "Normal",
  /**
   * Scale up after one minute, to twice the pods or by 4 pods a minute, whichever is more. Scale down after ten
   * minutes, by 10 percent or 1 pod a minute, whichever is more.
   */
  Slow: "Slow",
  /** Never scale in this direction. */
  Never: "Never",
} as const;

/** How fast replicas are added or removed: a preset of the scaling rules of one direction. */
export type ScalingPace = (typeof ScalingPace)[keyof typeof ScalingPace];

/** Which of several scaling policies applies, as `selectPolicy` of a HorizontalPodAutoscaler. */
export const ScalingPolicySelect = {
  /** The policy that allows the largest change. */
  Max: "Max",
  /** The policy that allows the smallest change. */
  Min: "Min",
  /** No change in this direction. */
  Disabled: "Disabled",
} as const;

/** Which of several scaling policies applies, as `selectPolicy` of a HorizontalPodAutoscaler. */
export type ScalingPolicySelect = (typeof ScalingPolicySelect)[keyof typeof ScalingPolicySelect];

/** What the value of a scaling policy counts. */
export const ScalingPolicyType = {
  /** Pods. */
  Pods: "Pods",
  /** Percent of the pods at the start of the period. */
  Percent: "Percent",
} as const;

/** What the value of a scaling policy counts. */
export type ScalingPolicyType = (typeof ScalingPolicyType)[keyof typeof ScalingPolicyType];

/** A limit of a change, one of `policies` of a HorizontalPodAutoscaler. */
export interface TrafficAutoscalerPolicyArgs {
  /** What the value counts. */
  type: pulumi.Input<ScalingPolicyType>;
  /** Maximum change in the period, at least 1. */
  value: pulumi.Input<number>;
  /** Period in seconds, 1 to 1800. */
  periodSeconds: pulumi.Input<number>;
}

/** Scaling behavior of a TrafficAutoscaler, `spec.behavior` of the HorizontalPodAutoscaler. */
export interface TrafficAutoscalerBehaviorArgs {
  /** How replicas are added. Defaults to the pace Normal, or with the reaction Direct to its own rates. */
  scaleUp?: pulumi.Input<TrafficAutoscalerScalingArgs>;
  /** How replicas are removed. Defaults to the pace Normal. */
  scaleDown?: pulumi.Input<TrafficAutoscalerScalingArgs>;
}

/** Scaling rules of one direction: a preset, and values that override it. */
export interface TrafficAutoscalerScalingArgs {
  /** Preset that the other arguments override. Defaults to Normal, or for scaleUp to the rates of the reaction Direct. */
  pace?: pulumi.Input<ScalingPace>;
  /**
   * Stabilization window in seconds, 0 to 3600. For scale-up the lowest recommendation in it counts, for scale-down the
   * highest. Defaults to the window of the pace.
   */
  stabilizationWindowSeconds?: pulumi.Input<number>;
  /**
   * Maximum number of pods added or removed in a minute. Replaces the rates of the pace. With percentPerMinute, the one
   * that allows the larger change applies.
   */
  podsPerMinute?: pulumi.Input<number>;
  /** Maximum change in a minute, in percent of the current pods. Replaces the rates of the pace. */
  percentPerMinute?: pulumi.Input<number>;
  /**
   * Limits of a change in any period. Replaces the rates of the pace. Not together with podsPerMinute and
   * percentPerMinute.
   */
  policies?: pulumi.Input<pulumi.Input<TrafficAutoscalerPolicyArgs>[]>;
  /** Which of the policies or rates applies. Defaults to that of the pace, which is Max unless the pace is Never. */
  selectPolicy?: pulumi.Input<ScalingPolicySelect>;
  /**
   * How far a metric may differ from its target before replicas change, as a share of the target, from 0 to 1 in steps
   * of 0.001. Requires Kubernetes 1.35 or later; earlier versions drop the field. Defaults to the tolerance of the
   * cluster, 0.1.
   */
  tolerance?: pulumi.Input<number>;
}
