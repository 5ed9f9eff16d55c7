import { canonicalQuery, type MetricSpec } from "hpa-metrics";
import type { Question } from "../prometheus/prometheus.ts";
import type { PollSchedule } from "./pollSchedule.ts";
import type { Reading } from "./reading.ts";
import type { Trouble } from "./staleness.ts";

/**
 * What is known of one question, which metrics of several HPAs may share. What is absent is undefined and never deleted:
 * an object that has lost a property takes eight times the memory.
 */
export interface Entry {
  readonly question: Omit<Question, "namespaces">;
  readonly aggregate: MetricSpec["aggregate"];
  /** The metric that it was first asked for, for those who are told of its faults. */
  readonly spec: MetricSpec;
  /** How many metrics of HPAs ask for it, by their namespace. */
  readonly askers: Map<string, number>;
  /** How long a reading counts, ms: by the metric that was read last. */
  freshMs: number;
  reading: Reading | undefined;
  /** The moment that `reading` is about, ms of the monotonic clock: a jump of the wall clock makes nothing older or younger. */
  evaluatedAt: number;
  /** The moment that `reading` is about, Unix ms. */
  evaluatedFor: number;
  trouble: Trouble | undefined;
  evaluation: Promise<void> | undefined;
  /** How long Prometheus took for the last evaluation, ms. */
  tookMs: number | undefined;
  /** Until when it is not evaluated again, ms of the monotonic clock, and how long that was the last time; 0 while it is answered. */
  restsUntil: number;
  restMs: number;
  /** When the last evaluation was asked for, ms of the monotonic clock; -Infinity before the first. */
  askedAt: number;
  /** The moment that it is about, Unix ms. */
  askedFor: number;
  /** When reads of it come. */
  pollSchedule: PollSchedule | undefined;
  /** The evaluation of a slow query that waits for the moment before its next read. */
  timer: NodeJS.Timeout | undefined;
  /** Whether that evaluation was the last one, and no read has come since. */
  isPrepared: boolean;
}

/** Entries by what they ask. */
export interface Entries {
  /** The entry of a metric; made when there is none. */
  of(spec: MetricSpec): Entry;
  /** Forgets the entry of a metric. */
  forget(spec: MetricSpec): void;
  find(spec: MetricSpec): Entry | undefined;
  all(): Iterable<Entry>;
}

/** No entries yet. The key of a metric is worked out once, not at every read. */
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
