import { canonicalQuery, type MetricSpec, type Problem, problem } from "@asm-autoscaler/hpa-metrics";
import type { Clock } from "../clock.ts";
import type { Prometheus } from "../prometheus/prometheus.ts";
import { createEvaluations, type ReadingKind } from "./evaluations.ts";
import { createFreshness, FRESH_MS } from "./freshness.ts";
import { afterRead, nextRead } from "./pollSchedule.ts";
import { createWaits, READ_DEADLINE_MS } from "./readDeadline.ts";
import { type Reading, readAnswer, tooOld } from "./reading.ts";
import { createEntries, type Entry, type ReadSpec } from "./readingCache.ts";
import { noReadingCounts, type ReadingCounts } from "./readingCounts.ts";
import { type FixedValue, fixedReading, type ReadOutcome, readingOrProblem, troubleOf } from "./staleness.ts";

/**
 * First backoff of a query that times out while the server answers other queries quickly, in ms. Each further timeout
 * doubles the backoff, up to LONGEST_REST_MS. Each attempt uses one of the few connections for slow queries for up to
 * ten seconds.
 */
const FIRST_REST_MS = 6_000;
const LONGEST_REST_MS = 60_000;

/**
 * The readings of the metrics that HPAs request. They are evaluated on demand. `S` says what is read, and `V` is a
 * reading.
 */
export interface Readings<S extends ReadSpec = MetricSpec, V = Reading> {
  /**
   * Returns the reading of one metric. A reading of the current FRESH_MS (or of the HPA's interval) is served from the
   * cache. Otherwise the read waits for one evaluation per query. If the evaluation fails or takes longer than
   * READ_DEADLINE_MS, the last reading is served stale, up to the time to live (or twice the interval). After that, the
   * outcome is the problem. The metric's policies can change this. The read counts against the limits on waiting reads
   * of this namespace.
   */
  read(spec: S, namespace: string): Promise<ReadOutcome<V>>;
  /**
   * Returns the reading of a metric that only the adapter itself looks at. It waits until the evaluation ends, and takes
   * part in no limit on waiting reads: those protect the HPA controller, which does not wait here.
   */
  observe(spec: S): Promise<ReadOutcome<V>>;
  /**
   * Adds a request of this namespace for the metric. A read of it is expected within the sync period of the HPA
   * controller. The query uses the namespace's share of Prometheus. If several
   * namespaces request the same query, it uses the share of the namespace with the lowest load at that time. No
   * namespace then waits longer because of another namespace's queries.
   */
  acquire(spec: S, namespace: string): void;
  /** Removes a request of this namespace for the metric. A reading that no HPA requests is removed at once. */
  release(spec: S, namespace: string): void;
  /** Returns the state of a metric without evaluating it. */
  state(spec: S): ReadingState;
  /** Returns the last reading and the current problem without evaluating the metric. */
  last(spec: S): LastReading<V>;
  /** Counts for the metrics endpoint. */
  readonly counts: ReadingCounts;
}

/** The state of one metric. */
export interface ReadingState {
  /** Age of the last reading, in ms. Absent before the first reading. */
  ageMs?: number;
  /** Duration of the last evaluation in Prometheus, in ms. Absent before the first evaluation. */
  tookMs?: number;
  /** Code of the current problem. */
  code?: string;
}

/** What is known of one metric. */
export interface LastReading<V> {
  /** Undefined before the first reading. */
  readonly reading: V | undefined;
  /** Why the last evaluation gave no reading. Undefined if it gave one. */
  readonly problem: Problem | undefined;
}

export interface ReadingsOptions<S extends ReadSpec = MetricSpec> {
  prometheus: Pick<Prometheus, "evaluate">;
  /** `--metrics-ttl`, in ms. */
  ttlMs: number;
  /**
   * `--default-collection-interval`, in ms: how long a reading counts as fresh if the metric has no `interval`.
   * FRESH_MS is the minimum.
   */
  defaultIntervalMs: number;
  clock: Clock;
  onProblem(problem: Problem, spec: S): void;
  onRecovery(spec: S): void;
}

/** Creates readings of metrics of HPAs, which the given Prometheus servers evaluate on demand. */
export function createReadings(options: ReadingsOptions): Readings {
  return createReadingsOf<MetricSpec, Reading>(options, {
    keyOf: ({ server, query, aggregate }) => JSON.stringify([server, canonicalQuery(query), aggregate ?? ""]),
    questionOf: ({ server, query }) => ({ server, query }),
    readAnswer: (answer, { aggregate }) => readAnswer(answer, aggregate),
    own: fixedReading,
  });
}

/** A kind of reading, with the reading that a policy sets. */
export interface PolicyKind<S, V> extends ReadingKind<S, V> {
  own(policy: FixedValue, evaluatedAt: number): V;
}

/** Creates readings of one kind, which the given Prometheus servers evaluate on demand. */
export function createReadingsOf<S extends ReadSpec, V extends { readonly evaluatedAt: number }>(
  options: ReadingsOptions<S>,
  kind: PolicyKind<S, V>,
): Readings<S, V> {
  const { clock } = options;
  const entries = createEntries<S, V>(kind.keyOf);
  const waits = createWaits(clock);
  const counts = noReadingCounts();
  const { freshMsOf, ttlOf, evaluationTimeOf, isFresh, isPrepared } = createFreshness<S, V>(options);

  const evaluations = createEvaluations<S, V>({
    ...options,
    kind,
    entries: entries.all,
    freshMs: FRESH_MS,
    onResult(entry, { outcome: result, answer, evaluatedAt, evaluatedFor, olderMs }) {
      counts.evaluations++;
      if (olderMs > 0) counts.oldData++;
      entry.tookMs = answer.tookMs ?? entry.tookMs;
      const isTimeout = !answer.ok && answer.othersWereQuick === true;
      entry.restMs = isTimeout ? Math.min(LONGEST_REST_MS, Math.max(FIRST_REST_MS, 2 * entry.restMs)) : 0;
      entry.restsUntil = clock.monotonic() + entry.restMs;
      if (result.ok) {
        entry.evaluatedFor = evaluatedFor;
        // Behind one address, one server may have newer data than another.
        if (evaluatedAt >= entry.evaluatedAt) Object.assign(entry, { reading: result.reading, evaluatedAt });
      }
      const ageMs = clock.monotonic() - entry.evaluatedAt;
      const outcome = olderMs > 0 && ageMs > ttlOf(entry.spec) ? tooOld(ageMs) : result;
      if (outcome.ok) {
        if (entry.trouble) options.onRecovery(entry.spec);
        entry.trouble = undefined;
        return;
      }
      const { code } = outcome.problem;
      counts.failedEvaluations++;
      counts.problems.set(code, (counts.problems.get(code) ?? 0) + 1);
      // A query that already has no answer keeps that problem: that this request was not sent adds no information.
      if (code === "ASM_PROMETHEUS_BUSY" && entry.trouble?.cause === "no-answer") return;
      if (entry.trouble?.problem.code !== code) options.onProblem(outcome.problem, entry.spec);
      const now = { sinceMs: clock.monotonic(), since: clock.wall() };
      entry.trouble = troubleOf(outcome, entry.trouble, now);
    },
  });

  const refresh = (entry: Entry<S, V>) => {
    const evaluationTime = evaluationTimeOf(entry);
    // After the wall clock jumps back, no evaluation time would be new for some time.
    if (evaluationTime > entry.askedFor || clock.monotonic() - entry.askedAt >= entry.freshMs)
      evaluations.start(entry, evaluationTime);
  };

  /** Schedules the evaluation of a slow query so that its result is ready at the next read. */
  const prepare = (entry: Entry<S, V>) => {
    clearTimeout(entry.timer);
    if (!entry.pollSchedule || !isSlow(entry)) return;
    const inMs = nextRead(entry.pollSchedule) - clock.monotonic() - (entry.tookMs ?? 0) - FRESH_MS;
    if (inMs <= 0) return;
    entry.timer = setTimeout(() => {
      if (entry.askers.size === 0 || entry.evaluation !== undefined) return;
      refresh(entry);
      entry.isPrepared = true;
    }, inMs).unref();
  };

  return {
    counts,
    async read(spec, namespace) {
      const entry = entries.of(spec);
      entry.freshMs = freshMsOf(spec);
      entry.pollSchedule = afterRead(entry.pollSchedule, clock.monotonic());
      const wasPrepared = isPrepared(entry);
      entry.isPrepared = false;
      prepare(entry);
      if (entry.reading && (wasPrepared || isFresh(entry))) return { ok: true, reading: entry.reading };
      refresh(entry);
      if (entry.evaluation !== undefined) await waits.until(entry.evaluation, namespace, isSlow(entry));
      return settle(entry, spec);
    },
    async observe(spec) {
      const entry = entries.of(spec);
      entry.freshMs = freshMsOf(spec);
      if (entry.reading && isFresh(entry)) return { ok: true, reading: entry.reading };
      refresh(entry);
      await entry.evaluation;
      return settle(entry, spec);
    },
    acquire(spec, namespace) {
      const entry = entries.of(spec);
      const { askers } = entry;
      // The HPA controller reads a new metric within one sync period. Until then it is prefetched with others.
      if (!entry.pollSchedule) {
        entry.freshMs = freshMsOf(spec);
        entry.pollSchedule = afterRead(undefined, clock.monotonic());
      }
      askers.set(namespace, (askers.get(namespace) ?? 0) + 1);
    },
    release(spec, namespace) {
      const entry = entries.of(spec);
      const left = (entry.askers.get(namespace) ?? 0) - 1;
      if (left > 0) entry.askers.set(namespace, left);
      else entry.askers.delete(namespace);
      if (entry.askers.size > 0) return;
      clearTimeout(entry.timer);
      entries.forget(spec);
    },
    state(spec) {
      const { reading, evaluatedAt, tookMs, trouble } = entries.find(spec) ?? {};
      return {
        ...(reading && evaluatedAt !== undefined ? { ageMs: clock.monotonic() - evaluatedAt } : {}),
        ...(tookMs === undefined ? {} : { tookMs }),
        ...(trouble ? { code: trouble.problem.code } : {}),
      };
    },
    last(spec) {
      const { reading, trouble } = entries.find(spec) ?? {};
      return { reading, problem: trouble?.problem };
    },
  };

  function settle(entry: Entry<S, V>, spec: S): ReadOutcome<V> {
    const nowMs = clock.monotonic();
    const outcome = readingOrProblem(
      {
        ...(entry.reading ? { reading: entry.reading } : {}),
        ...(entry.trouble ? { trouble: entry.trouble } : {}),
        ageMs: nowMs - entry.evaluatedAt,
        ttlMs: ttlOf(spec),
        late: SLOW,
        nowMs,
        now: clock.wall(),
      },
      spec,
      kind.own,
    );
    if (!outcome.ok) counts.refused++;
    else if (entry.trouble || entry.evaluation !== undefined) counts.held++;
    return outcome.ok && entry.evaluation !== undefined ? { ...outcome, isStale: true } : outcome;
  }
}

/** Whether the last evaluation took longer than a read may wait. */
function isSlow({ tookMs }: Entry): boolean {
  return tookMs !== undefined && tookMs > READ_DEADLINE_MS;
}

const SLOW = problem("ASM_PROMETHEUS_SLOW", `Prometheus has not answered the query within ${READ_DEADLINE_MS} ms`);
