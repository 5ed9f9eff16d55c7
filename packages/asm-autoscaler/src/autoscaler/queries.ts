import {
  type AnnotatedQuery,
  anticipateQuery,
  DEFAULT_SCRAPE_SECONDS,
  FAST_SCRAPES,
  type Reporter,
  scheduleFloorQuery,
  WANTED_SCRAPES,
} from "@asm-autoscaler/hpa-metrics";
import type * as pulumi from "@pulumi/pulumi";
import { anticipateOf } from "./anticipation";
import { Reaction, type TrafficAutoscalerArgs } from "./args";
import type { TrafficReporter } from "./metricArgs";
import { hasPolicy, policyTexts } from "./policy";
import { scheduledReplicas } from "./schedules";
import { defaultQueryName, isSignal, kinds, type Metric, signals, workloadQueryName } from "./signals";

/** Default rate window in seconds, if it holds four scrapes: the guide's `[1m]`. */
const DEFAULT_WINDOW_SECONDS = 60;

/** Values of Istio's label `reporter`. */
export const REPORTERS = {
  Destination: "destination",
  Source: "source",
  Waypoint: "waypoint",
} as const satisfies Record<TrafficReporter, Reporter>;

/** Arguments of a TrafficAutoscaler, all known and validated. */
export interface Autoscaling
  extends Pick<
    pulumi.Unwrap<TrafficAutoscalerArgs>,
    | "metrics"
    | "additionalMetrics"
    | "schedules"
    | "scrapeIntervalSeconds"
    | "reaction"
    | "behavior"
    | "prometheusServerAlias"
  > {
  readonly namespace: string;
  readonly workload: string;
}

/** The query of a metric and its name. Undefined for CPU and memory. */
export function metricQuery(autoscaling: Autoscaling, metric: Metric): AnnotatedQuery | undefined {
  const { namespace, workload } = autoscaling;
  if (metric.query !== undefined)
    return {
      queryName: metric.queryName ?? "",
      query: metric.query,
      ...(metric.dialect === "Server" ? { dialect: "server" } : {}),
      ...policyTexts(metric),
      ...shared(autoscaling),
    };
  const kind = kinds.filter(isSignal).find((candidate) => metric[candidate] !== undefined);
  if (kind === undefined) return undefined;
  const { matchers } = metric;
  const reporter = metric.reporter && REPORTERS[metric.reporter];
  const windowSeconds = metric.windowSeconds ?? defaultWindowSeconds(autoscaling);
  const query = signals[kind].query({ workload, namespace, reporter, matchers, windowSeconds }, metric);
  const queryName = metric.queryName ?? defaultQueryName(kind, workload, hasPolicy(metric) || isDirect(autoscaling));
  return { queryName, query, ...policyTexts(metric), ...shared(autoscaling) };
}

/** Step in which an anticipated load changes, in seconds: that of its subqueries. */
const AHEAD_INTERVAL_SECONDS = 60;

/** Longest query name that leaves room for `anticipates.` in an annotation key, in characters. */
const LONGEST_AHEAD_NAME = 51;

/** The query of the load that is anticipated for a metric. Undefined without `anticipate`. */
export function aheadQuery(autoscaling: Autoscaling, metric: Metric): AnnotatedQuery | undefined {
  const load = metric.anticipate && metricQuery(autoscaling, metric);
  if (!load || !metric.anticipate) return undefined;
  return {
    queryName: workloadQueryName(load.queryName, "ahead", LONGEST_AHEAD_NAME),
    query: anticipateQuery(load.query, anticipateOf(metric.anticipate)),
    intervalSeconds: AHEAD_INTERVAL_SECONDS,
    anticipates: load.queryName,
    ...serverOf(autoscaling),
  };
}

/** What all metrics of the autoscaler have in common. */
function shared(autoscaling: Autoscaling): Pick<AnnotatedQuery, "serverAlias" | "reaction"> {
  return { ...serverOf(autoscaling), ...(isDirect(autoscaling) ? { reaction: "direct" } : {}) };
}

function isDirect({ reaction }: Autoscaling): boolean {
  return reaction === Reaction.Direct;
}

function serverOf({ prometheusServerAlias }: Autoscaling): Pick<AnnotatedQuery, "serverAlias"> {
  return prometheusServerAlias === undefined ? {} : { serverAlias: prometheusServerAlias };
}

/** Rate window of the reaction, in seconds. */
function defaultWindowSeconds({ reaction, scrapeIntervalSeconds = DEFAULT_SCRAPE_SECONDS }: Autoscaling): number {
  if (reaction === Reaction.Fast) return FAST_SCRAPES * scrapeIntervalSeconds;
  return Math.max(DEFAULT_WINDOW_SECONDS, WANTED_SCRAPES * scrapeIntervalSeconds);
}

/** Query for the minimum number of replicas by the schedules. Undefined without schedules. */
export function floorQuery(autoscaling: Autoscaling): AnnotatedQuery | undefined {
  const { workload, schedules = [], behavior } = autoscaling;
  if (schedules.length === 0) return undefined;
  const query = scheduleFloorQuery(schedules.map(scheduledReplicas), behavior?.scaleUp?.tolerance);
  return { queryName: workloadQueryName(workload, "schedule-floor"), query, ...serverOf(autoscaling) };
}

/** All queries of an autoscaler. `index` is the index of the metric, absent for the query of the schedules. */
export function queriesOf(autoscaling: Autoscaling): (AnnotatedQuery & { readonly index?: number })[] {
  const floor = floorQuery(autoscaling);
  return [
    ...autoscaling.metrics.flatMap((metric, index) => {
      const queries = [metricQuery(autoscaling, metric), aheadQuery(autoscaling, metric)];
      return queries.flatMap((query) => (query ? [{ ...query, index }] : []));
    }),
    ...(floor ? [floor] : []),
  ];
}
