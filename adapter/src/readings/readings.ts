import { canonicalQuery, type Fault, type MetricSpec } from "hpa-metrics";
import type { Prometheus, Question } from "../prometheus/prometheus.ts";
import { heldReading, type ReadOutcome, type Trouble } from "./holding.ts";
import { type Outcome, type Reading, readAnswer } from "./reading.ts";

/**
 * Queries are evaluated at whole multiples of this, Unix ms, or of the HPA's `interval` where that is longer, and a
 * reading counts until the next one: two replicas that are asked in the same second ask Prometheus for the same moment
 * and answer alike, and no reading is older than this while Prometheus answers.
 */
const FRESH_MS = 3_000;
/** A read never holds one of the HPA controller's five workers longer than this, ms. */
export const READ_DEADLINE_MS = 900;

/** The readings of the metrics that HPAs ask for, evaluated when they are asked for. */
export interface Readings {
  /**
   * The reading of one metric. Of the current FRESH_MS (or interval of the HPA) it is served as it is; else one flight per
   * query asks Prometheus. When that fails or takes longer than READ_DEADLINE_MS the last reading is held, up to the
   * time to live (or twice the interval), and after that the outcome is the fault; the metric's policies may say otherwise.
   */
  read(spec: MetricSpec): Promise<ReadOutcome>;
  /** Says that an HPA asks for this metric. */
  acquire(spec: MetricSpec): void;
  /** Says that an HPA no longer asks for it; a reading that nobody asks for is forgotten at once. */
  release(spec: MetricSpec): void;
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

interface Entry {
  question: Question;
  aggregate: MetricSpec["aggregate"];
  /** How many metrics of HPAs ask for it. */
  askers: number;
  reading?: Reading;
  /** The moment that `reading` is about, ms of the monotonic clock: a jump of the wall clock makes nothing older or younger. */
  evaluatedAt: number;
  /** The moment that `reading` is about, Unix ms. */
  evaluatedFor: number;
  trouble?: Trouble;
  flight?: Promise<void>;
  /** How long the last evaluation took, ms. */
  tookMs?: number;
  /** When the last evaluation was asked for, ms of the monotonic clock; -Infinity before the first. */
  askedAt: number;
  /** The moment that it is about, Unix ms. */
  askedFor: number;
}

export interface Clock {
  /** Milliseconds that only grow, for ages. */
  monotonic(): number;
  /** Unix ms, for the time at which Prometheus is asked to evaluate. */
  wall(): number;
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
  const entries = new Map<string, Entry>();
  const counts: ReadingCounts = { evaluations: 0, failedEvaluations: 0, held: 0, refused: 0, faults: new Map() };
  let waiting: { entry: Entry; land: (landing: Promise<Landing>) => void }[] = [];

  /** Flights that start in one turn of the event loop leave together, so that alike queries can be planned together. */
  const depart = () => {
    const moments = Map.groupBy(waiting, ({ entry }) => entry.askedFor);
    waiting = [];
    for (const [evaluatedFor, leaving] of moments) {
      const evaluatedAt = options.clock.monotonic() - (options.clock.wall() - evaluatedFor);
      const answers = options.prometheus.evaluate(
        leaving.map(({ entry }) => entry.question),
        evaluatedFor,
      );
      leaving.forEach(({ entry, land }, index) => {
        const answer = answers[index];
        if (answer)
          land(answer.then((got) => ({ outcome: readAnswer(got, entry.aggregate), evaluatedAt, evaluatedFor })));
      });
    }
  };

  const fly = (entry: Entry, spec: MetricSpec, evaluateAt: number): Promise<void> => {
    entry.askedAt = options.clock.monotonic();
    entry.askedFor = evaluateAt;
    counts.evaluations++;
    const landed = new Promise<Landing>((resolve) => {
      if (waiting.length === 0) setImmediate(depart);
      waiting.push({ entry, land: resolve });
    });
    return landed.then(({ outcome, evaluatedAt, evaluatedFor }) => {
      delete entry.flight;
      entry.tookMs = options.clock.monotonic() - entry.askedAt;
      if (outcome.ok) {
        if (entry.trouble) options.onRecovery(spec);
        delete entry.trouble;
        entry.reading = outcome.reading;
        entry.evaluatedAt = evaluatedAt;
        entry.evaluatedFor = evaluatedFor;
      } else {
        const { code } = outcome.fault;
        counts.failedEvaluations++;
        counts.faults.set(code, (counts.faults.get(code) ?? 0) + 1);
        if (entry.trouble?.fault.code !== code) options.onFault(outcome.fault, spec);
        entry.trouble = troubleOf(outcome, entry.trouble);
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
      evaluatedFor: Number.NEGATIVE_INFINITY,
      askedAt: Number.NEGATIVE_INFINITY,
      askedFor: Number.NEGATIVE_INFINITY,
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
      // A query that failed is tried again at the pace of a fresh one, however long its interval is.
      const evaluateAt = startOf(options.clock.wall(), entry.trouble ? FRESH_MS : freshMs);
      const isFresh = entry.evaluatedFor >= evaluateAt && now - entry.evaluatedAt <= freshMs;
      if (entry.reading && !entry.trouble && isFresh) return { ok: true, reading: entry.reading };
      // After a jump of the wall clock back, no moment would be new for a while.
      const isDue = evaluateAt > entry.askedFor || now - entry.askedAt >= freshMs;
      if (entry.flight === undefined && isDue) entry.flight = fly(entry, spec, evaluateAt);
      if (entry.flight !== undefined) await withinDeadline(entry.flight);
      return settle(entry, spec);
    },
    acquire(spec) {
      entryOf(spec).askers++;
    },
    release(spec) {
      if (--entryOf(spec).askers <= 0) entries.delete(entryKey(spec));
    },
    state(spec) {
      const { reading, evaluatedAt, tookMs, trouble } = entries.get(entryKey(spec)) ?? {};
      return {
        ...(reading && evaluatedAt !== undefined ? { ageMs: options.clock.monotonic() - evaluatedAt } : {}),
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
      sinceMs: isSame ? before.sinceMs : options.clock.monotonic(),
      since: isSame ? before.since : options.clock.wall(),
    };
  }

  function settle(entry: Entry, spec: MetricSpec): ReadOutcome {
    const nowMs = options.clock.monotonic();
    const outcome = heldReading(
      {
        ...(entry.reading ? { reading: entry.reading } : {}),
        ...(entry.trouble ? { trouble: entry.trouble } : {}),
        ageMs: nowMs - entry.evaluatedAt,
        ttlMs: Math.max(options.ttlMs, 2 * intervalOf(spec)),
        late: SLOW,
        nowMs,
        now: options.clock.wall(),
      },
      spec,
    );
    if (!outcome.ok) counts.refused++;
    else if (entry.trouble || entry.flight !== undefined) counts.held++;
    return outcome;
  }
}

interface Landing {
  outcome: Outcome;
  evaluatedAt: number;
  evaluatedFor: number;
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
