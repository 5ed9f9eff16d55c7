import type * as pulumi from "@pulumi/pulumi";

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
