import type { Fault, MetricSpec } from "hpa-metrics";
import type { Clock } from "../clock.ts";
import { BUSY } from "../prometheus/fairQueue.ts";
import type { Prometheus } from "../prometheus/prometheus.ts";
import { createEvaluations } from "./evaluations.ts";
import { afterRead, nextRead } from "./pollSchedule.ts";
import type { Outcome } from "./reading.ts";
import { createEntries, type Entry } from "./readingCache.ts";
import { type ReadOutcome, readingOrProblem, type Trouble } from "./staleness.ts";
import { createWaits, READ_DEADLINE_MS } from "./waits.ts";

/**
 * Queries are evaluated at whole multiples of this, Unix ms, or of the HPA's `interval` where that is longer, and a
 * reading counts until the next one: two replicas that are asked in the same second ask Prometheus for the same moment
 * and answer alike, and no reading is older than this while Prometheus answers.
 */
const FRESH_MS = 3_000;
/**
 * A query that times out on a server that answers others quickly is not asked again for so long, ms, and twice as long each
 * further time: each try takes one of the few connections that slow queries have for up to ten seconds.
 */
const FIRST_REST_MS = 6_000;
const LONGEST_REST_MS = 60_000;

/** The readings of the metrics that HPAs ask for, evaluated when they are asked for. */
export interface Readings {
  /**
   * The reading of one metric. Of the current FRESH_MS (or interval of the HPA) it is served as it is; else one evaluation per
   * query asks Prometheus. When that fails or takes longer than READ_DEADLINE_MS the last reading is held, up to the
   * time to live (or twice the interval), and after that the outcome is the fault; the metric's policies may say otherwise.
   * It counts against what reads of this namespace may wait.
   */
  read(spec: MetricSpec, namespace: string): Promise<ReadOutcome>;
  /**
   * Says that an HPA of this namespace asks for this metric. It is evaluated on the share of Prometheus that its namespace has;
   * where several ask for the same, on that of the one that asks least at the time, so that none is worse off for what
   * another asks.
   */
  acquire(spec: MetricSpec, namespace: string): void;
  /** Says that an HPA no longer asks for it; a reading that nobody asks for is forgotten at once. */
  release(spec: MetricSpec, namespace: string): void;
  /** How a metric that HPAs ask for stands, without evaluating it. */
  state(spec: MetricSpec): ReadingState;
  /** Counts for the metrics endpoint. */
  readonly counts: ReadingCounts;
}

/** How one metric stands. */
export interface ReadingState {
  /** Age of its last reading, ms; absent before the first. */
  ageMs?: number;
  /** How long Prometheus took for the last evaluation, ms; absent before the first. */
  tookMs?: number;
  /** Code of the fault that it has now. */
  code?: string;
}

export interface ReadingCounts {
  evaluations: number;
  failedEvaluations: number;
  held: number;
  refused: number;
  /** Failed evaluations by the code of their fault. */
  faults: Map<string, number>;
}

export interface ReadingsOptions {
  prometheus: Pick<Prometheus, "evaluate">;
  /** `--metrics-ttl`, ms. */
  ttlMs: number;
  /** `--default-collection-interval`, ms: how long a reading counts as fresh without an own `interval`; FRESH_MS when 0. */
  defaultIntervalMs: number;
  clock: Clock;
  onFault(fault: Fault, spec: MetricSpec): void;
  onRecovery(spec: MetricSpec): void;
}

/** Readings on demand over the given Prometheus. */
export function createReadings(options: ReadingsOptions): Readings {
  const { clock } = options;
  const entries = createEntries();
  const waits = createWaits(clock);
  const counts: ReadingCounts = { evaluations: 0, failedEvaluations: 0, held: 0, refused: 0, faults: new Map() };

  const evaluations = createEvaluations({
    ...options,
    entries: entries.all,
    freshMs: FRESH_MS,
    onResult(entry, { outcome, answer, evaluatedAt, evaluatedFor }) {
      counts.evaluations++;
      entry.tookMs = answer.tookMs ?? entry.tookMs;
      const isTimeout = !answer.ok && answer.othersWereQuick === true;
      entry.restMs = isTimeout ? Math.min(LONGEST_REST_MS, Math.max(FIRST_REST_MS, 2 * entry.restMs)) : 0;
      entry.restsUntil = clock.monotonic() + entry.restMs;
      if (outcome.ok) {
        if (entry.trouble) options.onRecovery(entry.spec);
        entry.trouble = undefined;
        Object.assign(entry, { reading: outcome.reading, evaluatedAt, evaluatedFor });
        return;
      }
      const { code } = outcome.fault;
      counts.failedEvaluations++;
      counts.faults.set(code, (counts.faults.get(code) ?? 0) + 1);
      // That it was not sent says nothing new of a query without an answer.
      if (code === BUSY && entry.trouble?.cause === "no-answer") return;
      if (entry.trouble?.fault.code !== code) options.onFault(outcome.fault, entry.spec);
      entry.trouble = troubleOf(outcome, entry.trouble);
    },
  });

  const intervalOf = (spec: MetricSpec): number =>
    spec.intervalSeconds === undefined ? options.defaultIntervalMs : spec.intervalSeconds * 1000;

  /** The moment at which a read that comes now is evaluated, Unix ms. A query that failed is tried again soon, however long its interval is. */
  const evaluationTimeOf = (entry: Entry): number => startOf(clock.wall(), entry.trouble ? FRESH_MS : entry.freshMs);

  const isFresh = (entry: Entry): boolean => {
    if (!entry.reading || entry.trouble) return false;
    const ageMs = clock.monotonic() - entry.evaluatedAt;
    return entry.evaluatedFor >= evaluationTimeOf(entry) && ageMs <= entry.freshMs;
  };

  const ttlOf = (spec: MetricSpec): number => Math.max(options.ttlMs, 2 * intervalOf(spec));

  /** Whether it was evaluated for just this read; a read that comes late, or from nobody for a while, finds it too old. */
  const isPrepared = (entry: Entry): boolean => {
    if (!entry.isPrepared || entry.evaluation !== undefined || entry.trouble) return false;
    const ageMs = clock.monotonic() - entry.evaluatedAt;
    return ageMs <= Math.min(ttlOf(entry.spec), entry.freshMs + (entry.tookMs ?? 0) + 2 * FRESH_MS);
  };

  const refresh = (entry: Entry) => {
    const evaluationTime = evaluationTimeOf(entry);
    // After a jump of the wall clock back, no moment would be new for a while.
    if (evaluationTime > entry.askedFor || clock.monotonic() - entry.askedAt >= entry.freshMs)
      evaluations.start(entry, evaluationTime);
  };

  /** Evaluates a slow query so early that its next read finds the answer. */
  const prepare = (entry: Entry) => {
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
      entry.freshMs = Math.max(FRESH_MS, intervalOf(spec));
      entry.pollSchedule = afterRead(entry.pollSchedule, clock.monotonic());
      const wasPrepared = isPrepared(entry);
      entry.isPrepared = false;
      prepare(entry);
      if (entry.reading && (wasPrepared || isFresh(entry))) return { ok: true, reading: entry.reading };
      refresh(entry);
      if (entry.evaluation !== undefined) await waits.until(entry.evaluation, namespace, isSlow(entry));
      return settle(entry, spec);
    },
    acquire(spec, namespace) {
      const { askers } = entries.of(spec);
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
        ...(trouble ? { code: trouble.fault.code } : {}),
      };
    },
  };

  function troubleOf(outcome: Outcome & { ok: false }, before: Trouble | undefined): Trouble {
    const { fault, cause } = outcome;
    const isSame = before?.cause === cause;
    return {
      fault,
      cause,
      sinceMs: isSame ? before.sinceMs : clock.monotonic(),
      since: isSame ? before.since : clock.wall(),
    };
  }

  function settle(entry: Entry, spec: MetricSpec): ReadOutcome {
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
    );
    if (!outcome.ok) counts.refused++;
    else if (entry.trouble || entry.evaluation !== undefined) counts.held++;
    return outcome;
  }
}

/** Whether the last evaluation took longer than a read may wait. */
function isSlow({ tookMs }: Entry): boolean {
  return tookMs !== undefined && tookMs > READ_DEADLINE_MS;
}

/** The last whole multiple of `stepMs` at or before a Unix time: the same on every replica. */
function startOf(unixMs: number, stepMs: number): number {
  return Math.floor(unixMs / stepMs) * stepMs;
}

const SLOW: Fault = {
  code: "ASM_PROMETHEUS_SLOW",
  severity: "error",
  message: `Prometheus has not answered the query within ${READ_DEADLINE_MS} ms`,
  remedy:
    "The answer counts at the next read. If this lasts, look at the load of Prometheus or make the query cheaper.",
};
