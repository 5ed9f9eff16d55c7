import { isDeepStrictEqual } from "node:util";
import {
  type ExternalMetric,
  type HpaStatus,
  isFailure,
  type MetricSpec,
  type ObjectMetric,
  type Problem,
  reportedUsages,
  servedLabels,
} from "@asm-autoscaler/hpa-metrics";
import type { Clock } from "../clock.ts";
import type { Listener } from "../externalMetrics.ts";
import type { Hpa } from "../hpas/hpa.ts";
import type { HpaMetrics } from "../hpas/metricRegistry.ts";
import type { ReadingSource } from "../readings/reading.ts";
import { createHistories, type Points } from "./history.ts";

/** The recorded state of one HPA for the status page: its status, and the results of its metric reads. */
export interface HpaRecord {
  readonly hpaStatus: HpaStatus;
  /** The metrics that are served for the HPA, in the order of its metrics. */
  readonly metrics: readonly MetricRecord[];
  /** The problems of the last reads, by the part of the HPA they are about. A read without a value is an error. */
  readonly problems: ReadonlyMap<string, Problem>;
}

export interface MetricRecord {
  readonly spec: MetricSpec;
  /** Index in the HPA's `spec.metrics`, where other metrics can be added and removed. */
  place: number;
  /** The last value that this replica served, in thousandths. */
  milli: number | undefined;
  /** The evaluation time, and the time when the value was served, in Unix milliseconds. */
  evaluatedAt: number;
  servedAt: number;
  /** The sources of the value; undefined for a metric of Prometheus alone. */
  source: ReadingSource | undefined;
  /** The metric's row in the histories; undefined before its first reading. */
  row: number | undefined;
}

/** The records of all HPAs with a metric of this adapter, one that a delegate or a rule may serve, or a problem. */
export interface Records extends Listener {
  /** An HPA was created or changed, including its status. */
  seen(id: string, hpaStatus: HpaStatus): void;
  forget(id: string): void;
  of(id: string): HpaRecord | undefined;
  /** Returns the last fifteen minutes of a metric: its total values and its HPA's replicas. */
  history(metric: MetricRecord): Points | undefined;
}

interface Kept extends HpaRecord {
  hpaStatus: HpaStatus;
  specs: readonly MetricSpec[];
  metrics: MetricRecord[];
  problems: Map<string, Problem & { toldAt: number }>;
}

/**
 * How long a reading that this replica served is current, in milliseconds. After that, another replica may serve the
 * HPA.
 */
export const SERVED_MS = 60_000;
/**
 * A problem ends after this time without a new report if the HPA controller's conditions are good. It is slightly
 * longer than one sync period, in milliseconds.
 */
const OVER_MS = 20_000;
/** A problem ends after this time without a new report, in milliseconds. Each failed read reports it again. */
const TOLD_MS = 120_000;
const NO_PROBLEMS: Kept["problems"] = new Map();
const NOT_READ = { milli: undefined, evaluatedAt: 0, servedAt: 0, source: undefined, row: undefined };

/**
 * Creates empty records.
 * @param hpaMetrics The metric registry's function.
 * @param isAlsoShown Whether an HPA without a metric or a problem of its annotations is recorded too, because a delegate or
 * a rule may serve a metric of it. By default, none is.
 */
export function createRecords(
  hpaMetrics: (id: string) => HpaMetrics | undefined,
  clock: Pick<Clock, "wall">,
  isAlsoShown: (hpa: Hpa) => boolean = () => false,
): Records {
  const records = new Map<string, Kept>();
  const histories = createHistories();

  /** Updates a record to changed HpaMetrics. The history of a query continues while the query does not change. */
  const align = (record: Kept, { specs, hpa }: HpaMetrics) => {
    if (record.specs === specs) return;
    const left = Map.groupBy(record.metrics, (metric) => historyKey(metric.spec));
    const places = placesOf(record.hpaStatus, hpa);
    record.specs = specs;
    record.problems = NO_PROBLEMS;
    record.metrics = specs.map((spec) => {
      const before = left.get(historyKey(spec))?.pop();
      const place = places(spec);
      return { ...(before ?? NOT_READ), spec, place };
    });
    for (const metrics of left.values()) drop(metrics);
  };

  const drop = (metrics: readonly MetricRecord[]) => {
    for (const { row } of metrics) if (row !== undefined) histories.release(row);
  };

  const forget = (id: string) => {
    drop(records.get(id)?.metrics ?? []);
    records.delete(id);
  };

  const isShown = ({ specs, problems, hpa }: HpaMetrics) => specs.length + problems.length > 0 || isAlsoShown(hpa);

  const find = (id: string): Kept | undefined => {
    const record = records.get(id);
    const asked = hpaMetrics(id);
    if (record && asked) align(record, asked);
    return record;
  };

  const forgetTold = ({ problems }: Kept, ms: number) => {
    for (const [subject, { toldAt }] of problems) if (!isWithin(toldAt, clock.wall(), ms)) problems.delete(subject);
  };

  /** Ends old problems when the HPA controller's conditions are good: another replica has answered it. */
  const forgetOver = (record: Kept) => {
    if (!record.hpaStatus.conditions.some(isFailure)) forgetTold(record, OVER_MS);
  };

  const note = (record: Kept, metric: MetricRecord, milli: number | undefined) => {
    metric.row ??= histories.claim();
    histories.note(
      metric.row,
      clock.wall(),
      milli === undefined ? undefined : milli / 1000,
      record.hpaStatus.currentReplicas,
    );
  };

  return {
    seen(id, hpaStatus) {
      const asked = hpaMetrics(id);
      if (!asked || !isShown(asked)) return forget(id);
      const record = records.get(id) ?? { hpaStatus, specs: [], metrics: [], problems: NO_PROBLEMS };
      record.hpaStatus = hpaStatus;
      records.set(id, record);
      align(record, asked);
      forgetOver(record);
      const places = placesOf(hpaStatus, asked.hpa);
      const reported = reportedUsages(hpaStatus);
      for (const metric of record.metrics) {
        metric.place = places(metric.spec);
        const isOwn = isWithin(metric.servedAt, clock.wall(), SERVED_MS);
        const usage = isOwn ? metric.milli : reported[metric.place];
        if (usage !== undefined || metric.row !== undefined) note(record, metric, usage);
      }
    },
    forget,
    of(id) {
      const record = find(id);
      if (!record) return undefined;
      forgetTold(record, TOLD_MS);
      return record;
    },
    history: ({ row }) => (row === undefined ? undefined : histories.points(row, clock.wall())),
    served(id, spec, { milli, evaluatedAt, source }) {
      const record = find(id);
      const metric = record?.metrics.find((one) => isSame(one.spec, spec));
      if (!record || !metric) return;
      Object.assign(metric, { milli: Number(milli), evaluatedAt, source, servedAt: clock.wall() });
      note(record, metric, Number(milli));
    },
    troubled(id, key, problem, { refused }) {
      const record = find(id);
      if (!record) return;
      if (record.problems === NO_PROBLEMS) record.problems = new Map();
      const severity = refused && problem.severity === "error" ? "error" : "warning";
      record.problems.set(key, { ...problem, key, severity, toldAt: clock.wall() });
      const metric = severity === "error" ? record.metrics.find(({ spec }) => spec.queryKey === key) : undefined;
      if (!metric) return;
      metric.milli = undefined;
      metric.servedAt = clock.wall();
      if (metric.row !== undefined) note(record, metric, undefined);
    },
    well(id, key) {
      const record = records.get(id);
      if (record && record.problems.size > 0) record.problems.delete(key);
    },
  };
}

/**
 * Whether two wall-clock times are less than `ms` apart. The absolute difference is used in case the clock was set
 * back.
 */
export function isWithin(then: number, now: number, ms: number): boolean {
  return Math.abs(now - then) < ms;
}

/** Key of a history: the annotation and its query. */
function historyKey({ queryKey, query }: MetricSpec): string {
  return `${queryKey} ${query.text}`;
}

/**
 * Returns a function that finds a served metric's index in `spec.metrics`. It returns -1 when the metric was removed.
 */
function placesOf(
  { metrics }: HpaStatus,
  { externalMetrics, objectMetrics }: Pick<Hpa, "externalMetrics" | "objectMetrics">,
): (spec: MetricSpec) => number {
  const byIdentity = new Map<string, number>();
  const add = (ofType: string, asked: readonly (ExternalMetric | ObjectMetric)[]) => {
    const places = metrics.flatMap(({ type }, place) => (type === ofType ? [place] : []));
    for (const [index, metric] of asked.entries()) {
      const object = "object" in metric ? metric.object : undefined;
      const identity = identityOf(metric.name, [...servedLabels(metric)], object);
      if (!byIdentity.has(identity)) byIdentity.set(identity, places[index] ?? -1);
    }
  };
  add("External", externalMetrics);
  add("Object", objectMetrics);
  return ({ metricName, labels, object }) =>
    byIdentity.get(identityOf(metricName, Object.entries(labels), object)) ?? -1;
}

/** Identifies a metric by its name, labels and object. Both callers sort the labels by key. */
function identityOf(
  name: string,
  labels: readonly (readonly [string, string])[],
  object: MetricSpec["object"],
): string {
  return JSON.stringify([name, labels, object]);
}

/** Whether two specs are the same metric. Several HPAs can share a metric; a read then has the spec of one of them. */
function isSame(own: MetricSpec, read: MetricSpec): boolean {
  return (
    own === read ||
    (own.metricName === read.metricName &&
      isEqual(own.labels, read.labels) &&
      isDeepStrictEqual(own.object, read.object))
  );
}

function isEqual(a: MetricSpec["labels"], b: MetricSpec["labels"]): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
