import type { Deployment } from "@pulumi/kubernetes/apps/v1";
import type * as k8s from "@pulumi/kubernetes/types/input";
import type * as pulumi from "@pulumi/pulumi";
import type { TrafficAutoscalerBehaviorArgs } from "./behaviorArgs";
import type { TrafficMetricArgs } from "./metricArgs";
import type { TrafficAutoscalerScheduleArgs } from "./scheduleArgs";

/** How fast an autoscaler follows a change of traffic: a preset of where readings come from and of the rate window. */
export const Reaction = {
  /**
   * Rate window of four scrape intervals, at least 60 seconds, as in Alibaba Cloud's guide. Two failed scrapes in a row
   * still leave a value.
   */
  Steady: "Steady",
  /**
   * Rate window of three scrape intervals, without the warning about short windows. New traffic counts sooner, and
   * random variation counts more. One failed scrape still leaves a value. With a scrape interval of 5 seconds it is
   * even faster, but Prometheus stores three times as many samples as with 15 seconds. It does not change how fast
   * replicas are added or removed: that is the ScalingPace, which also has a value Fast.
   */
  Fast: "Fast",
  /**
   * The adapter also reads the proxies of the workload itself, every two seconds, so that new traffic counts within
   * seconds and a failed Prometheus does not stop the scaling. Prometheus is read as with Steady. While it answers, the
   * larger value counts, so replicas are not removed sooner than with Steady. Every signal and query must be one that
   * proxies can answer; otherwise the preview fails and names the reason. Requires a MetricsAdapter that reads proxies.
   * Unless behavior.scaleUp has a pace or rates, it allows half of maxReplicas, or ten times the pods if that is more,
   * at each sync of the HorizontalPodAutoscaler: any size in two syncs, because with the rules of Kubernetes 1 to 20
   * pods takes three of 15 seconds each. The rules look back only 10 seconds: with 15, a sync that comes slightly early
   * would still count the last change, and add no pods. Replicas are removed by the rules of Kubernetes.
   */
  Direct: "Direct",
} as const;

/** How fast an autoscaler follows a change of traffic: a preset of where readings come from and of the rate window. */
export type Reaction = (typeof Reaction)[keyof typeof Reaction];

/** Arguments of a TrafficAutoscaler. */
export interface TrafficAutoscalerArgs {
  /**
   * Namespace of the workload and of its HorizontalPodAutoscaler. Required unless `deployment` is set; defaults to the
   * Deployment's namespace. A change replaces the HorizontalPodAutoscaler.
   */
  namespace?: pulumi.Input<string>;
  /**
   * Name of the Deployment to scale. Set exactly one of target, targetRef and deployment. The HorizontalPodAutoscaler
   * gets the same name by default, and Istio's metrics must use it as the workload's name. A change replaces the
   * HorizontalPodAutoscaler.
   */
  target?: pulumi.Input<string>;
  /**
   * Kind and name of the workload to scale, instead of target. A change of the name replaces the
   * HorizontalPodAutoscaler.
   */
  targetRef?: pulumi.Input<TrafficAutoscalerTargetRefArgs>;
  /**
   * The Deployment to scale as a Pulumi resource, instead of target. A preview warns if it sets spec.replicas, because
   * each update would reset the number of replicas. A Deployment of another name replaces the HorizontalPodAutoscaler.
   */
  deployment?: pulumi.Input<Deployment>;
  /**
   * Name of the HorizontalPodAutoscaler. A workload has only one HorizontalPodAutoscaler. Defaults to the name of the
   * workload. A change replaces the HorizontalPodAutoscaler.
   */
  name?: pulumi.Input<string>;
  /** Labels of the HorizontalPodAutoscaler. Defaults to none. */
  labels?: pulumi.Input<{ [name: string]: pulumi.Input<string> }>;
  /**
   * Additional annotations of the HorizontalPodAutoscaler. Keys that begin with metric-config. are refused: they are the
   * queries of its metrics. Defaults to none.
   */
  annotations?: pulumi.Input<{ [name: string]: pulumi.Input<string> }>;
  /**
   * Minimum number of replicas. 0 requires Kubernetes 1.37 or later, or the feature gate HPAScaleToZero in earlier
   * versions. It also requires a metric that has a value without pods: one with `service` or `query`. Defaults to 1.
   */
  minReplicas?: pulumi.Input<number>;
  /** Maximum number of replicas. Must not be less than minReplicas. */
  maxReplicas: pulumi.Input<number>;
  /** Metrics to scale on, at least one. If there are several, the one that needs the most replicas decides. */
  metrics: pulumi.Input<pulumi.Input<TrafficMetricArgs>[]>;
  /**
   * Metrics from other sources, as in a HorizontalPodAutoscaler: of the types Resource, ContainerResource, Pods, Object and
   * External. Another adapter must serve Pods and Object; for External, name it in delegates of the MetricsAdapter.
   * Defaults to none.
   */
  additionalMetrics?: pulumi.Input<pulumi.Input<k8s.autoscaling.v2.MetricSpec>[]>;
  /** Times of day with a higher minimum number of replicas than minReplicas. Defaults to none. */
  schedules?: pulumi.Input<pulumi.Input<TrafficAutoscalerScheduleArgs>[]>;
  /**
   * How fast the autoscaler follows a change of traffic. Sets the rate window of every metric without windowSeconds,
   * and with Direct also where readings come from and how fast replicas are added.
   * Defaults to Steady.
   */
  reaction?: pulumi.Input<Reaction>;
  /**
   * How fast replicas are added and removed. Defaults to the rules of Kubernetes: scale up at once, scale down after
   * five minutes.
   */
  behavior?: pulumi.Input<TrafficAutoscalerBehaviorArgs>;
  /**
   * Keeps the number of replicas as it is, in both directions and also for schedules. The HorizontalPodAutoscaler stays,
   * with its metrics, conditions and events. Only a number outside minReplicas and maxReplicas still changes. Defaults to
   * false.
   */
  paused?: pulumi.Input<boolean>;
  /** Scrape interval of the sidecars in whole seconds. Rate windows are checked against it. Defaults to 15. */
  scrapeIntervalSeconds?: pulumi.Input<number>;
  /**
   * Alias of the Prometheus server to query, one of additionalPrometheus of the MetricsAdapter. Defaults to the
   * adapter's `prometheus`.
   */
  prometheusServerAlias?: pulumi.Input<string>;
  /**
   * Peak load of the whole workload in requests per second. A preview warns if maxReplicas pods cannot serve it at the
   * requestsPerSecond of a metric. Defaults to no check.
   */
  expectedRequestsPerSecond?: pulumi.Input<number>;
}

/** Reference to a workload of any kind with the scale subresource. */
export interface TrafficAutoscalerTargetRefArgs {
  /** API group and version. Defaults to apps/v1. */
  apiVersion?: pulumi.Input<string>;
  /** Kind, such as StatefulSet. It must have the scale subresource. */
  kind: pulumi.Input<string>;
  /** Name of the workload. */
  name: pulumi.Input<string>;
  /**
   * Name of the workload in Istio's metrics, the label destination_workload. Set it if an object of another name owns the
   * pods, as in a custom resource that creates a Deployment, or if the pods have the label service.istio.io/workload-name.
   * Defaults to name, which is right for a StatefulSet, a Rollout and a CloneSet.
   */
  workload?: pulumi.Input<string>;
}
