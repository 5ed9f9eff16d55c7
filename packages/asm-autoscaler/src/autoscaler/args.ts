import type * as pulumi from "@pulumi/pulumi";

/** Arguments of a TrafficAutoscaler. */
export interface TrafficAutoscalerArgs {
  /** Namespace of the workload; the autoscaler is made in it. A change replaces the autoscaler. */
  namespace: pulumi.Input<string>;
  /**
   * Name of the Deployment to scale; the autoscaler gets the same name. It is also the workload's name in Istio's
   * metrics. A change replaces the autoscaler.
   */
  target: pulumi.Input<string>;
  /** The fewest replicas, at least 1. Default 1. */
  minReplicas?: pulumi.Input<number>;
  /** The most replicas, not less than minReplicas. */
  maxReplicas: pulumi.Input<number>;
  /** What to scale on, at least one. With several the one that asks for most replicas decides. */
  metrics: TrafficMetricArgs[];
}

/** One metric of a TrafficAutoscaler: either requestsPerSecond or a query. */
export interface TrafficMetricArgs {
  /** Requests per second that one pod should serve, as its sidecars count them. Above it pods are added. */
  requestsPerSecond?: pulumi.Input<number>;
  /** Window of the request rate in seconds, for requestsPerSecond only; at least four scrapes long. Default 60. */
  windowSeconds?: pulumi.Input<number>;
  /** A PromQL query that gives a scalar or a single sample. It needs a queryName and an averageValue or a value. */
  query?: pulumi.Input<string>;
  /**
   * Name of the query: a valid label value, unique in the namespace among all autoscalers. Default for
   * requestsPerSecond: processed-requests-per-second, so a second autoscaler in a namespace needs a name of its own.
   */
  queryName?: pulumi.Input<string>;
  /** Target of a query whose reading is divided by the number of pods, as a Kubernetes quantity such as 10 or 500m. */
  averageValue?: pulumi.Input<string>;
  /** Target of a query whose reading does not shrink with more pods (latency, ratios), as a Kubernetes quantity. */
  value?: pulumi.Input<string>;
}
