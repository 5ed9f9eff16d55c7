import { type ExternalMetric, type Fault, type MetricSpec, servedLabels } from "hpa-metrics";
import type { Clock } from "../clock.ts";
import type { Listener } from "../externalMetrics.ts";
import type { HpaStatus } from "../hpas/hpaStatus.ts";
import type { HpaMetrics } from "../hpas/metricRegistry.ts";
import { createHistories, type Points } from "./history.ts";

/** What is remembered of an HPA for those who look at it: how it stands, and what the reads of its metrics gave. */
export interface HpaRecord {
  readonly hpaStatus: HpaStatus;
  /** Of each metric that is served for it, in the order of its metrics. */
  readonly metrics: readonly MetricRecord[];
  /** What reads were told, by what of the HPA it is about; an error where the read gave nothing. */
  readonly faults: ReadonlyMap<string, Fault>;
}

export interface MetricRecord {
  readonly spec: MetricSpec;
  /** Its place in `spec.metrics` of the HPA, among which others may come and go. */
  place: number;
  /** What this replica of the adapter served last, thousandths. */
  milli: number | undefined;
  /** When Prometheus evaluated it, and when it was served, Unix ms. */
  evaluatedAt: number;
  servedAt: number;
  /** Its row in the histories, from its first reading on. */
  row: number | undefined;
}

/** The records of all HPAs that have a metric of ours, or a fault about one. */
export interface Records extends Listener {
  /** An HPA came or changed, its status included. */
  seen(id: string, hpaStatus: HpaStatus): void;
  forget(id: string): void;
  of(id: string): HpaRecord | undefined;
  /** The last fifteen minutes of a metric: its whole readings and the replicas of its HPA. */
  history(metric: MetricRecord): Points | undefined;
}

interface Kept extends HpaRecord {
  hpaStatus: HpaStatus;
  specs: readonly MetricSpec[];
  metrics: MetricRecord[];
  faults: Map<string, Fault & { toldAt: number }>;
}

/** A reading that this replica served counts for so long, ms; then another replica is asked, or none. */
export const SERVED_MS = 60_000;
/** Trouble that nobody was told for a sync and a little more, ms, is over where the HPA controller is well. */
const OVER_MS = 20_000;
/** Trouble is told at each read; when it has not been for so long, ms, it is over. */
const TOLD_MS = 120_000;
const NO_FAULTS: Kept["faults"] = new Map();

/** No records yet. `hpaMetrics` is the metric registry's. */
export function createRecords(hpaMetrics: (id: string) => HpaMetrics | undefined, clock: Pick<Clock, "wall">): Records {
  const records = new Map<string, Kept>();
  const histories = createHistories();

  /** Follows a changed wish; the history of a query goes on while the query stays. */
  const align = (record: Kept, { specs, hpa }: HpaMetrics) => {
    if (record.specs === specs) return;
    const left = Map.groupBy(record.metrics, (metric) => historyKey(metric.spec));
    const places = placesOf(record.hpaStatus, hpa.externalMetrics);
    record.specs = specs;
    record.faults = NO_FAULTS;
    record.metrics = specs.map((spec) => {
      const before = left.get(historyKey(spec))?.pop();
      const place = places(spec);
      return { ...(before ?? { milli: undefined, evaluatedAt: 0, servedAt: 0, row: undefined }), spec, place };
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

  const find = (id: string): Kept | undefined => {
    const record = records.get(id);
    const asked = hpaMetrics(id);
    if (record && asked) align(record, asked);
    return record;
  };

  const forgetTold = ({ faults }: Kept, ms: number) => {
    for (const [subject, { toldAt }] of faults) if (!isWithin(toldAt, clock.wall(), ms)) faults.delete(subject);
  };

  /** Where the controller is well again another replica has answered it, and trouble of before is over. */
  const forgetOver = (record: Kept) => {
    if (record.hpaStatus.conditions.every(({ message }) => message === undefined)) forgetTold(record, OVER_MS);
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
      if (!asked || asked.specs.length + asked.faults.length === 0) return forget(id);
      const record = records.get(id) ?? { hpaStatus, specs: [], metrics: [], faults: NO_FAULTS };
      record.hpaStatus = hpaStatus;
      records.set(id, record);
      align(record, asked);
      forgetOver(record);
      const places = placesOf(hpaStatus, asked.hpa.externalMetrics);
      for (const metric of record.metrics) {
        metric.place = places(metric.spec);
        const isOwn = isWithin(metric.servedAt, clock.wall(), SERVED_MS);
        const usage = isOwn ? metric.milli : controllerUsage(hpaStatus, metric.place);
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
    served(id, spec, { milli, evaluatedAt }) {
      const record = find(id);
      const metric = record?.metrics.find((one) => isSame(one.spec, spec));
      if (!record || !metric) return;
      Object.assign(metric, { milli: Number(milli), evaluatedAt, servedAt: clock.wall() });
      note(record, metric, Number(milli));
    },
    troubled(id, key, fault, { refused }) {
      const record = find(id);
      if (!record) return;
      if (record.faults === NO_FAULTS) record.faults = new Map();
      const severity = refused && fault.severity === "error" ? "error" : "warning";
      record.faults.set(key, { ...fault, key, severity, toldAt: clock.wall() });
      const metric = severity === "error" ? record.metrics.find(({ spec }) => spec.queryKey === key) : undefined;
      if (!metric) return;
      metric.milli = undefined;
      metric.servedAt = clock.wall();
      if (metric.row !== undefined) note(record, metric, undefined);
    },
    well(id, key) {
      const record = records.get(id);
      if (record && record.faults.size > 0) record.faults.delete(key);
    },
  };
}

/** The whole usage of a metric as the HPA controller last saw it, thousandths; what it keeps is that of one pod. */
export function controllerUsage({ metrics, currentReplicas }: HpaStatus, place: number): number | undefined {
  const { usage, kind } = metrics[place] ?? {};
  if (usage === undefined || kind === "value") return usage;
  // Of no pods there is no usage of each.
  return currentReplicas === undefined || currentReplicas === 0 ? undefined : usage * currentReplicas;
}

/** Whether a moment of the wall clock is so near another; a clock that was set back makes nothing last. */
export function isWithin(then: number, now: number, ms: number): boolean {
  return Math.abs(now - then) < ms;
}

/** What a history is about: the query in its annotation. */
function historyKey({ queryKey, query }: MetricSpec): string {
  return `${queryKey} ${query.text}`;
}

/** Finds a served metric's place in `spec.metrics`; -1 where it has gone. */
function placesOf({ metrics }: HpaStatus, externals: readonly ExternalMetric[]): (spec: MetricSpec) => number {
  const places = metrics.flatMap(({ type }, place) => (type === "External" ? [place] : []));
  const byIdentity = new Map<string, number>();
  for (const [index, metric] of externals.entries()) {
    const identity = identityOf(metric.name, [...servedLabels(metric)]);
    if (!byIdentity.has(identity)) byIdentity.set(identity, places[index] ?? -1);
  }
  return ({ metricName, labels }) => byIdentity.get(identityOf(metricName, Object.entries(labels))) ?? -1;
}

/** Labels are sorted by key on both sides. */
function identityOf(name: string, labels: readonly (readonly [string, string])[]): string {
  return JSON.stringify([name, labels]);
}

/** Several HPAs may share a metric, and then a read is about the spec of one of them. */
function isSame(own: MetricSpec, read: MetricSpec): boolean {
  return own === read || (own.metricName === read.metricName && isEqual(own.labels, read.labels));
}

function isEqual(a: MetricSpec["labels"], b: MetricSpec["labels"]): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
