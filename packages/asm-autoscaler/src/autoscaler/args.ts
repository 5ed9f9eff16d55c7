import type { Deployment } from "@pulumi/kubernetes/apps/v1";
import type * as pulumi from "@pulumi/pulumi";

/** How fast an autoscaler answers to a change of traffic. */
export const Reaction = {
  /** Rates over four scrapes, at least a minute, as in the guide. Two failed scrapes in a row leave a reading. */
  Steady: "Steady",
  /**
   * Rates over three scrapes: new traffic counts sooner, and chance counts more. One failed scrape leaves a reading. With
   * 5 seconds between scrapes it is faster still, and Prometheus takes in three times the samples.
   */
  Fast: "Fast",
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
  stabilizationWindowSeconds?: pulumi.Input<number>;
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

/** Whose report of the traffic counts. */
export const TrafficReporter = {
  /** The sidecars of the workload itself. */
  Destination: "destination",
  /** The sidecars and gateways that send to it: they also see what never reached a pod. */
  Source: "source",
  /** The waypoint of an ambient namespace, which has no sidecars. */
  Waypoint: "waypoint",
} as const;

/** Whose report of the traffic counts. */
export type TrafficReporter = (typeof TrafficReporter)[keyof typeof TrafficReporter];

/** One metric of a TrafficAutoscaler: exactly one signal or a query, and what belongs to it. */
export interface TrafficMetricArgs {
  /** Requests per second that one pod should serve. Above it pods are added. */
  requestsPerSecond?: pulumi.Input<number>;
  /**
   * Name of the Service by which clients call the workload. requestsPerSecond then counts what clients and gateways in the
   * mesh send to it, also what finds no pod, so that minReplicas may be 0. Default: what the workload's own sidecars count.
   */
  service?: pulumi.Input<string>;
  /** Requests that one pod should have under way at a time. Above it pods are added. */
  inFlightRequests?: pulumi.Input<number>;
  /** TCP connections that one pod should hold open, for services that speak no HTTP. Above it pods are added. */
  openConnections?: pulumi.Input<number>;
  /** Latency in milliseconds at latencyQuantile that the workload should keep; it is 0 while nothing is requested. */
  latencyMilliseconds?: pulumi.Input<number>;
  /** Share of requests answered with a 5xx code above which pods are added, over 0 to 1; it is 0 without requests. */
  errorRatio?: pulumi.Input<number>;
  /** Bytes per second, in and out together, that one pod should move. Above it pods are added. */
  bytesPerSecond?: pulumi.Input<number>;
  /** CPU use of the pods in percent of what their containers request, sidecars included; needs metrics-server. */
  cpuUtilization?: pulumi.Input<number>;
  /** Memory use of the pods in percent of what their containers request, sidecars included; needs metrics-server. */
  memoryUtilization?: pulumi.Input<number>;
  /** A PromQL query that gives a scalar or a single sample. It needs a queryName and an averageValue or a value. */
  query?: pulumi.Input<string>;
  /** Quantile of latencyMilliseconds, between 0 and 1. Default 0.95. */
  latencyQuantile?: pulumi.Input<number>;
  /**
   * Window of the signal's rates in whole seconds; under four scrapes a preview warns, and under two it fails. Default by
   * the autoscaler's reaction: steady 60, or four scrapes where those are longer; fast three scrapes.
   */
  windowSeconds?: pulumi.Input<number>;
  /** Whose report of the traffic counts, for signals of the mesh. Default destination. */
  reporter?: pulumi.Input<TrafficReporter>;
  /** Further labels of Istio's metrics and the values they must have, such as job and envoy-stats. Default none. */
  matchers?: pulumi.Input<{ [label: string]: pulumi.Input<string> }>;
  /**
   * Name of the query: a valid label value, unique in the namespace among all autoscalers. Default for requestsPerSecond
   * processed-requests-per-second, so a second autoscaler in a namespace needs a name of its own; for other signals the
   * workload and the signal, such as podinfo-in-flight-requests.
   */
  queryName?: pulumi.Input<string>;
  /**
   * What counts while the query finds no series, NaN or an infinity: hold (the size is kept), zero, last-for and a duration
   * such as last-for 10m, or value and a number such as value 5. Default hold.
   */
  whenNoData?: pulumi.Input<string>;
  /** What counts while Prometheus gives no answer for longer than a reading is held, in the same words. Default hold. */
  whenNoAnswer?: pulumi.Input<string>;
  /** Target of a query whose reading is divided by the number of pods, as a Kubernetes quantity such as 10 or 500m. */
  averageValue?: pulumi.Input<string>;
  /** Target of a query whose reading does not shrink with more pods (latency, ratios), as a Kubernetes quantity. */
  value?: pulumi.Input<string>;
}

/** A day of the week. */
export const ScheduleDay = {
  Sunday: "Sunday",
  Monday: "Monday",
  Tuesday: "Tuesday",
  Wednesday: "Wednesday",
  Thursday: "Thursday",
  Friday: "Friday",
  Saturday: "Saturday",
} as const;

/** A day of the week. */
export type ScheduleDay = (typeof ScheduleDay)[keyof typeof ScheduleDay];

/** A daily window in which a workload has a floor of replicas. */
export interface TrafficAutoscalerScheduleArgs {
  /** Days on which the window starts. Default every day. */
  days?: pulumi.Input<pulumi.Input<ScheduleDay>[]>;
  /** Time of day at which the window starts, as hours and minutes such as 08:00. */
  from: pulumi.Input<string>;
  /** Time of day at which the window ends, as 20:00 or 24:00; before `from` it is on the next day. */
  to: pulumi.Input<string>;
  /** How far these times are ahead of UTC, such as +08:00 for China; daylight saving time is not followed. Default +00:00. */
  utcOffset?: pulumi.Input<string>;
  /**
   * The fewest replicas inside the window, at most maxReplicas; above 10 it can be up to a tenth more, because an
   * autoscaler ignores what is within its tolerance, and exactly this many with a scaleUp tolerance of 0.
   */
  replicas: pulumi.Input<number>;
}
