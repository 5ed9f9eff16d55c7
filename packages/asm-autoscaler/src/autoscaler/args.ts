import type { Deployment } from "@pulumi/kubernetes/apps/v1";
import type * as pulumi from "@pulumi/pulumi";
import type { TrafficAutoscalerBehaviorArgs } from "./behaviorArgs";
import type { TrafficMetricArgs } from "./metricArgs";
import type { TrafficAutoscalerScheduleArgs } from "./scheduleArgs";

/** How fast an autoscaler answers to a change of traffic. */
export const Reaction = {
  /** Rates over four scrapes, at least a minute, as in the guide. Two failed scrapes in a row leave a reading. */
  Steady: "steady",
  /**
   * Rates over three scrapes: new traffic counts sooner, and chance counts more. One failed scrape leaves a reading. With
   * 5 seconds between scrapes it is faster still, and Prometheus takes in three times the samples.
   */
  Fast: "fast",
} as const;

/** How fast an autoscaler answers to a change of traffic. */
export type Reaction = (typeof Reaction)[keyof typeof Reaction];

/** Arguments of a TrafficAutoscaler. */
export interface TrafficAutoscalerArgs {
  /**
   * Namespace of the workload; the autoscaler is made in it. Needed but for a deployment, where the default is its own.
   * A change replaces the autoscaler.
   */
  namespace?: pulumi.Input<string>;
  /**
   * Name of the Deployment to scale, or give targetRef or deployment; the autoscaler gets the same name. It is also the
   * workload's name in Istio's metrics. A change replaces the autoscaler.
   */
  target?: pulumi.Input<string>;
  /** Kind and name of the workload to scale, in place of target. A change of the name replaces the autoscaler. */
  targetRef?: pulumi.Input<TrafficAutoscalerTargetRefArgs>;
  /**
   * The Deployment to scale as a resource, in place of target; a preview warns when it sets spec.replicas, since each
   * update would undo what was scaled. A change to one of another name replaces the autoscaler.
   */
  deployment?: pulumi.Input<Deployment>;
  /** The fewest replicas. 0 needs Kubernetes 1.37 and a metric that counts without pods: a service or a query. Default 1. */
  minReplicas?: pulumi.Input<number>;
  /** The most replicas, not less than minReplicas. */
  maxReplicas: pulumi.Input<number>;
  /** What to scale on, at least one. With several the one that asks for most replicas decides. */
  metrics: pulumi.Input<pulumi.Input<TrafficMetricArgs>[]>;
  /** Times at which the workload has a floor of replicas above minReplicas. Default none. */
  schedules?: pulumi.Input<pulumi.Input<TrafficAutoscalerScheduleArgs>[]>;
  /** How fast it answers to a change of traffic: the window of all rates without a windowSeconds of their own. Default steady. */
  reaction?: pulumi.Input<Reaction>;
  /** How fast replicas are added and removed. Default Kubernetes' own: up at once, down after five minutes. */
  behavior?: pulumi.Input<TrafficAutoscalerBehaviorArgs>;
  /** Seconds between two scrapes of a sidecar, by which the windows of rates are judged. Default 15. */
  scrapeIntervalSeconds?: pulumi.Input<number>;
  /** Alias of the Prometheus to ask, one of the adapter's additionalPrometheus. Default its first Prometheus. */
  prometheusServerAlias?: pulumi.Input<string>;
  /**
   * Requests per second of the whole workload at its peak; a preview warns when maxReplicas pods cannot serve them at
   * the requestsPerSecond of a metric. Default: not checked.
   */
  expectedRequestsPerSecond?: pulumi.Input<number>;
}

/** A workload with replicas, of any kind. */
export interface TrafficAutoscalerTargetRefArgs {
  /** API group and version. Default apps/v1. */
  apiVersion?: pulumi.Input<string>;
  /** Kind, such as StatefulSet; it must have the subresource scale. */
  kind: pulumi.Input<string>;
  /** Name, which is also the workload's name in Istio's metrics. */
  name: pulumi.Input<string>;
}
