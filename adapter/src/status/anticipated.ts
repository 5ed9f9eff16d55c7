import { anticipationOf, counted, type MetricSpec, PERIOD_SECONDS, promDuration } from "@asm-autoscaler/hpa-metrics";
import { type HpaRecord, isWithin, type MetricRecord, SERVED_MS } from "./records.ts";
import { amount, queryName } from "./sentence.ts";
import { type AnticipatedStatus, withUnit } from "./statusJson.ts";

/**
 * How long a value that is only observed is current, in milliseconds: it is read once a minute, and one read may fail.
 */
const OBSERVED_MS = 2 * SERVED_MS;

/** What the status of an anticipated load needs besides its record. */
export interface AnticipatedContext {
  /** Unix ms. */
  readonly now: number;
  /** Pods that the HPA's other metrics ask for, without limits. Undefined if none has a reading. */
  readonly others: number | undefined;
  /** Unit of the load in words. */
  readonly unit: string | undefined;
  /** See `Anticipations.periodsWithHistory`. */
  periodsWithHistory(spec: MetricSpec): number | undefined;
}

/** The record of what is anticipated for a load. Undefined if nothing is. */
export function aheadOf(record: HpaRecord, load: MetricSpec): MetricRecord | undefined {
  return record.metrics.find(
    ({ spec: { anticipates, metricName } }) => anticipates === queryName(load) && metricName === load.metricName,
  );
}

/** The status of what is anticipated for the load at `place` of `spec.metrics`. */
export function anticipatedStatus(
  record: HpaRecord,
  ahead: MetricRecord,
  place: number,
  context: AnticipatedContext,
): AnticipatedStatus {
  const { spec } = ahead;
  const { now, others, periodsWithHistory } = context;
  const { minReplicas, maxReplicas } = record.hpaStatus;
  const isCurrent = ahead.milli !== undefined && isWithin(ahead.servedAt, now, OBSERVED_MS);
  const replicas = isCurrent ? podsFor(record, place, ahead.milli) : undefined;
  const bounded = (count: number) => Math.min(Math.max(count, minReplicas), maxReplicas);
  const known = periodsWithHistory(spec);
  const status = {
    name: queryName(spec),
    key: spec.queryKey,
    mode: spec.isObserved ? ("observe" as const) : ("act" as const),
    ...(isCurrent ? { reading: { value: (ahead.milli ?? 0) / 1000, evaluatedAt: ahead.evaluatedAt } } : {}),
    ...(replicas === undefined ? {} : { replicas }),
    ...(replicas === undefined || others === undefined
      ? {}
      : { added: Math.max(0, bounded(replicas) - bounded(others)) }),
    ...(known === undefined ? {} : { periodsWithHistory: known }),
  };
  return { ...status, sentence: sentenceOf(status, spec, context, maxReplicas) };
}

/** The pods that an anticipated load needs, if they are more than `maxReplicas`, which is `most`. */
export function beyondMaximum(
  record: HpaRecord,
  spec: MetricSpec,
): { readonly wanted: number; readonly most: number } | undefined {
  const isNamed = (name: string) => (metric: MetricRecord) =>
    queryName(metric.spec) === name && metric.spec.metricName === spec.metricName;
  const load = record.metrics.find(isNamed(spec.anticipates ?? ""));
  const ahead = record.metrics.find(isNamed(queryName(spec)));
  const wanted = load && podsFor(record, load.place, ahead?.milli);
  const most = record.hpaStatus.maxReplicas;
  return wanted !== undefined && wanted > most ? { wanted, most } : undefined;
}

/** Pods for a value at the target of a metric, without limits and tolerance. Undefined for a target that is not per pod. */
function podsFor({ hpaStatus }: HpaRecord, place: number, milli: number | undefined): number | undefined {
  const metric = hpaStatus.metrics[place];
  if (milli === undefined || metric?.kind !== "averageValue" || metric.goal <= 0) return undefined;
  return Math.ceil(milli / metric.goal);
}

function sentenceOf(
  { reading, replicas, added, mode, periodsWithHistory }: Omit<AnticipatedStatus, "sentence">,
  spec: MetricSpec,
  { unit }: AnticipatedContext,
  maxReplicas: number,
): string {
  const anticipate = anticipationOf(spec.query)?.anticipate;
  const when = anticipate ? `in the next ${promDuration(anticipate.leadSeconds)}` : "soon";
  const what = reading ? amountOf(reading.value, unit) : "No reading";
  const pods = replicas === undefined ? "" : `, for ${counted(replicas, "pod")}`;
  const more =
    added === undefined
      ? ""
      : ` That is ${added === 0 ? "no pod" : counted(added, "pod")} more than its other metrics ask for.`;
  const beyond =
    replicas !== undefined && replicas > maxReplicas ? ` It is more than its maximum of ${maxReplicas}.` : "";
  const effect = mode === "observe" ? " It is only observed: it does not scale." : "";
  const history =
    anticipate && periodsWithHistory !== undefined
      ? ` Compared with ${counted(anticipate.periods, periodWord(anticipate.periodSeconds))}, of which ${periodsWithHistory} ${periodsWithHistory === 1 ? "has" : "have"} history.`
      : "";
  return `${reading ? `${what} anticipated ${when}${pods}.` : `${what} of what is anticipated ${when}.`}${more}${beyond}${effect}${history}`;
}

function amountOf(value: number, unit: string | undefined): string {
  return unit === undefined ? amount(value) : withUnit(amount(value), unit);
}

function periodWord(seconds: number): string {
  if (seconds === PERIOD_SECONDS.Day) return "day";
  return seconds === PERIOD_SECONDS.Week ? "week" : `period of ${promDuration(seconds)}`;
}
