import { canonicalQuery, type MetricSpec } from "@asm-autoscaler/hpa-metrics";
import type { Question } from "../prometheus/prometheus.ts";
import type { PollSchedule } from "./pollSchedule.ts";
import type { Reading } from "./reading.ts";
import type { Trouble } from "./staleness.ts";

/**
 * The cached state of one query. Metrics of several HPAs may share it. A missing value is set to undefined and its
 * property is never deleted: an object with a deleted property uses eight times the memory.
 */
export interface Entry {
  readonly question: Omit<Question, "namespaces">;
  readonly aggregate: MetricSpec["aggregate"];
  /** The metric that created the entry. Problems are reported with it. */
  readonly spec: MetricSpec;
  /** namespace -> number of metrics of its HPAs that request this query. */
  readonly askers: Map<string, number>;
  /** How long a reading counts as fresh, in ms. Set by the metric that was read last. */
  freshMs: number;
  reading: Reading | undefined;
  /**
   * Time of the data of `reading`, in ms of the monotonic clock. A jump of the wall clock does not change the reading's
   * age.
   */
  evaluatedAt: number;
  /** Evaluation time of the last evaluation that gave a reading, in Unix ms. */
  evaluatedFor: number;
  trouble: Trouble | undefined;
  evaluation: Promise<void> | undefined;
  /** Duration of the last evaluation in Prometheus, in ms. */
  tookMs: number | undefined;
  /**
   * End of the backoff after a timeout, in ms of the monotonic clock. `restMs` is the length of the last backoff, in
   * ms, and 0 while the query is answered.
   */
  restsUntil: number;
  restMs: number;
  /** When the last evaluation was requested, in ms of the monotonic clock. -Infinity before the first evaluation. */
  askedAt: number;
  /** Evaluation time of the evaluation that was requested last, in Unix ms. */
  askedFor: number;
  /** When the HPA controller reads this entry. */
  pollSchedule: PollSchedule | undefined;
  /** Timer that starts the evaluation of a slow query before its next read. */
  timer: NodeJS.Timeout | undefined;
  /** Whether the last evaluation was started by `timer` and no read has come since. */
  isPrepared: boolean;
}

/** Entries by server, query and aggregate. */
export interface Entries {
  /** Returns the entry of a metric. Creates it if there is none. */
  of(spec: MetricSpec): Entry;
  /** Removes the entry of a metric. */
  forget(spec: MetricSpec): void;
  find(spec: MetricSpec): Entry | undefined;
  all(): Iterable<Entry>;
}

/** Creates an empty cache. The key of a metric is computed once, not at every read. */
export function createEntries(): Entries {
  const entries = new Map<string, Entry>();
  const bySpec = new WeakMap<MetricSpec, Entry>();
  const find = (spec: MetricSpec) => bySpec.get(spec) ?? entries.get(keyOf(spec));
  return {
    find,
    of(spec) {
      const entry = find(spec) ?? newEntry(spec);
      if (!bySpec.has(spec)) {
        bySpec.set(spec, entry);
        entries.set(keyOf(spec), entry);
      }
      return entry;
    },
    forget(spec) {
      bySpec.delete(spec);
      entries.delete(keyOf(spec));
    },
    all: () => entries.values(),
  };
}

function newEntry(spec: MetricSpec): Entry {
  const { server, query, aggregate } = spec;
  return {
    question: { server, query },
    aggregate,
    spec,
    askers: new Map(),
    freshMs: 0,
    reading: undefined,
    trouble: undefined,
    evaluation: undefined,
    tookMs: undefined,
    restsUntil: 0,
    restMs: 0,
    pollSchedule: undefined,
    timer: undefined,
    isPrepared: false,
    evaluatedAt: Number.NEGATIVE_INFINITY,
    evaluatedFor: Number.NEGATIVE_INFINITY,
    askedAt: Number.NEGATIVE_INFINITY,
    askedFor: Number.NEGATIVE_INFINITY,
  };
}

function keyOf({ server, query, aggregate }: MetricSpec): string {
  return JSON.stringify([server, canonicalQuery(query), aggregate ?? ""]);
}
