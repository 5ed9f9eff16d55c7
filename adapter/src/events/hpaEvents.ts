import { type Problem, problemLine } from "@asm-autoscaler/hpa-metrics";
import type { Clock } from "../clock.ts";
import type { HpaMetrics } from "../hpas/metricRegistry.ts";
import { type Trouble, utc } from "../readings/staleness.ts";
import { type HpaEvent, reasonOf } from "./event.ts";
import { createOwners, type Owner, type Told } from "./owners.ts";

/** Reports to each HPA's owner, as events on the HPA, the problems of its metrics and when they end. */
export interface HpaEvents {
  /** An HPA was created or changed. Reports its problems, and those that ended. */
  asked(hpaMetrics: HpaMetrics): void;
  /** A read of this annotation's metric returned no new reading. `refused` means that it returned no value at all. */
  troubled(hpa: string, key: string, problem: Problem, read: { trouble?: Trouble; refused: boolean }): void;
  /**
   * A read returned a new reading, or `words` says what is good again. This is cheap for an HPA without reported
   * problems.
   */
  well(hpa: string, key: string, words?: string): void;
  /** The HPA was deleted. */
  forget(hpa: string): void;
}

export interface HpaEventsOptions {
  /** The uid of an HPA. kubectl uses it to find the HPA's events. */
  uidOf(hpa: string): string | undefined;
  /** Problem codes of an HPA for which no event is written. */
  untold?: ReadonlySet<string>;
  /** Writes an event. Returns false when it cannot write now. */
  post(event: HpaEvent): boolean;
  clock: Clock;
}

/**
 * Minimum age of a problem that is reported while a stale reading is served. It is one sync period of the HPA
 * controller in milliseconds. A shorter problem has no effect on the HPA.
 */
const BLIP_MS = 15_000;
/**
 * Interval at which a persistent problem is reported again, in milliseconds. Kubernetes deletes events after an hour.
 */
const AGAIN_MS = 600_000;

/** Creates the reporter. No problem is reported yet. */
export function createHpaEvents({ uidOf, post, clock, untold = new Set() }: HpaEventsOptions): HpaEvents {
  const owners = createOwners(clock.monotonic);

  const warn = (hpa: string, subject: string, problem: Problem, message: string) => {
    const uid = uidOf(hpa);
    // A read can end after its HPA was deleted. Nothing would then remove the data that is stored about it.
    if (uid === undefined) return;
    const before = owners.get(hpa)?.told.get(subject);
    const isSame = before?.code === problem.code;
    const nowMs = clock.monotonic();
    if (isSame && nowMs - before.lastMs < AGAIN_MS) return;
    const owner = owners.take(hpa);
    if (!owner?.budget.take()) return;
    const now = clock.wall();
    const told: Told = {
      code: problem.code,
      first: isSame ? before.first : now,
      last: now,
      lastMs: nowMs,
      count: isSame ? before.count + 1 : 1,
    };
    const { first, last, count } = told;
    const event = { hpa, uid, subject, reason: reasonOf(problem.code), message, first, last, count };
    // An event that was not written is not recorded, so that the next read tries again.
    if (post({ ...event, type: "Warning" })) owner.told.set(subject, told);
  };

  const recovered = (hpa: string, owner: Owner, subject: string, told: Told, words: string) => {
    if (!owner.budget.take()) return;
    const now = clock.wall();
    const message = `${words} It was ${told.code}, since ${utc(told.first)}.`;
    const event = { hpa, uid: uidOf(hpa) ?? "", subject, reason: "MetricRecovered", message, first: now, last: now };
    if (post({ ...event, type: "Normal", count: 1 })) owner.told.delete(subject);
  };

  return {
    asked({ hpa, problems: all }) {
      const problems = all.filter(({ code }) => !untold.has(code));
      const current = new Set(problems.map(subjectOf));
      for (const problem of problems) warn(hpa.id, subjectOf(problem), problem, shown(problem));
      const owner = owners.get(hpa.id);
      for (const [subject, told] of owner?.told ?? []) {
        if (owner && subject.startsWith(OF_ANNOTATIONS) && !current.has(subject))
          recovered(hpa.id, owner, subject, told, "The HPA no longer has this problem.");
      }
    },
    troubled(hpa, key, problem, { trouble, refused }) {
      if (!refused && trouble && clock.monotonic() - trouble.sinceMs < BLIP_MS) return;
      const since = trouble && !/ since \d/.test(problem.message) ? ` Failing since ${utc(trouble.since)}.` : "";
      warn(hpa, key, problem, `${key}: ${problemLine(problem)}${since}`);
    },
    well(hpa, key, words = "readings are back.") {
      const owner = owners.get(hpa);
      const told = owner?.told.get(key);
      if (owner && told) recovered(hpa, owner, key, told, `${key}: ${words}`);
    },
    forget: owners.forget,
  };
}

/** Prefix for the subjects of problems in the HPA itself. A reading cannot end these problems. */
const OF_ANNOTATIONS = "annotations ";

function subjectOf(problem: Problem): string {
  return `${OF_ANNOTATIONS}${problem.code} ${problem.key ?? problem.message}`;
}

/** Formats a problem: its message and remedy, followed by the line of the query with its caret. */
function shown(problem: Problem): string {
  return [problemLine(problem), ...problem.message.split("\n").slice(1)].join("\n");
}
