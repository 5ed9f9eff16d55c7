import type { MetricSpec } from "hpa-metrics";
import type { Scaling, ScalingMetric } from "../hpas/hpaStatus.ts";
import type { Wish } from "../hpas/metricRegistry.ts";
import { serverName } from "../kubernetes/secrets.ts";
import { faultsOf } from "./faults.ts";
import { type Points, STEP_MS } from "./history.ts";
import { type Outlook, outlookOf } from "./outlook.ts";
import { controllerUsage, type HpaRecord, isWithin, type MetricRecord, type Records, SERVED_MS } from "./records.ts";
import { formula, sentence } from "./sentence.ts";
import type { FaultStatus, HpaStatus, MetricStatus, State } from "./statusJson.ts";
import { unitOf } from "./unit.ts";

/** What the list of all HPAs needs of one; the rest is made only of those that are shown. */
export interface Summary {
  /** Unix ms. */
  readonly now: number;
  readonly wish: Wish;
  readonly record: HpaRecord;
  /** Of each of `spec.metrics`, as `outlookOf` takes them. */
  readonly usages: readonly (number | undefined)[];
  readonly outlook: Outlook;
  readonly faults: readonly FaultStatus[];
  readonly state: State;
}

/** How an HPA stands at `now`, Unix ms. */
export function summaryOf(wish: Wish, record: HpaRecord, now: number): Summary {
  const { scaling } = record;
  const usages: (number | undefined)[] = scaling.metrics.map(({ usage }) => usage);
  for (const metric of record.metrics) usages[metric.place] = usageOf(scaling, metric, now);
  const outlook = outlookOf(scaling, usages);
  const faults = faultsOf(wish, record);
  return { now, wish, record, usages, outlook, faults, state: stateOf(scaling, outlook, faults) };
}

/** What a list of many HPAs has of each: their first metrics and problems, and the beginning of each query. */
const LIST_METRICS = 5;
const LIST_QUERY = 500;

/** The status of an HPA as one of many: bounded, whatever its owner wrote. `/api/status/NAMESPACE/NAME` has all of it. */
export function statusInList(summary: Summary, history: Records["history"]): HpaStatus {
  const status = statusOf(summary, history);
  const metrics = status.metrics.slice(0, LIST_METRICS).map((metric) => {
    const { query } = metric;
    return query !== undefined && query.length > LIST_QUERY
      ? { ...metric, query: `${query.slice(0, LIST_QUERY)}…` }
      : metric;
  });
  const { decides } = status;
  // The one that decides is always shown.
  const deciding = decides !== undefined && decides >= LIST_METRICS ? status.metrics[decides] : undefined;
  if (deciding) metrics[LIST_METRICS - 1] = deciding;
  return {
    ...status,
    metrics,
    ...(deciding ? { decides: LIST_METRICS - 1 } : {}),
    faults: status.faults.slice(0, LIST_METRICS),
  };
}

/** The whole status of an HPA. */
export function statusOf(summary: Summary, history: Records["history"]): HpaStatus {
  const { wish, outlook, faults, state } = summary;
  const { scaling } = summary.record;
  const [namespace = "", name = ""] = wish.hpa.id.split("/");
  const metrics = scaling.metrics.map((metric, place) => metricOf(summary, place, metric, history));
  const { currentReplicas: current, desiredReplicas: desired, minReplicas: min, maxReplicas: max } = scaling;
  return {
    namespace,
    name,
    target: scaling.target,
    state,
    replicas: {
      ...(current === undefined ? {} : { current }),
      ...(desired === undefined ? {} : { desired }),
      ...(outlook.replicas === undefined ? {} : { next: outlook.replicas }),
      min,
      max,
    },
    sentence: sentence(scaling, outlook, metrics),
    metrics,
    ...(outlook.decides === undefined ? {} : { decides: outlook.decides }),
    faults,
  };
}

/** The usage of a metric of ours, thousandths: as this replica of the adapter served it, else as the HPA controller noted it. */
function usageOf(scaling: Scaling, metric: MetricRecord, now: number): number | undefined {
  return isServed(metric, now) ? metric.milli : controllerUsage(scaling, metric.place);
}

function isServed({ servedAt }: MetricRecord, now: number): boolean {
  return isWithin(servedAt, now, SERVED_MS);
}

function stateOf(
  { currentReplicas: current }: Scaling,
  { replicas: next, because }: Outlook,
  faults: readonly FaultStatus[],
): State {
  if (faults.some(({ severity }) => severity === "error")) return "fault";
  if (because === "disabled") return "paused";
  if (because === "unknown" || because === "nothing" || current === undefined || next === undefined) return "waiting";
  if (because === "maximum") return "maximum";
  return next > current ? "growing" : next < current ? "shrinking" : "steady";
}

/** One of `spec.metrics`, with what is served for it where it is ours. */
function metricOf(
  { now, outlook, usages, record }: Summary,
  place: number,
  { type, name, kind, goal }: ScalingMetric,
  history: Records["history"],
): MetricStatus {
  const own = record.metrics.find((metric) => metric.place === place);
  const unit = kind === "utilization" ? 1 : 1000;
  const usage = usages[place];
  const proposal = outlook.proposals[place];
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
            formula: formula(base, usage / unit, record.scaling.currentReplicas ?? 0, proposal),
          },
        }),
    ...(own ? historyOf(history(own)) : {}),
  };
}

/** The last part of the annotation's key: what the HPA's author calls the query. */
function queryName({ queryKey }: MetricSpec): string {
  return queryKey.slice(queryKey.indexOf("/") + 1);
}

function asked({ query, queryKey, server }: MetricSpec) {
  const unit = unitOf(query);
  return { query: query.text, key: queryKey, server: serverName(server), ...(unit ? { unit: unit.words } : {}) };
}

function historyOf(points: Points | undefined) {
  if (!points) return {};
  // Seven digits are all that a history holds, and four are all that a plot shows.
  const readings = points.readings.map((reading) => (reading === undefined ? null : Number(reading.toPrecision(4))));
  const replicas = points.replicas.map((count) => count ?? null);
  return { history: { endsAt: points.endsAt, stepMs: STEP_MS, readings, replicas } };
}
