import { type Fault, faultLine } from "hpa-metrics";
import type { Clock } from "../clock.ts";
import type { HpaMetrics } from "../hpas/metricRegistry.ts";
import { type Trouble, utc } from "../readings/staleness.ts";
import { type HpaEvent, reasonOf } from "./event.ts";
import { createOwners, type Owner, type Told } from "./owners.ts";

/** Tells each HPA's owner, in events on the HPA, what is wrong with its metrics and when it is over. */
export interface HpaEvents {
  /** An HPA came or changed: its faults are told, and that it has none any more. */
  asked(hpaMetrics: HpaMetrics): void;
  /** A read of the metric of this annotation gave no new reading; `refused` when it gave none at all. */
  troubled(hpa: string, key: string, fault: Fault, read: { trouble?: Trouble; refused: boolean }): void;
  /** A read of it gave a new reading. Costs nothing for an HPA about which nothing was told. */
  well(hpa: string, key: string): void;
  /** The HPA is gone. */
  forget(hpa: string): void;
}

export interface HpaEventsOptions {
  /** The uid of an HPA, by which kubectl finds its events. */
  uidOf(hpa: string): string | undefined;
  /** Codes of faults in an HPA itself of which it is told nothing. */
  untold?: ReadonlySet<string>;
  /** Writes an event; false when it cannot now. */
  post(event: HpaEvent): boolean;
  clock: Clock;
}

/** A held reading harms nobody yet: a blip shorter than one round of the HPA controller is not told. */
const BLIP_MS = 15_000;
/** Trouble that lasts is told again so often, ms: events of the cluster are forgotten after an hour. */
const AGAIN_MS = 600_000;

/** Nothing is told yet. */
export function createHpaEvents({ uidOf, post, clock, untold = new Set() }: HpaEventsOptions): HpaEvents {
  const owners = createOwners(clock.monotonic);

  const warn = (hpa: string, subject: string, fault: Fault, message: string) => {
    const uid = uidOf(hpa);
    // A read may end after its HPA has gone, and nobody would ever forget what is remembered of it then.
    if (uid === undefined) return;
    const before = owners.get(hpa)?.told.get(subject);
    const isSame = before?.code === fault.code;
    const nowMs = clock.monotonic();
    if (isSame && nowMs - before.lastMs < AGAIN_MS) return;
    const owner = owners.take(hpa);
    if (!owner?.budget.take()) return;
    const now = clock.wall();
    const told: Told = {
      code: fault.code,
      first: isSame ? before.first : now,
      last: now,
      lastMs: nowMs,
      count: isSame ? before.count + 1 : 1,
    };
    const { first, last, count } = told;
    const event = { hpa, uid, subject, reason: reasonOf(fault.code), message, first, last, count };
    // What could not be written is not remembered, so that the next read tries again.
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
    asked({ hpa, faults: all }) {
      const faults = all.filter(({ code }) => !untold.has(code));
      const current = new Set(faults.map(subjectOf));
      for (const fault of faults) warn(hpa.id, subjectOf(fault), fault, shown(fault));
      const owner = owners.get(hpa.id);
      for (const [subject, told] of owner?.told ?? []) {
        if (owner && subject.startsWith(OF_ANNOTATIONS) && !current.has(subject))
          recovered(hpa.id, owner, subject, told, "The HPA no longer has this fault.");
      }
    },
    troubled(hpa, key, fault, { trouble, refused }) {
      if (!refused && trouble && clock.monotonic() - trouble.sinceMs < BLIP_MS) return;
      const since = trouble && !/ since \d/.test(fault.message) ? ` It is so since ${utc(trouble.since)}.` : "";
      warn(hpa, key, fault, `${key}: ${faultLine(fault)}${since}`);
    },
    well(hpa, key) {
      const owner = owners.get(hpa);
      const told = owner?.told.get(key);
      if (owner && told) recovered(hpa, owner, key, told, `${key}: readings are back.`);
    },
    forget: owners.forget,
  };
}

/** Before the subjects of faults that stand in an HPA itself, which no reading can end. */
const OF_ANNOTATIONS = "annotations ";

function subjectOf(fault: Fault): string {
  return `${OF_ANNOTATIONS}${fault.code} ${fault.key ?? fault.message}`;
}

/** The fault's sentence and remedy, and below them the line with its caret. */
function shown(fault: Fault): string {
  return [faultLine(fault), ...fault.message.split("\n").slice(1)].join("\n");
}
