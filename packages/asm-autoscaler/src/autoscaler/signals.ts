import type * as pulumi from "@pulumi/pulumi";
import {
  bytesPerSecondQuery,
  demandPerSecondQuery,
  errorRatioQuery,
  inFlightRequestsQuery,
  latencyQuery,
  openConnectionsQuery,
  requestsPerSecondQuery,
  type WorkloadTraffic,
} from "hpa-metrics";
import type { TrafficMetricArgs } from "./args";

/** A metric whose arguments are all known. */
export type Metric = pulumi.Unwrap<TrafficMetricArgs>;

/** An argument of a metric. */
export type MetricArgument = keyof TrafficMetricArgs;

/** A signal of the mesh as a metric of an autoscaler. */
export interface Signal {
  /** `AverageValue`: shared out over the pods. `Value`: it does not shrink with more pods. */
  readonly target: "AverageValue" | "Value";
  /** What may stand next to it. */
  readonly takes: readonly MetricArgument[];
  readonly query: (traffic: WorkloadTraffic, metric: Metric) => string;
  /** End of the query's name where none is given. */
  readonly name: string;
}

/** What any query may have beside it. */
export const named = ["queryName", "whenNoData", "whenNoAnswer"] as const satisfies readonly MetricArgument[];

const any: readonly MetricArgument[] = ["reporter", "matchers", ...named];
const rate: readonly MetricArgument[] = ["windowSeconds", ...any];

/** Quantile of a latency where none is given. */
const DEFAULT_QUANTILE = 0.95;

/** The signals by the argument that is their target. */
export const signals = {
  requestsPerSecond: {
    target: "AverageValue",
    takes: ["service", ...rate],
    query: (traffic, { service }) =>
      service === undefined ? requestsPerSecondQuery(traffic) : demandPerSecondQuery({ ...traffic, service }),
    name: "processed-requests-per-second",
  },
  inFlightRequests: { target: "AverageValue", takes: rate, query: inFlightRequestsQuery, name: "in-flight-requests" },
  openConnections: { target: "AverageValue", takes: any, query: openConnectionsQuery, name: "open-connections" },
  latencyMilliseconds: {
    target: "Value",
    takes: ["latencyQuantile", ...rate],
    query: (traffic, metric) => latencyQuery(traffic, metric.latencyQuantile ?? DEFAULT_QUANTILE),
    name: "latency-milliseconds",
  },
  errorRatio: { target: "Value", takes: rate, query: errorRatioQuery, name: "error-ratio" },
  bytesPerSecond: { target: "AverageValue", takes: rate, query: bytesPerSecondQuery, name: "bytes-per-second" },
} as const satisfies Partial<Record<MetricArgument, Signal>>;

/** The argument that is a signal's target. */
export type SignalKind = keyof typeof signals;

/** The resource that the argument is about, by metrics-server and not by the mesh. */
export const resources = { cpuUtilization: "cpu", memoryUtilization: "memory" } as const;

/** All arguments that say what a metric is; a metric has exactly one. */
export const kinds = [
  ...(Object.keys(signals) as SignalKind[]),
  ...(Object.keys(resources) as (keyof typeof resources)[]),
  "query" as const,
];

/** What a metric is. */
export type MetricKind = (typeof kinds)[number];

/** Every argument of a metric, for what has no type checker before it. */
export const metricArguments: readonly MetricArgument[] = [
  ...kinds,
  "service",
  ...any,
  "windowSeconds",
  "latencyQuantile",
  "averageValue",
  "value",
];

/** Whether a kind is a signal of the mesh. */
export function isSignal(kind: MetricKind): kind is SignalKind {
  return kind in signals;
}

/**
 * The name of a signal's query where none is given: that of Alibaba Cloud's guide for requests, else with the workload in
 * front, so that autoscalers of one namespace do not meet. Cut to the 63 characters of a label's value.
 */
export function defaultQueryName(kind: SignalKind, workload: string): string {
  const { name } = signals[kind];
  return kind === "requestsPerSecond" ? name : ownName(workload, name);
}

/** A query name that begins with the workload. */
export function ownName(workload: string, name: string): string {
  return `${workload.slice(0, 62 - name.length)}-${name}`;
}
