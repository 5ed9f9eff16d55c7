import type { Clock } from "../clock.ts";
import type { Answer } from "../prometheus/answer.ts";
import type { Prometheus, Question } from "../prometheus/prometheus.ts";
import { isExpected } from "./pollSchedule.ts";
import type { Outcome } from "./reading.ts";
import type { Entry, ReadSpec } from "./readingCache.ts";

/** The result of one evaluation. */
interface EvaluationResult<V> {
  outcome: Outcome<V>;
  /** Time of the data in ms of the monotonic clock: the evaluation time, or earlier by `olderMs`. */
  evaluatedAt: number;
  /** Evaluation time in Unix ms. */
  evaluatedFor: number;
  /** How much older than the evaluation time the data is, in ms. */
  olderMs: number;
  answer: Answer;
}

/** How a metric is evaluated, and what its reading is. */
export interface ReadingKind<S, V> {
  /** Metrics with the same key share one evaluation and one reading. */
  keyOf(spec: S): string;
  /** The query as it is now. */
  questionOf(spec: S): Omit<Question, "namespaces">;
  readAnswer(answer: Answer, spec: S): Outcome<V>;
}

export interface EvaluationsOptions<S extends ReadSpec, V> {
  kind: Pick<ReadingKind<S, V>, "questionOf" | "readAnswer">;
  prometheus: Pick<Prometheus, "evaluate">;
  clock: Clock;
  /** All entries of the reading cache. Some of them are prefetched. */
  entries(): Iterable<Entry<S, V>>;
  /** How long a result counts as fresh, in ms. Also the period in which the next expected reads are prefetched. */
  freshMs: number;
  onResult(entry: Entry<S, V>, result: EvaluationResult<V>): void;
}

/** Maximum time to prepare the prefetch in one turn of the event loop, in ms. */
const MOST_PREFETCH_MS = 20;

/** Starts evaluations. Each entry has at most one evaluation that is running or queued. */
export interface Evaluations<S extends ReadSpec, V> {
  /**
   * Evaluates the entry's query at an evaluation time (Unix ms). Does nothing if an evaluation of the entry is already
   * running or if the entry's backoff has not ended.
   */
  start(entry: Entry<S, V>, evaluateAt: number): void;
}

/**
 * Creates the evaluations of one reading cache. Evaluations that start in one turn of the event loop are sent together.
 * The first evaluation at a new evaluation time also prefetches the metrics that are likely to be read before the next
 * one. A few requests therefore serve a thousand HPAs, and most reads return at once.
 */
export function createEvaluations<S extends ReadSpec, V extends { readonly evaluatedAt: number }>({
  kind,
  prometheus,
  clock,
  entries,
  freshMs,
  onResult,
}: EvaluationsOptions<S, V>): Evaluations<S, V> {
  let waiting: {
    entry: Entry<S, V>;
    question: Omit<Question, "namespaces">;
    land: (awaitEvaluation: Promise<EvaluationResult<V>>) => void;
  }[] = [];
  let prefetchedFor = Number.NEGATIVE_INFINITY;

  const start = (entry: Entry<S, V>, evaluateAt: number) => {
    if (entry.evaluation !== undefined || clock.monotonic() < entry.restsUntil) return;
    entry.askedAt = clock.monotonic();
    entry.askedFor = evaluateAt;
    if (waiting.length === 0) setImmediate(depart);
    const resultCame = new Promise<EvaluationResult<V>>((land) =>
      waiting.push({ entry, question: kind.questionOf(entry.spec), land }),
    );
    entry.evaluation = resultCame.then((awaitEvaluation) => {
      entry.evaluation = undefined;
      onResult(entry, awaitEvaluation);
    });
  };

  const prefetch = () => {
    const evaluationTime = Math.floor(clock.wall() / freshMs) * freshMs;
    if (evaluationTime === prefetchedFor) return;
    prefetchedFor = evaluationTime;
    const now = clock.monotonic();
    const until = now + evaluationTime + freshMs - clock.wall();
    for (const entry of entries()) {
      // Queries that changed take time to parse. The others leave when they are read.
      if (clock.monotonic() - now > MOST_PREFETCH_MS) break;
      if (entry.freshMs === freshMs && entry.askedFor < evaluationTime && isExpected(entry.pollSchedule, now, until))
        start(entry, evaluationTime);
    }
  };

  const depart = () => {
    prefetch();
    const byEvaluationTime = Map.groupBy(waiting, ({ entry }) => entry.askedFor);
    waiting = [];
    for (const [evaluatedFor, leaving] of byEvaluationTime) {
      const evaluatedAt = clock.monotonic() - (clock.wall() - evaluatedFor);
      const answers = prometheus.evaluate(
        leaving.map(({ entry, question }) => ({ ...question, namespaces: [...entry.askers.keys()] })),
        evaluatedFor,
      );
      leaving.forEach(({ entry, land }, index) => {
        const answer = answers[index];
        if (answer)
          land(
            answer.then((got) => {
              const outcome = kind.readAnswer(got, entry.spec);
              // Both times are of the server's clock, which may differ from the adapter's.
              const olderMs = got.ok && outcome.ok ? got.evaluatedAt - outcome.reading.evaluatedAt : 0;
              return { outcome, answer: got, evaluatedAt: evaluatedAt - olderMs, evaluatedFor, olderMs };
            }),
          );
      });
    }
  };

  return { start };
}
