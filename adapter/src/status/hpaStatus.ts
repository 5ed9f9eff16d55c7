import type { MetricSpec } from "hpa-metrics";
import type { HpaStatus, HpaStatusMetric } from "../hpas/hpaStatus.ts";
import type { HpaMetrics } from "../hpas/metricRegistry.ts";
import { serverName } from "../kubernetes/secrets.ts";
import { type DesiredSize, desiredSizeOf } from "./desiredSize.ts";
import { type Points, STEP_MS } from "./history.ts";
import { problemsOf } from "./problems.ts";
import { controllerUsage, type HpaRecord, isWithin, type MetricRecord, type Records, SERVED_MS } from "./records.ts";
import { formula, sentence } from "./sentence.ts";
import type { HpaView, MetricStatus, ProblemStatus, State } from "./statusJson.ts";
import { unitOf } from "./unit.ts";

/** The data of one HPA that searching and sorting need. The full status is computed only for the HPAs of a page. */
export interface Summary {
  /** Unix ms. */
  readonly now: number;
  readonly hpaMetrics: HpaMetrics;
  readonly record: HpaRecord;
  /** The current value of each of `spec.metrics`, as `desiredSizeOf` takes them. */
  readonly usages: readonly (number | undefined)[];
  readonly desiredSize: DesiredSize;
  readonly problems: readonly ProblemStatus[];
  readonly state: State;
}

/** Summarizes an HPA at `now` (Unix milliseconds). */
export function summaryOf(hpaMetrics: HpaMetrics, record: HpaRecord, now: number): Summary {
  const { hpaStatus } = record;
  const usages: (number | undefined)[] = hpaStatus.metrics.map(({ usage }) => usage);
  for (const metric of record.metrics) usages[metric.place] = usageOf(hpaStatus, metric, now);
  const desiredSize = desiredSizeOf(hpaStatus, usages);
  const problems = problemsOf(hpaMetrics, record);
  return { now, hpaMetrics, record, usages, desiredSize, problems, state: stateOf(hpaStatus, desiredSize, problems) };
}

/** Limits per HPA in a list: the number of metrics and problems, and the characters of each query. */
const LIST_METRICS = 5;
const LIST_QUERY = 500;

/**
 * Returns the status of an HPA for a list. Its size is limited. `/api/status/NAMESPACE/NAME` returns the full status.
 */
export function statusInList(summary: Summary, history: Records["history"]): HpaView {
  const status = statusOf(summary, history);
  const metrics = status.metrics.slice(0, LIST_METRICS).map((metric) => {
    const { query } = metric;
    return query !== undefined && query.length > LIST_QUERY
      ? { ...metric, query: `${query.slice(0, LIST_QUERY)}…` }
      : metric;
  });
  const { decides } = status;
  // The deciding metric is always included.
  const deciding = decides !== undefined && decides >= LIST_METRICS ? status.metrics[decides] : undefined;
  if (deciding) metrics[LIST_METRICS - 1] = deciding;
  return {
    ...status,
    metrics,
    ...(deciding ? { decides: LIST_METRICS - 1 } : {}),
    problems: status.problems.slice(0, LIST_METRICS),
  };
}

/** Returns the full status of an HPA. */
export function statusOf(summary: Summary, history: Records["history"]): HpaView {
  const { hpaMetrics, desiredSize, problems, state } = summary;
  const { hpaStatus } = summary.record;
  const [namespace = "", name = ""] = hpaMetrics.hpa.id.split("/");
  const metrics = hpaStatus.metrics.map((metric, place) => metricOf(summary, place, metric, history));
  const { currentReplicas: current, desiredReplicas: desired, minReplicas: min, maxReplicas: max } = hpaStatus;
  return {
    namespace,
    name,
    target: hpaStatus.target,
    state,
    replicas: {
      ...(current === undefined ? {} : { current }),
      ...(desired === undefined ? {} : { desired }),
      ...(desiredSize.replicas === undefined ? {} : { next: desiredSize.replicas }),
      min,
      max,
    },
    sentence: sentence(hpaStatus, desiredSize, metrics),
    metrics,
    ...(desiredSize.decides === undefined ? {} : { decides: desiredSize.decides }),
    problems,
  };
}

/**
 * The current value of an external metric in thousandths: the value that this replica served, or else the HPA's status.
 */
function usageOf(hpaStatus: HpaStatus, metric: MetricRecord, now: number): number | undefined {
  return isServed(metric, now) ? metric.milli : controllerUsage(hpaStatus, metric.place);
}

function isServed({ servedAt }: MetricRecord, now: number): boolean {
  return isWithin(servedAt, now, SERVED_MS);
}

function stateOf(
  { currentReplicas: current }: HpaStatus,
  { replicas: next, because }: DesiredSize,
  problems: readonly ProblemStatus[],
): State {
  if (problems.some(({ severity }) => severity === "error")) return "problem";
  if (because === "disabled") return "paused";
  if (because === "unknown" || because === "nothing" || current === undefined || next === undefined) return "waiting";
  if (because === "maximum") return "maximum";
  return next > current ? "growing" : next < current ? "shrinking" : "steady";
}

/** Returns the status of one of `spec.metrics`, including the served reading if this adapter serves the metric. */
function metricOf(
  { now, desiredSize, usages, record }: Summary,
  place: number,
  { type, name, kind, goal }: HpaStatusMetric,
  history: Records["history"],
): MetricStatus {
  const own = record.metrics.find((metric) => metric.place === place);
  const unit = kind === "utilization" ? 1 : 1000;
  const usage = usages[place];
  const proposal = desiredSize.proposals[place];
  const base = { name: own ? queryName(own.spec) : name, type, goal: { kind, value: goal / unit } };
  return {
    ...base,
    ...(own ? asked(own.spec) : {}),
    ...(usage === undefined
      ? {}
      : { reading: { value: usage / unit, ...(own && isServed(own, now) ? { evaluatedAt: own.evaluatedAt } : {}) } }),
    ...(usage === undefined || !proposal
      ? {}
      : {
          proposal: {
            replicas: proposal.replicas,
            ratio: proposal.ratio,
            formula: formula(base, usage / unit, record.hpaStatus.currentReplicas ?? 0, proposal),
          },
        }),
    ...(own ? historyOf(history(own)) : {}),
  };
}

/** Returns the last part of the annotation key, which is the query's name. */
function queryName({ queryKey }: MetricSpec): string {
  return queryKey.slice(queryKey.indexOf("/") + 1);
}

function asked({ query, queryKey, server }: MetricSpec) {
  const unit = unitOf(query);
  return { query: query.text, key: queryKey, server: serverName(server), ...(unit ? { unit: unit.words } : {}) };
}

function historyOf(points: Points | undefined) {
  if (!points) return {};
  // A history stores seven digits. A plot shows four.
  const readings = points.readings.map((reading) => (reading === undefined ? null : Number(reading.toPrecision(4))));
  const replicas = points.replicas.map((count) => count ?? null);
  return { history: { endsAt: points.endsAt, stepMs: STEP_MS, readings, replicas } };
}
