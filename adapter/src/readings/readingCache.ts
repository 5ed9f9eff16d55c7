import type { PollSchedule } from "./pollSchedule.ts";
import type { Policies, Trouble } from "./staleness.ts";

/** What readings are of, such as a metric of an HPA. */
export interface ReadSpec extends Policies {
  /** The maximum age of a reading that is accepted, in seconds. Absent or 0: the adapter's default. */
  readonly intervalSeconds?: number;
}

/**
 * The cached state of one query. `S` says what is read, and `V` is a reading. Metrics of several HPAs may share it. A missing value is set to undefined and its
 * property is never deleted: an object with a deleted property uses eight times the memory.
 */
export interface Entry<S extends ReadSpec = ReadSpec, V = unknown> {
  /** The metric that created the entry. Problems are reported with it. */
  readonly spec: S;
  /** namespace -> number of metrics of its HPAs that request this query. */
  readonly askers: Map<string, number>;
  /** How long a reading counts as fresh, in ms. Set by the metric that was read last. */
  freshMs: number;
  reading: V | undefined;
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

/** Entries by key. */
export interface Entries<S extends ReadSpec, V> {
  /** Returns the entry of a metric. Creates it if there is none. */
  of(spec: S): Entry<S, V>;
  /** Removes the entry of a metric. */
  forget(spec: S): void;
  find(spec: S): Entry<S, V> | undefined;
  all(): Iterable<Entry<S, V>>;
}

/**
 * Creates an empty cache. The key of a metric is computed once, not at every read.
 *
 * @param keyOf the key of a metric. Metrics with the same key share one entry.
 */
export function createEntries<S extends ReadSpec, V>(keyOf: (spec: S) => string): Entries<S, V> {
  const entries = new Map<string, Entry<S, V>>();
  const bySpec = new WeakMap<S, Entry<S, V>>();
  const find = (spec: S) => bySpec.get(spec) ?? entries.get(keyOf(spec));
  return {
    find,
    of(spec) {
      const entry = find(spec) ?? newEntry<S, V>(spec);
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

function newEntry<S extends ReadSpec, V>(spec: S): Entry<S, V> {
  return {
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
