import type { Clock } from "../clock.ts";
import type { Answer } from "../prometheus/answer.ts";
import type { Prometheus } from "../prometheus/prometheus.ts";
import { isExpected } from "./pollSchedule.ts";
import { type Outcome, readAnswer } from "./reading.ts";
import type { Entry } from "./readingCache.ts";

/** What an evaluation brought, and which moment it is about: ms of the monotonic clock, and Unix ms. */
interface EvaluationResult {
  outcome: Outcome;
  evaluatedAt: number;
  evaluatedFor: number;
  answer: Answer;
}

export interface EvaluationsOptions {
  prometheus: Pick<Prometheus, "evaluate">;
  clock: Clock;
  /** All entries, of which some are prefetched. */
  entries(): Iterable<Entry>;
  /** How long what is evaluated for a moment counts, ms, and so which reads are prefetched. */
  freshMs: number;
  onResult(entry: Entry, awaitEvaluation: EvaluationResult): void;
}

/** Evaluations under way, and those that wait for their share of the server: at most one for each entry. */
export interface Evaluations {
  /** Evaluates the entry's question at a moment (Unix ms), unless it is under way or rests. */
  start(entry: Entry, evaluateAt: number): void;
}

/**
 * Flights that start in one turn of the event loop leave together, and the first of a moment prefetch what will probably
 * be read before the next one: so a thousand HPAs are read by a few requests, and most of their reads wait for nothing.
 */
export function createEvaluations({ prometheus, clock, entries, freshMs, onResult }: EvaluationsOptions): Evaluations {
  let waiting: { entry: Entry; land: (awaitEvaluation: Promise<EvaluationResult>) => void }[] = [];
  let prefetchedFor = Number.NEGATIVE_INFINITY;

  const start = (entry: Entry, evaluateAt: number) => {
    if (entry.evaluation !== undefined || clock.monotonic() < entry.restsUntil) return;
    entry.askedAt = clock.monotonic();
    entry.askedFor = evaluateAt;
    if (waiting.length === 0) setImmediate(depart);
    const resultCame = new Promise<EvaluationResult>((land) => waiting.push({ entry, land }));
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
    for (const entry of entries())
      if (entry.freshMs === freshMs && entry.askedFor < evaluationTime && isExpected(entry.pollSchedule, now, until))
        start(entry, evaluationTime);
  };

  const depart = () => {
    prefetch();
    const byEvaluationTime = Map.groupBy(waiting, ({ entry }) => entry.askedFor);
    waiting = [];
    for (const [evaluatedFor, leaving] of byEvaluationTime) {
      const evaluatedAt = clock.monotonic() - (clock.wall() - evaluatedFor);
      const answers = prometheus.evaluate(
        leaving.map(({ entry }) => ({ ...entry.question, namespaces: [...entry.askers.keys()] })),
        evaluatedFor,
      );
      leaving.forEach(({ entry, land }, index) => {
        const answer = answers[index];
        if (answer)
          land(
            answer.then((got) => ({
              outcome: readAnswer(got, entry.aggregate),
              answer: got,
              evaluatedAt,
              evaluatedFor,
            })),
          );
      });
    }
  };

  return { start };
}
