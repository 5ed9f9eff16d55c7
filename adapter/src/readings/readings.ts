import { canonicalQuery, type Fault, type MetricSpec } from "hpa-metrics";
import type { Prometheus, Question } from "../prometheus/prometheus.ts";
import { type Outcome, type Reading, readAnswer } from "./reading.ts";

/** A reading is evaluated again when it is older than this, ms, unless the HPA's `interval` is longer. */
export const FRESH_MS = 3_000;
/** A read never holds one of the HPA controller's five workers longer than this, ms. */
export const READ_DEADLINE_MS = 900;

/** The readings of the metrics that HPAs ask for, evaluated when they are asked for. */
export interface Readings {
  /**
   * The reading of one metric. Younger than FRESH_MS (or the HPA's interval) it is served as it is; else one flight per
   * query asks Prometheus. When that fails or takes longer than READ_DEADLINE_MS the last reading is held, up to the
   * time to live (or twice the interval), and after that the outcome is the fault.
   */
  read(spec: MetricSpec): Promise<Outcome>;
  /** Says that an HPA asks for this metric. */
  acquire(spec: MetricSpec): void;
  /** Says that an HPA no longer asks for it; a reading that nobody asks for is forgotten at once. */
  release(spec: MetricSpec): void;
  /** Counts for the metrics endpoint. */
  readonly counts: ReadingCounts;
}

export interface ReadingCounts {
  evaluations: number;
  failedEvaluations: number;
  held: number;
  refused: number;
}

interface Entry {
  question: Question;
  aggregate: MetricSpec["aggregate"];
  /** How many metrics of HPAs ask for it. */
  askers: number;
  reading?: Reading;
  /** When `reading` was evaluated, ms of the monotonic clock: a jump of the wall clock makes nothing older or younger. */
  evaluatedAt: number;
  fault?: Fault;
  flight?: Promise<void>;
  /** When the last evaluation was asked for, ms of the monotonic clock; -Infinity before the first. */
  askedAt: number;
}

export interface Clock {
  /** Milliseconds that only grow, for ages. */
  monotonic(): number;
  /** Unix ms, for the time at which Prometheus is asked to evaluate. */
  wall(): number;
}

export interface ReadingsOptions {
  prometheus: Prometheus;
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
  const entries = new Map<string, Entry>();
  const counts: ReadingCounts = { evaluations: 0, failedEvaluations: 0, held: 0, refused: 0 };
  let waiting: { entry: Entry; land: (landing: Promise<Landing>) => void }[] = [];

  /** Flights that start in one turn of the event loop leave together, so that alike queries can be planned together. */
  const depart = () => {
    const leaving = waiting;
    waiting = [];
    const evaluatedAt = options.clock.monotonic();
    const answers = options.prometheus.evaluate(
      leaving.map(({ entry }) => entry.question),
      options.clock.wall(),
    );
    leaving.forEach(({ entry, land }, index) => {
      const answer = answers[index];
      if (answer) land(answer.then((got) => ({ outcome: readAnswer(got, entry.aggregate), evaluatedAt })));
    });
  };

  const fly = (entry: Entry, spec: MetricSpec): Promise<void> => {
    entry.askedAt = options.clock.monotonic();
    counts.evaluations++;
    const landed = new Promise<Landing>((resolve) => {
      if (waiting.length === 0) setImmediate(depart);
      waiting.push({ entry, land: resolve });
    });
    return landed.then(({ outcome, evaluatedAt }) => {
      delete entry.flight;
      if (outcome.ok) {
        if (entry.fault) options.onRecovery(spec);
        delete entry.fault;
        entry.reading = outcome.reading;
        entry.evaluatedAt = evaluatedAt;
      } else {
        counts.failedEvaluations++;
        if (entry.fault?.code !== outcome.fault.code) options.onFault(outcome.fault, spec);
        entry.fault = outcome.fault;
      }
    });
  };

  const entryOf = (spec: MetricSpec): Entry => {
    const key = entryKey(spec);
    const known = entries.get(key);
    if (known) return known;
    const entry: Entry = {
      question: { server: spec.server, query: spec.query },
      aggregate: spec.aggregate,
      askers: 0,
      evaluatedAt: Number.NEGATIVE_INFINITY,
      askedAt: Number.NEGATIVE_INFINITY,
    };
    entries.set(key, entry);
    return entry;
  };

  const intervalOf = (spec: MetricSpec): number =>
    spec.intervalSeconds === undefined ? options.defaultIntervalMs : spec.intervalSeconds * 1000;

  return {
    counts,
    async read(spec) {
      const entry = entryOf(spec);
      const freshMs = Math.max(FRESH_MS, intervalOf(spec));
      const now = options.clock.monotonic();
      if (entry.reading && !entry.fault && now - entry.evaluatedAt <= freshMs)
        return { ok: true, reading: entry.reading };
      // A query that failed is tried again at the pace of a fresh one, however long its interval is.
      const dueAt = entry.askedAt + (entry.fault ? FRESH_MS : freshMs);
      if (entry.flight === undefined && now >= dueAt) entry.flight = fly(entry, spec);
      if (entry.flight !== undefined) await withinDeadline(entry.flight);
      return settle(entry, Math.max(options.ttlMs, 2 * intervalOf(spec)));
    },
    acquire(spec) {
      entryOf(spec).askers++;
    },
    release(spec) {
      if (--entryOf(spec).askers <= 0) entries.delete(entryKey(spec));
    },
  };

  function settle(entry: Entry, ttlMs: number): Outcome {
    const { reading, fault } = entry;
    const ageMs = options.clock.monotonic() - entry.evaluatedAt;
    if (reading && ageMs <= ttlMs) {
      if (fault !== undefined || entry.flight !== undefined) counts.held++;
      return { ok: true, reading };
    }
    counts.refused++;
    const cause = fault ?? SLOW;
    const age = reading
      ? `; the last reading is ${Math.round(ageMs / 1000)} s old and is not served after ${Math.round(ttlMs / 1000)} s`
      : "";
    return { ok: false, fault: { ...cause, message: `${cause.message}${age}` } };
  }
}

interface Landing {
  outcome: Outcome;
  evaluatedAt: number;
}

const SLOW: Fault = {
  code: "ASM_PROMETHEUS_SLOW",
  severity: "error",
  message: `Prometheus has not answered the query within ${READ_DEADLINE_MS} ms`,
  remedy:
    "The answer counts at the next read. If this lasts, look at the load of Prometheus or make the query cheaper.",
};

function entryKey(spec: MetricSpec): string {
  return JSON.stringify([spec.server, canonicalQuery(spec.query), spec.aggregate ?? ""]);
}

async function withinDeadline(flight: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, READ_DEADLINE_MS);
  });
  await Promise.race([flight, deadline]);
  clearTimeout(timer);
}
