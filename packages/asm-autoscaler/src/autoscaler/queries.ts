import type * as pulumi from "@pulumi/pulumi";
import { type AnnotatedQuery, scheduleFloorQuery } from "hpa-metrics";
import { Reaction, type TrafficAutoscalerArgs } from "./args";
import { scheduledReplicas } from "./schedules";
import { defaultQueryName, isSignal, kinds, type Metric, signals, workloadQueryName } from "./signals";

/** Window of rates, in seconds, where none is given and it holds four scrapes: the guide's `[1m]`. */
const DEFAULT_WINDOW_SECONDS = 60;

/** Seconds between two scrapes where nothing is said: the interval of our own scrape job. */
export const DEFAULT_SCRAPE_SECONDS = 15;

/** Scrapes that the window of a rate must hold to give one at all. */
export const LEAST_SCRAPES = 2;

/** Scrapes that it should hold, so that a late or failed one does not leave it without. */
export const WANTED_SCRAPES = 4;

/** Scrapes in the window of `Reaction.Fast`: with one of them failed a rate has the two that it needs. */
const FAST_SCRAPES = 3;

/** What a TrafficAutoscaler does, all of it known and right. */
export interface Autoscaling
  extends Pick<
    pulumi.Unwrap<TrafficAutoscalerArgs>,
    "metrics" | "schedules" | "scrapeIntervalSeconds" | "reaction" | "behavior" | "prometheusServerAlias"
  > {
  readonly namespace: string;
  readonly workload: string;
}

/** The query of a metric under its name; none for CPU and memory. */
export function metricQuery(autoscaling: Autoscaling, metric: Metric): AnnotatedQuery | undefined {
  const { namespace, workload } = autoscaling;
  if (metric.query !== undefined)
    return { queryName: metric.queryName ?? "", query: metric.query, ...policies(metric), ...serverOf(autoscaling) };
  const kind = kinds.filter(isSignal).find((candidate) => metric[candidate] !== undefined);
  if (kind === undefined) return undefined;
  const { reporter, matchers } = metric;
  const windowSeconds = metric.windowSeconds ?? defaultWindowSeconds(autoscaling);
  const query = signals[kind].query({ workload, namespace, reporter, matchers, windowSeconds }, metric);
  const queryName = metric.queryName ?? defaultQueryName(kind, workload, hasPolicy(metric));
  return { queryName, query, ...policies(metric), ...serverOf(autoscaling) };
}

function serverOf({ prometheusServerAlias }: Autoscaling): Pick<AnnotatedQuery, "serverAlias"> {
  return prometheusServerAlias === undefined ? {} : { serverAlias: prometheusServerAlias };
}

/** The window of rates that the reaction stands for, seconds. */
function defaultWindowSeconds({ reaction, scrapeIntervalSeconds = DEFAULT_SCRAPE_SECONDS }: Autoscaling): number {
  if (reaction === Reaction.Fast) return FAST_SCRAPES * scrapeIntervalSeconds;
  return Math.max(DEFAULT_WINDOW_SECONDS, WANTED_SCRAPES * scrapeIntervalSeconds);
}

function hasPolicy({ whenNoData, whenNoAnswer }: Metric): boolean {
  return whenNoData !== undefined || whenNoAnswer !== undefined;
}

function policies({ whenNoData, whenNoAnswer }: Metric): Pick<AnnotatedQuery, "onNoData" | "onError"> {
  return {
    ...(whenNoData === undefined ? {} : { onNoData: whenNoData }),
    ...(whenNoAnswer === undefined ? {} : { onError: whenNoAnswer }),
  };
}

/** The query of the replicas that the schedules want now; none without schedules. */
export function floorQuery(autoscaling: Autoscaling): AnnotatedQuery | undefined {
  const { workload, schedules = [], behavior } = autoscaling;
  if (schedules.length === 0) return undefined;
  const query = scheduleFloorQuery(schedules.map(scheduledReplicas), behavior?.scaleUp?.tolerance);
  return { queryName: workloadQueryName(workload, "schedule-floor"), query, ...serverOf(autoscaling) };
}

/** All queries of an autoscaler; `index` is that of the metric, absent for the floor of the schedules. */
export function queriesOf(autoscaling: Autoscaling): (AnnotatedQuery & { readonly index?: number })[] {
  const floor = floorQuery(autoscaling);
  return [
    ...autoscaling.metrics.flatMap((metric, index) => {
      const query = metricQuery(autoscaling, metric);
      return query ? [{ ...query, index }] : [];
    }),
    ...(floor ? [floor] : []),
  ];
}
