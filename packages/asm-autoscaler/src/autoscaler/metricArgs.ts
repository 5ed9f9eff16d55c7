import type * as pulumi from "@pulumi/pulumi";
import type { TrafficAnticipateArgs } from "./anticipateArgs";

/** Which proxy's metrics count, as in Istio's label `reporter`. */
export const TrafficReporter = {
  /** The sidecars of the workload itself. */
  Destination: "Destination",
  /** The sidecars and gateways that send to the workload. They also count requests that never reached a pod. */
  Source: "Source",
  /** The waypoint of an ambient namespace, where pods have no sidecars. */
  Waypoint: "Waypoint",
} as const;

/** Which proxy's metrics count, as in Istio's label `reporter`. */
export type TrafficReporter = (typeof TrafficReporter)[keyof typeof TrafficReporter];

/**
 * One metric of a TrafficAutoscaler: exactly one signal, resource or query, and its options. A signal is measured by
 * the proxies of the mesh: requestsPerSecond, inFlightRequests, openConnections, latencyMilliseconds, errorRatio or
 * bytesPerSecond. A resource is cpuUtilization or memoryUtilization.
 */
export interface TrafficMetricArgs {
  /** Target number of requests per second per pod. Above it, pods are added. */
  requestsPerSecond?: pulumi.Input<number>;
  /**
   * Name of the Service that clients call, for requestsPerSecond. The metric then counts the requests that clients and
   * gateways in the mesh send to it, also requests that find no pod, so that minReplicas may be 0. If the domain of the
   * cluster is not cluster.local, or if the Service is in another namespace, give its whole host name. Defaults to the
   * requests that the workload's own sidecars count.
   */
  service?: pulumi.Input<string>;
  /** Target number of in-flight requests per pod. Above it, pods are added. */
  inFlightRequests?: pulumi.Input<number>;
  /**
   * Target number of open TCP connections per pod, for ports that are not HTTP. Above it, pods are added. A WebSocket
   * or a stream on an HTTP port is not a TCP connection for the mesh and is never counted. The number is right only if
   * the proxies never drop old counters (metric rotation or eviction). By default Istio's proxies keep them.
   */
  openConnections?: pulumi.Input<number>;
  /** Target latency of the workload in milliseconds, at latencyQuantile. The metric is 0 without requests. */
  latencyMilliseconds?: pulumi.Input<number>;
  /**
   * Target share of requests with a 5xx response, above 0 and at most 1. Above it, pods are added. The metric is 0
   * without requests.
   */
  errorRatio?: pulumi.Input<number>;
  /**
   * Target number of bytes per second per pod, received and sent together. Above it, pods are added. The bytes of a
   * request or stream on an HTTP port are counted when it ends.
   */
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
  /** Language of query. Defaults to Promql. */
  dialect?: pulumi.Input<TrafficQueryDialect>;
  /** Quantile of latencyMilliseconds, between 0 and 1. Defaults to 0.95. */
  latencyQuantile?: pulumi.Input<number>;
  /**
   * Rate window in whole seconds, for a signal. A signal is a number that the proxies of the mesh measure: each of
   * requestsPerSecond, inFlightRequests, openConnections, latencyMilliseconds, errorRatio and bytesPerSecond is the
   * target of one. openConnections has no window. If you set the window, a preview warns below four scrape intervals,
   * and fails below two. Defaults to the window of the autoscaler's reaction: for Steady 60 seconds, or four scrape
   * intervals if that is longer; for Fast three scrape intervals, without a warning.
   */
  windowSeconds?: pulumi.Input<number>;
  /** Which proxy's metrics count, for a signal. Defaults to Destination. */
  reporter?: pulumi.Input<TrafficReporter>;
  /**
   * Additional labels of Istio's metrics and the values that they must have, such as `{ job: "envoy-stats" }`. Only for
   * a signal. Defaults to none.
   */
  matchers?: pulumi.Input<{ [label: string]: pulumi.Input<string> }>;
  /**
   * Anticipates the load of the next minutes from the same time in earlier periods, for requestsPerSecond. Defaults to
   * none: only the current load counts.
   */
  anticipate?: pulumi.Input<TrafficAnticipateArgs>;
  /**
   * Name of the query: a label value, unique among all HPAs of the namespace. Defaults to the workload's name and the
   * signal's, such as podinfo-requests-per-second or podinfo-in-flight-requests. A default longer than 63 characters
   * (52 with onNoData or onError) is cut and gets a hash. Alibaba Cloud's guide uses
   * processed-requests-per-second.
   */
  queryName?: pulumi.Input<string>;
  /** What to report while the query returns no series, NaN or an infinity. Defaults to the policy Hold. */
  onNoData?: pulumi.Input<TrafficMetricPolicyArgs>;
  /**
   * What to report while Prometheus gives no usable answer (it is down, too slow or fails, or the data is partial or
   * old) and the last reading is too old to be served. Defaults to the policy Hold.
   */
  onError?: pulumi.Input<TrafficMetricPolicyArgs>;
  /** Target of a query whose result is divided by the number of pods, as a Kubernetes quantity such as 10 or 500m. */
  averageValue?: pulumi.Input<string>;
  /**
   * Target of a query whose result is compared as it is, not divided by the number of pods, such as a latency or a
   * ratio, as a Kubernetes quantity.
   */
  value?: pulumi.Input<string>;
}

/** Language of a query. */
export const TrafficQueryDialect = {
  /** PromQL. It is checked at preview. */
  Promql: "Promql",
  /**
   * The dialect of the Prometheus server, such as MetricsQL. The query is sent as it is: it is not checked, it is not
   * grouped with others, and a MetricsAdapter with `tenants.namespaceLabel` or `tenants.maxQueryCostSeconds` does not
   * serve it.
   */
  Server: "Server",
} as const;

/** Language of a query. */
export type TrafficQueryDialect = (typeof TrafficQueryDialect)[keyof typeof TrafficQueryDialect];

/** What a metric reports while there is no reading. */
export const TrafficMetricPolicy = {
  /**
   * The last reading until its maximum age, then an error: the HorizontalPodAutoscaler keeps its number of pods. The
   * maximum age is 30 seconds by default: see the adapter's flag --metrics-ttl.
   */
  Hold: "Hold",
  /** Zero. With onNoData it is reported at once, with onError after the failure has lasted for the maximum age. */
  Zero: "Zero",
  /**
   * A reading from the proxies of the workload, only with onError. If that fails too, the same as Hold. The signal or
   * query must be one that proxies can answer; otherwise the preview fails and names the reason. Requires a
   * MetricsAdapter that reads proxies.
   */
  Direct: "Direct",
} as const;

/** What a metric reports while there is no reading. */
export type TrafficMetricPolicy = (typeof TrafficMetricPolicy)[keyof typeof TrafficMetricPolicy];

/** What a metric reports while there is no reading: exactly one of policy, lastFor and value. */
export interface TrafficMetricPolicyArgs {
  /** Hold or Zero, or Direct for onError. Set exactly one of policy, lastFor and value. */
  policy?: pulumi.Input<TrafficMetricPolicy>;
  /** The last reading, for this long, such as 10m. After that, an error. */
  lastFor?: pulumi.Input<string>;
  /** A fixed value, 0 or more, with at most 3 decimals. It is reported when Zero would be. */
  value?: pulumi.Input<number>;
}
