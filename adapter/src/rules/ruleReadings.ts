import type { Answer } from "../prometheus/answer.ts";
import type { Question } from "../prometheus/prometheus.ts";
import type { Outcome } from "../readings/reading.ts";
import type { ReadSpec } from "../readings/readingCache.ts";
import type { ReadingCounts } from "../readings/readingCounts.ts";
import { createReadingsOf, type LastReading, type PolicyKind, type ReadingsOptions } from "../readings/readings.ts";
import type { Policies, ReadOutcome } from "../readings/staleness.ts";

/** What an HPA reads of a rule: one metric of one object, of all objects that a selector matches, or of no object. */
export interface RuleRead<V> extends ReadSpec {
  /** Reads with the same key are the same read. */
  readonly key: string;
  /** What an HPA asks for without its pods: reads of the same metric for other pods have the same subject. */
  readonly subject: string;
  /** What is read, for a log line. */
  readonly title: string;
  readonly namespace: string;
  /** The query for the objects and the series that there are now. */
  question(): Omit<Question, "namespaces">;
  readAnswer(answer: Answer): Outcome<V>;
}

/** The readings of rules. */
export interface RuleReadings<R extends RuleRead<V>, V> {
  find(key: string): R | undefined;
  /** @param policies what is served while there is no reading; by default, nothing */
  read(read: R, policies?: Policies): Promise<ReadOutcome<V>>;
  /** The cached reads of a subject with what was read last. Evaluates nothing. */
  about(subject: string): readonly { readonly read: R; readonly last: LastReading<V> }[];
  readonly counts: ReadingCounts;
  /** Number of reads that are cached. */
  size(): number;
  /** Removes all reads, because the rules changed. */
  clear(): void;
}

/** A read that no HPA repeats for this time is removed, in ms. */
const UNREAD_MS = 600_000;
/** Maximum number of cached reads. The one that was read longest ago is removed. */
const MOST_READS = 20_000;

/**
 * Creates the readings of rules. They are evaluated as the metrics of annotations are: once for all reads at the same
 * time, fresh for three seconds, prefetched with what is read soon, and stale up to `--metrics-ttl`. A read is cached from
 * its first request until nobody repeats it for ten minutes.
 */
export function createRuleReadings<R extends RuleRead<V>, V extends { readonly evaluatedAt: number }>(
  options: ReadingsOptions<R>,
  own: PolicyKind<R, V>["own"],
): RuleReadings<R, V> {
  const { clock } = options;
  const readings = createReadingsOf<R, V>(options, {
    keyOf: ({ key }) => key,
    questionOf: (read) => read.question(),
    readAnswer: (answer, read) => read.readAnswer(answer),
    own,
  });
  /** In the order of the last read. */
  const reads = new Map<string, { read: R; at: number }>();
  const bySubject = new Map<string, Set<R>>();

  const remove = (key: string) => {
    const known = reads.get(key);
    if (!known) return;
    reads.delete(key);
    const { subject } = known.read;
    const same = bySubject.get(subject);
    if (same?.delete(known.read) && same.size === 0) bySubject.delete(subject);
    readings.release(known.read, known.read.namespace);
  };

  const removeUnread = () => {
    for (const [key, { at }] of reads) {
      if (reads.size <= MOST_READS && clock.monotonic() - at <= UNREAD_MS) return;
      remove(key);
    }
  };

  return {
    find: (key) => reads.get(key)?.read,
    read(read, policies = {}) {
      if (!reads.delete(read.key)) {
        readings.acquire(read, read.namespace);
        bySubject.set(read.subject, (bySubject.get(read.subject) ?? new Set()).add(read));
      }
      reads.set(read.key, { read, at: clock.monotonic() });
      removeUnread();
      return readings.read(policies.onNoData || policies.onError ? { ...read, ...policies } : read, read.namespace);
    },
    about: (subject) => [...(bySubject.get(subject) ?? [])].map((read) => ({ read, last: readings.last(read) })),
    counts: readings.counts,
    size: () => reads.size,
    clear() {
      for (const key of [...reads.keys()]) remove(key);
    },
  };
}
