import { noReadingCounts } from "./readingCounts.ts";
import type { Readings } from "./readings.ts";
import type { ReadOutcome } from "./staleness.ts";

/** Readings whose outcome depends on the text of the query alone. */
export function fakeReadings(outcomeOf: (query: string) => ReadOutcome): Readings {
  return {
    read: async (spec) => outcomeOf(spec.query.text),
    observe: () => Promise.reject(new Error("nobody observes here")),
    acquire: () => undefined,
    release: () => undefined,
    state: () => ({}),
    last: () => ({ reading: undefined, problem: undefined }),
    counts: noReadingCounts(),
  };
}
