import type { Clock } from "../clock.ts";
import type { Answer } from "../prometheus/answer.ts";
import type { Prometheus } from "../prometheus/prometheus.ts";
import { isExpected } from "./pollSchedule.ts";
import { type Outcome, readAnswer } from "./reading.ts";
import type { Entry } from "./readingCache.ts";

/** What an evaluation brought, and which moment it is about: ms of the monotonic clock, and Unix ms. */
export interface Landing {
  outcome: Outcome;
  evaluatedAt: number;
  evaluatedFor: number;
  answer: Answer;
}

export interface FlightsOptions {
  prometheus: Pick<Prometheus, "evaluate">;
  clock: Clock;
  /** All entries, of which some are taken along. */
  entries(): Iterable<Entry>;
  /** How long what is evaluated for a moment counts, ms, and so which reads are taken along. */
  freshMs: number;
  onLanding(entry: Entry, landing: Landing): void;
}

/** Evaluations under way, and those that wait for their share of the server: at most one for each entry. */
export interface Flights {
  /** Evaluates the entry's question at a moment (Unix ms), unless it is under way or rests. */
  start(entry: Entry, evaluateAt: number): void;
}

/**
 * Flights that start in one turn of the event loop leave together, and the first of a moment take along what will probably
 * be read before the next one: so a thousand HPAs are read by a few requests, and most of their reads wait for nothing.
 */
export function createFlights({ prometheus, clock, entries, freshMs, onLanding }: FlightsOptions): Flights {
  let waiting: { entry: Entry; land: (landing: Promise<Landing>) => void }[] = [];
  let takenAlongFor = Number.NEGATIVE_INFINITY;

  const start = (entry: Entry, evaluateAt: number) => {
    if (entry.flight !== undefined || clock.monotonic() < entry.restsUntil) return;
    entry.askedAt = clock.monotonic();
    entry.askedFor = evaluateAt;
    if (waiting.length === 0) setImmediate(depart);
    const landed = new Promise<Landing>((land) => waiting.push({ entry, land }));
    entry.flight = landed.then((landing) => {
      entry.flight = undefined;
      onLanding(entry, landing);
    });
  };

  const takeAlong = () => {
    const moment = Math.floor(clock.wall() / freshMs) * freshMs;
    if (moment === takenAlongFor) return;
    takenAlongFor = moment;
    const now = clock.monotonic();
    const until = now + moment + freshMs - clock.wall();
    for (const entry of entries())
      if (entry.freshMs === freshMs && entry.askedFor < moment && isExpected(entry.rhythm, now, until))
        start(entry, moment);
  };

  const depart = () => {
    takeAlong();
    const moments = Map.groupBy(waiting, ({ entry }) => entry.askedFor);
    waiting = [];
    for (const [evaluatedFor, leaving] of moments) {
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
