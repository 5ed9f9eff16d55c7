import type { Deployment } from "@pulumi/kubernetes/apps/v1";
import type * as pulumi from "@pulumi/pulumi";

/** How fast an autoscaler follows a change of traffic: a preset of the rate window. */
export const Reaction = {
  /**
   * Rate window of four scrapes, at least 60 seconds, as in Alibaba Cloud's guide. Two failed scrapes in a row still
   * leave a value.
   */
  Steady: "Steady",
  /**
   * Rate window of three scrapes. New traffic counts sooner, and random variation counts more. One failed scrape still
   * leaves a value. A scrape interval of 5 seconds makes it faster again, and Prometheus then stores three times the
   * samples.
   */
  Fast: "Fast",
} as const;

/** How fast an autoscaler follows a change of traffic: a preset of the rate window. */
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
   * gets the same name, and Istio's metrics must use it as the workload's name. A change replaces the
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
   * Minimum number of replicas. 0 requires Kubernetes 1.37 or later and a metric that has a value without pods: one
   * with `service` or `query`. Defaults to 1.
   */
  minReplicas?: pulumi.Input<number>;
  /** Maximum number of replicas. Must not be less than minReplicas. */
  maxReplicas: pulumi.Input<number>;
  /** Metrics to scale on, at least one. If there are several, the one that needs the most replicas decides. */
  metrics: pulumi.Input<pulumi.Input<TrafficMetricArgs>[]>;
  /** Times of day with a higher minimum number of replicas than minReplicas. Defaults to none. */
  schedules?: pulumi.Input<pulumi.Input<TrafficAutoscalerScheduleArgs>[]>;
  /**
   * How fast the autoscaler follows a change of traffic. Sets the rate window of every metric without windowSeconds.
   * Defaults to Steady.
   */
  reaction?: pulumi.Input<Reaction>;
  /**
   * How fast replicas are added and removed. Defaults to the rules of Kubernetes: scale up at once, scale down after
   * five minutes.
   */
  behavior?: pulumi.Input<TrafficAutoscalerBehaviorArgs>;
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
  /** Name of the workload. Istio's metrics must use it as the workload's name. */
  name: pulumi.Input<string>;
}

/** How fast replicas are added or removed: a preset of the scaling rules of one direction. */
export const ScalingPace = {
  /**
   * Scale up at once, to ten times the pods or by 10 pods in 15 seconds, whichever is more. Scale down to any size
   * after one minute.
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

/** Scaling behavior of a TrafficAutoscaler, `spec.behavior` of the HorizontalPodAutoscaler. */
export interface TrafficAutoscalerBehaviorArgs {
  /** How replicas are added. Defaults to the pace Normal. */
  scaleUp?: pulumi.Input<TrafficAutoscalerScalingArgs>;
  /** How replicas are removed. Defaults to the pace Normal. */
  scaleDown?: pulumi.Input<TrafficAutoscalerScalingArgs>;
}

/** Scaling rules of one direction: a preset, and values that override it. */
export interface TrafficAutoscalerScalingArgs {
  /** Preset that the other arguments override. Defaults to Normal. */
  pace?: pulumi.Input<ScalingPace>;
  /**
   * Stabilization window in seconds, 0 to 3600. The most conservative recommendation in it wins. Defaults to the window
   * of the pace.
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
   * How far a metric may differ from its target before replicas change, as a share of the target, from 0 to 1 in steps
   * of 0.001. Requires Kubernetes 1.35 or later; earlier versions drop the field. Defaults to the tolerance of the
   * cluster, 0.1.
   */
  tolerance?: pulumi.Input<number>;
}

/** Which proxy's metrics count, as in Istio's label `reporter`. */
export const TrafficReporter = {
  /** The sidecars of the workload itself. */
  Destination: "destination",
  /** The sidecars and gateways that send to the workload. They also count requests that never reached a pod. */
  Source: "source",
  /** The waypoint of an ambient namespace, where pods have no sidecars. */
  Waypoint: "waypoint",
} as const;

/** Which proxy's metrics count, as in Istio's label `reporter`. */
export type TrafficReporter = (typeof TrafficReporter)[keyof typeof TrafficReporter];

/** One metric of a TrafficAutoscaler: exactly one signal, resource or query, and its options. */
export interface TrafficMetricArgs {
  /** Target number of requests per second per pod. Above it, pods are added. */
  requestsPerSecond?: pulumi.Input<number>;
  /**
   * Name of the Service that clients call, for requestsPerSecond. The metric then counts the requests that clients and
   * gateways in the mesh send to it, also requests that find no pod, so that minReplicas may be 0. Defaults to the
   * requests that the workload's own sidecars count.
   */
  service?: pulumi.Input<string>;
  /** Target number of in-flight requests per pod. Above it, pods are added. */
  inFlightRequests?: pulumi.Input<number>;
  /** Target number of open TCP connections per pod, for services that do not use HTTP. Above it, pods are added. */
  openConnections?: pulumi.Input<number>;
  /** Target latency of the workload in milliseconds, at latencyQuantile. The metric is 0 without requests. */
  latencyMilliseconds?: pulumi.Input<number>;
  /**
   * Target share of requests with a 5xx response, above 0 and at most 1. Above it, pods are added. The metric is 0
   * without requests.
   */
  errorRatio?: pulumi.Input<number>;
  /** Target number of bytes per second per pod, received and sent together. Above it, pods are added. */
  bytesPerSecond?: pulumi.Input<number>;
  /** Target CPU utilization in percent of the CPU requests of the pods, sidecars included. Requires metrics-server. */
  cpuUtilization?: pulumi.Input<number>;
  /**
   * Target memory utilization in percent of the memory requests of the pods, sidecars included. Requires
   * metrics-server.
   */
  memoryUtilization?: pulumi.Input<number>;
  /**
   * PromQL query that returns a scalar or a vector of one sample. Requires queryName, and either averageValue or value.
   */
  query?: pulumi.Input<string>;
  /** Quantile of latencyMilliseconds, between 0 and 1. Defaults to 0.95. */
  latencyQuantile?: pulumi.Input<number>;
  /**
   * Rate window of the signal in whole seconds. A preview warns if it holds fewer than four scrapes, and fails below
   * two. Defaults to the window of the autoscaler's reaction: for Steady 60, or four scrapes if that is longer; for
   * Fast three scrapes.
   */
  windowSeconds?: pulumi.Input<number>;
  /** Which proxy's metrics count, for signals of the mesh. Defaults to destination. */
  reporter?: pulumi.Input<TrafficReporter>;
  /**
   * Additional labels of Istio's metrics and the values they must have, such as job and envoy-stats. Defaults to none.
   */
  matchers?: pulumi.Input<{ [label: string]: pulumi.Input<string> }>;
  /**
   * Name of the query: a label value, unique among all HPAs of the namespace. Defaults to the workload's name and the
   * signal's, such as podinfo-requests-per-second or podinfo-in-flight-requests. A default longer than 63 characters
   * (52 with whenNoData or whenNoAnswer) is cut and gets a hash. Alibaba Cloud's guide uses
   * processed-requests-per-second.
   */
  queryName?: pulumi.Input<string>;
  /**
   * What to report while the query returns no series, NaN or an infinity: hold (an error, so that the HPA keeps its
   * size), zero, last-for with a duration such as last-for 10m, or value with a number such as value 5. Defaults to
   * hold.
   */
  whenNoData?: pulumi.Input<string>;
  /**
   * What to report while Prometheus does not answer and the last reading is too old to be served. Takes the same values
   * as whenNoData. Defaults to hold.
   */
  whenNoAnswer?: pulumi.Input<string>;
  /**
   * Language of the query: promql, or server for the dialect of the Prometheus server, such as MetricsQL. A query with
   * server is not checked, not grouped with others, and not served by an adapter with enforceNamespaceLabel. Defaults
   * to promql.
   */
  dialect?: pulumi.Input<string>;
  /** Target of a query whose result is divided by the number of pods, as a Kubernetes quantity such as 10 or 500m. */
  averageValue?: pulumi.Input<string>;
  /**
   * Target of a query whose result does not depend on the number of pods, such as a latency or a ratio, as a Kubernetes
   * quantity.
   */
  value?: pulumi.Input<string>;
}

/** Day of the week. */
export const ScheduleDay = {
  Sunday: "Sunday",
  Monday: "Monday",
  Tuesday: "Tuesday",
  Wednesday: "Wednesday",
  Thursday: "Thursday",
  Friday: "Friday",
  Saturday: "Saturday",
} as const;

/** Day of the week. */
export type ScheduleDay = (typeof ScheduleDay)[keyof typeof ScheduleDay];

/** Daily time window with its own minimum number of replicas. */
export interface TrafficAutoscalerScheduleArgs {
  /** Days on which the window starts. Defaults to every day. */
  days?: pulumi.Input<pulumi.Input<ScheduleDay>[]>;
  /** Time of day at which the window starts, as HH:MM, such as 08:00. */
  from: pulumi.Input<string>;
  /**
   * Time of day at which the window ends, as HH:MM, such as 20:00 or 24:00. If it is before `from`, the window ends on
   * the next day.
   */
  to: pulumi.Input<string>;
  /**
   * Offset of these times from UTC, such as +08:00 for China. It does not follow daylight saving time. Defaults to
   * +00:00.
   */
  utcOffset?: pulumi.Input<string>;
  /**
   * Minimum number of replicas inside the window, at most maxReplicas. Above 10 the minimum can be up to 10 percent
   * higher, because the HPA controller ignores changes within its tolerance. It is exact if the scaleUp tolerance is 0.
   */
  replicas: pulumi.Input<number>;
}
