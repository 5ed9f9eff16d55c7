import { type Fault, type MetricSpec, type Policy, parseQuantity } from "hpa-metrics";
import type { Cause, Reading } from "./reading.ts";

/** Why there is no new reading of a metric. */
export interface Trouble {
  fault: Fault;
  cause: Cause;
  /** Since when without a break, ms of the monotonic clock and Unix ms. */
  sinceMs: number;
  since: number;
}

/** What a read gives: a reading, perhaps an older one or a policy's in spite of trouble, or the fault. */
export type ReadOutcome =
  | { ok: true; reading: Reading; trouble?: Trouble }
  | { ok: false; fault: Fault; trouble?: Trouble };

/** What is known of a metric at the moment of a read. */
export interface Known {
  reading?: Reading;
  /** Age of `reading`, ms. */
  ageMs: number;
  /** How old it may become without a policy, ms. */
  ttlMs: number;
  trouble?: Trouble;
  /** The fault of a query that is still in evaluation when the reader can wait no longer. */
  late: Fault;
  /** Of the monotonic clock, and Unix ms. */
  nowMs: number;
  now: number;
}

/**
 * What is served while there is no new reading. Without a policy the last reading is held to its time to live, and then
 * there is none. `last-for` takes the place of the time to live. A number of the author's own counts at once where
 * Prometheus has answered that there is nothing; where it gives no answer, only when that has lasted for the time to
 * live: a blip, or a restart of the adapter, must not scale anything. A query that is a mistake has no policy.
 */
export function readingOrProblem(known: Known, spec: Pick<MetricSpec, "onNoData" | "onError">): ReadOutcome {
  const { reading, ageMs, ttlMs, trouble } = known;
  const policies = { "no-data": spec.onNoData, "no-answer": spec.onError, mistake: undefined };
  const policy = policies[trouble?.cause ?? "no-answer"];
  const withTrouble = trouble ? { trouble } : {};
  if (policy?.kind === "value" && trouble?.cause === "no-data")
    return { ok: true, reading: own(policy, known.now), trouble };
  const limitMs = policy?.kind === "last-for" ? policy.seconds * 1000 : ttlMs;
  if (reading && ageMs <= limitMs) return { ok: true, reading, ...withTrouble };
  if (policy?.kind === "value" && trouble && known.nowMs - trouble.sinceMs > ttlMs)
    return { ok: true, reading: own(policy, known.now), trouble };
  const fault = trouble?.fault ?? known.late;
  return { ok: false, fault: { ...fault, message: `${fault.message}${history(known, limitMs)}` }, ...withTrouble };
}

function own({ quantity }: Policy & { kind: "value" }, evaluatedAt: number): Reading {
  return { milli: parseQuantity(quantity).milli, quantity, evaluatedAt };
}

function history({ reading, ageMs, trouble }: Known, limitMs: number): string {
  const since = trouble ? `; so it is since ${utc(trouble.since)}` : "";
  const age = reading
    ? `; the last reading is ${Math.round(ageMs / 1000)} s old and is not served after ${Math.round(limitMs / 1000)} s`
    : "";
  return `${since}${age}`;
}

/** `2026-11-24T19:40:00Z`, as Kubernetes writes times. */
export function utc(unixMs: number): string {
  return `${new Date(unixMs).toISOString().slice(0, 19)}Z`;
}
