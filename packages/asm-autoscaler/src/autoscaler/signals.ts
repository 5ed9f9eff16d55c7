import { createHash } from "node:crypto";
import {
  bytesPerSecondQuery,
  demandPerSecondQuery,
  errorRatioQuery,
  inFlightRequestsQuery,
  latencyQuery,
  openConnectionsQuery,
  requestsPerSecondQuery,
  type WorkloadTraffic,
} from "@asm-autoscaler/hpa-metrics";
import type * as pulumi from "@pulumi/pulumi";
import type { TrafficMetricArgs } from "./metricArgs";

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
export const named = ["queryName", "onNoData", "onError"] as const satisfies readonly MetricArgument[];

const any: readonly MetricArgument[] = ["reporter", "matchers", ...named];
const rate: readonly MetricArgument[] = ["windowSeconds", ...any];

/** Quantile of a latency where none is given. */
const DEFAULT_QUANTILE = 0.95;

/** The signals by the argument that is their target. */
export const signals = {
  requestsPerSecond: {
    target: "AverageValue",
    takes: ["service", "anticipate", ...rate],
    query: (traffic, { service }) =>
      service === undefined ? requestsPerSecondQuery(traffic) : demandPerSecondQuery({ ...traffic, service }),
    name: "requests-per-second",
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
  "anticipate",
  ...any,
  "windowSeconds",
  "latencyQuantile",
  "dialect",
  "averageValue",
  "value",
];

/** Whether a kind is a signal of the mesh. */
export function isSignal(kind: MetricKind): kind is SignalKind {
  return kind in signals;
}

/**
 * Longest label value, in characters. A query name is a label value and the last part of an annotation key.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
 */
const LONGEST_LABEL_VALUE = 63;

/** Longest query name that leaves room for `on-no-data.` in the annotation key of its policy, in characters. */
const LONGEST_NAME_WITH_POLICY = LONGEST_LABEL_VALUE - "on-no-data.".length;

/**
 * The default query name of a signal: the workload's name and the signal's. Two workloads of one namespace therefore
 * never share a query name, also when different programs manage them.
 */
export function defaultQueryName(kind: SignalKind, workload: string, hasPolicy: boolean): string {
  return workloadQueryName(workload, signals[kind].name, hasPolicy ? LONGEST_NAME_WITH_POLICY : LONGEST_LABEL_VALUE);
}

/**
 * A query name that starts with the workload's name. A name longer than `longest` characters is cut, and gets the first
 * 8 hexadecimal digits of its SHA-256, so that it stays unique.
 */
export function workloadQueryName(workload: string, name: string, longest = LONGEST_LABEL_VALUE): string {
  const whole = `${workload}-${name}`;
  if (whole.length <= longest) return whole;
  const hash = createHash("sha256").update(whole).digest("hex").slice(0, 8);
  const end = `-${hash}-${name}`;
  return end.length < longest
    ? `${workload.slice(0, longest - end.length)}${end}`
    : `${whole.slice(0, longest - hash.length - 1)}-${hash}`;
}
