import {
  explainSize,
  type HpaMetric,
  type HpaStatus,
  type MetricSpec,
  reportedUsages,
  type SizeExplanation,
} from "@asm-autoscaler/hpa-metrics";
import type { Delegates, SeenMetric } from "../delegates/delegates.ts";
import type { HpaMetrics } from "../hpas/metricRegistry.ts";
import { serverName } from "../kubernetes/secrets.ts";
import type { Rules } from "../rules/rules.ts";
import { type AnticipatedContext, aheadOf, anticipatedStatus } from "./anticipated.ts";
import { type Points, STEP_MS } from "./history.ts";
import { problemsOf, shownProblem } from "./problems.ts";
import { type HpaRecord, isWithin, type MetricRecord, type Records, SERVED_MS } from "./records.ts";
import { askedMetricOf, ruleStatus } from "./rulesView.ts";
import { describedMetric, sentence } from "./sentence.ts";
import type { HpaView, MetricStatus, ProblemStatus, SourceStatus, State } from "./statusJson.ts";

/** The data of one HPA that searching and sorting need. The full status is computed only for the HPAs of a page. */
export interface Summary {
  /** Unix ms. */
  readonly now: number;
  readonly hpaMetrics: HpaMetrics;
  readonly record: HpaRecord;
  /** The current value of each of `spec.metrics`, as `explainSize` takes them. */
  readonly usages: readonly (number | undefined)[];
  readonly size: SizeExplanation;
  /** The metrics that are not this adapter's, by their index in `spec.metrics`. Undefined without delegates. */
  readonly neighbours: ReadonlyMap<number, SeenMetric> | undefined;
  /** Finds the rule of a metric. Undefined without rules. */
  readonly ruleOf: Rules["seen"] | undefined;
  readonly problems: readonly ProblemStatus[];
  readonly state: State;
}

/**
 * Summarizes an HPA.
 * @param now Unix ms.
 * @param seen Who serves a metric that is not this adapter's. Undefined without delegates.
 * @param ruleOf Finds the rule of a metric. Undefined without rules.
 */
export function summaryOf(
  hpaMetrics: HpaMetrics,
  record: HpaRecord,
  now: number,
  seen?: Delegates["seen"],
  ruleOf?: Rules["seen"],
): Summary {
  const { hpaStatus } = record;
  const usages = reportedUsages(hpaStatus);
  // This replica's own value is newer than the HPA's status.
  // What is only observed has no place.
  for (const metric of record.metrics)
    if (metric.place >= 0 && isServed(metric, now)) usages[metric.place] = metric.milli;
  const size = explainSize(hpaStatus, usages);
  const neighbours = seen && neighboursOf(hpaMetrics, hpaStatus, seen);
  const problems = problemsOf(hpaMetrics, record, neighbours);
  const state = stateOf(hpaStatus, size, problems);
  return { now, hpaMetrics, record, usages, size, neighbours, ruleOf, problems, state };
}

function neighboursOf(
  { hpa }: HpaMetrics,
  { metrics }: HpaStatus,
  seen: Delegates["seen"],
): ReadonlyMap<number, SeenMetric> {
  const places = metrics.flatMap(({ type }, place) => (type === "External" ? [place] : []));
  return new Map(
    hpa.externalMetrics.flatMap((metric, index) => {
      const [place, found] = [places[index], seen(hpa.namespace, metric)];
      return place === undefined || !found ? [] : [[place, found] as const];
    }),
  );
}

/** Limits per HPA in a list: the number of metrics and problems, and the characters of each query. */
const LIST_METRICS = 5;
const LIST_QUERY = 500;

/**
 * Returns the status of an HPA for a list. Its size is limited. `/api/status/NAMESPACE/NAME` returns the full status.
 */
export function statusInList(summary: Summary, history: Records["history"], periods?: PeriodsWithHistory): HpaView {
  const status = statusOf(summary, history, periods);
  const metrics = status.metrics.slice(0, LIST_METRICS).map((metric) => {
    const { query, rule } = metric;
    const reads = rule?.reads.slice(0, 1).map((read) => ({ ...read, query: shortened(read.query) }));
    return {
      ...metric,
      ...(query === undefined ? {} : { query: shortened(query) }),
      ...(rule && reads ? { rule: { ...rule, reads } } : {}),
    };
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

function shortened(query: string): string {
  return query.length > LIST_QUERY ? `${query.slice(0, LIST_QUERY)}…` : query;
}

/** How many periods of an anticipated load have history. */
type PeriodsWithHistory = AnticipatedContext["periodsWithHistory"];

/** Returns the full status of an HPA. By default, no history of anticipated loads was counted. */
export function statusOf(
  summary: Summary,
  history: Records["history"],
  periods: PeriodsWithHistory = () => undefined,
): HpaView {
  const { hpaMetrics, size, problems, state } = summary;
  const { hpaStatus } = summary.record;
  const [namespace = "", name = ""] = hpaMetrics.hpa.id.split("/");
  const metrics = hpaStatus.metrics.map((metric, place) => metricOf(summary, place, metric, history, periods));
  const { currentReplicas: current, desiredReplicas: desired, minReplicas: min, maxReplicas: max } = hpaStatus;
  return {
    namespace,
    name,
    target: hpaStatus.target,
    state,
    replicas: {
      ...(current === undefined ? {} : { current }),
      ...(desired === undefined ? {} : { desired }),
      ...(size.replicas === undefined ? {} : { next: size.replicas }),
      ...(size.wanted === undefined ? {} : { wanted: size.wanted }),
      min,
      max,
    },
    reason: size.reason,
    sentence: sentence(hpaStatus, size, metrics),
    metrics,
    ...(size.decides === undefined ? {} : { decides: size.decides }),
    problems,
  };
}

function isServed({ servedAt }: MetricRecord, now: number): boolean {
  return isWithin(servedAt, now, SERVED_MS);
}

function stateOf(
  { currentReplicas: current }: HpaStatus,
  { replicas: next, reason }: SizeExplanation,
  problems: readonly ProblemStatus[],
): State {
  if (problems.some(({ severity }) => severity === "error")) return "problem";
  if (reason === "scaling-disabled") return "paused";
  if (reason === "no-reading" || current === undefined || next === undefined) return "waiting";
  if (reason === "at-maximum") return "maximum";
  return next > current ? "growing" : next < current ? "shrinking" : "steady";
}

/** Returns the status of one of `spec.metrics`, including the served reading if this adapter serves the metric. */
function metricOf(
  { now, size, usages, record, neighbours, hpaMetrics, ruleOf }: Summary,
  place: number,
  metric: HpaMetric,
  history: Records["history"],
  periodsWithHistory: PeriodsWithHistory,
): MetricStatus {
  const own = record.metrics.find((one) => one.place === place);
  const ahead = own && aheadOf(record, own.spec);
  const described = describedMetric(metric, usages[place], record.hpaStatus, size.proposals[place], own?.spec);
  const { reading } = described;
  const asked = own ? undefined : ruleOf && askedMetricOf(hpaMetrics.hpa, record.hpaStatus.metrics, place);
  const rule = asked && ruleOf?.(asked);
  return {
    ...described,
    ...(own ? queryOf(own.spec) : servedBy(neighbours?.get(place))),
    ...(rule ? { rule: ruleStatus(rule) } : {}),
    ...(reading && own && isServed(own, now)
      ? { reading: { ...reading, evaluatedAt: own.evaluatedAt, ...sourceOf(own) } }
      : {}),
    ...(ahead
      ? {
          anticipated: anticipatedStatus(record, ahead, place, {
            ...{ now, periodsWithHistory, unit: described.unit },
            others: mostWanted(size, ahead.place),
          }),
        }
      : {}),
    ...(own ? historyOf(history(own), ahead && history(ahead)) : {}),
  };
}

/** The pods that the metrics ask for, except for one of them. Undefined if none of the others has a reading. */
function mostWanted({ proposals }: SizeExplanation, except: number): number | undefined {
  const wanted = proposals.flatMap((proposal, place) => (proposal && place !== except ? [proposal.replicas] : []));
  return wanted.length === 0 ? undefined : Math.max(...wanted);
}

function queryOf({ query, queryKey, server }: MetricSpec) {
  return { query: query.text, key: queryKey, server: serverName(server) };
}

function servedBy(seen: SeenMetric | undefined): Pick<MetricStatus, "delegate"> {
  if (seen?.delegate === undefined) return {};
  const { delegate: name, lastAnswer } = seen;
  return { delegate: { name, ...(lastAnswer ? { lastAnswer } : {}) } };
}

/** Names each field, so that a new one is not shown without a decision. */
function sourceOf({ source }: MetricRecord): { source?: SourceStatus } {
  if (!source) return {};
  const { from, prometheus, pods, problem, tooLow } = source;
  return {
    source: {
      from,
      ...(prometheus ? { prometheus } : {}),
      ...(pods ? { pods } : {}),
      ...(problem ? { problem: shownProblem(problem) } : {}),
      ...(tooLow ? { tooLow: shownProblem(tooLow) } : {}),
    },
  };
}

function historyOf(points: Points | undefined, ahead: Points | undefined) {
  if (!points) return {};
  const readings = shownReadings(points);
  const replicas = points.replicas.map((count) => count ?? null);
  const anticipated = ahead ? { anticipated: shownReadings(ahead) } : {};
  return { history: { endsAt: points.endsAt, stepMs: STEP_MS, readings, replicas, ...anticipated } };
}

/** A history stores seven digits. A plot shows four. */
function shownReadings({ readings }: Points): (number | null)[] {
  return readings.map((reading) => (reading === undefined ? null : Number(reading.toPrecision(4))));
}
