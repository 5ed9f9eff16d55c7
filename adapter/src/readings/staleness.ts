import { type MetricSpec, type Policy, type Problem, parseQuantity } from "@asm-autoscaler/hpa-metrics";
import type { Cause, Failure, Reading } from "./reading.ts";

/** Why a metric has no new reading. */
export interface Trouble {
  problem: Problem;
  cause: Cause;
  /** Start of the uninterrupted failure: `sinceMs` in ms of the monotonic clock, `since` in Unix ms. */
  sinceMs: number;
  since: number;
}

/**
 * The result of a read: a reading or the problem. The reading may be stale or may come from a policy. `trouble` then
 * says why. With `isStale`, the evaluation for this read has not ended, so whether Prometheus answers is not known.
 */
export type ReadOutcome<V = Reading> =
  | { ok: true; reading: V; trouble?: Trouble; isStale?: true }
  | { ok: false; problem: Problem; trouble?: Trouble };

/** What a metric's owner sets for the time without a reading. */
export type Policies = Pick<MetricSpec, "onNoData" | "onError">;

/** The policy that serves a value of its own. */
export type FixedValue = Policy & { readonly kind: "value" };

/** The state of a metric at the time of a read. */
export interface Known<V = Reading> {
  reading?: V;
  /** Age of `reading`, in ms. */
  ageMs: number;
  /** Maximum age of a stale reading without a policy, in ms. */
  ttlMs: number;
  trouble?: Trouble;
  /** The problem of a query that is still being evaluated at the read's deadline. */
  late: Problem;
  /** The current time: `nowMs` in ms of the monotonic clock, `now` in Unix ms. */
  nowMs: number;
  now: number;
}

/**
 * Returns what to serve while there is no new reading. Without a policy, the last reading is served stale up to its
 * time to live, and after that the problem is returned. `last-for` replaces the time to live. A fixed value applies at
 * once if Prometheus answers that there is no data. If Prometheus gives no answer, the fixed value applies only after
 * the failure has lasted for the time to live, because a short outage or a restart of the adapter must not scale
 * anything. No policy applies to a query that is a mistake.
 *
 * @param own the reading that has the fixed value of a policy
 */
export function readingOrProblem<V>(
  known: Known<V>,
  spec: Policies,
  own: (policy: FixedValue, evaluatedAt: number) => V,
): ReadOutcome<V> {
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
  const problem = trouble?.problem ?? known.late;
  return {
    ok: false,
    problem: { ...problem, message: `${problem.message}${history(known, limitMs)}` },
    ...withTrouble,
  };
}

/** The reading that a policy with a fixed value gives. */
export function fixedReading({ quantity }: FixedValue, evaluatedAt: number): Reading {
  return { milli: parseQuantity(quantity).milli, quantity, evaluatedAt };
}

function history({ reading, ageMs, trouble }: Known<unknown>, limitMs: number): string {
  const since = trouble ? `; failing since ${utc(trouble.since)}` : "";
  const age = reading
    ? `; the last reading is ${Math.round(ageMs / 1000)} s old and is not served after ${Math.round(limitMs / 1000)} s`
    : "";
  return `${since}${age}`;
}

/** Formats a time as Kubernetes does: `2026-11-24T19:40:00Z`. */
export function utc(unixMs: number): string {
  return `${new Date(unixMs).toISOString().slice(0, 19)}Z`;
}

/** The trouble of a metric after a failed evaluation. It began with the first failure of the same cause. */
export function troubleOf(
  { problem, cause }: Failure,
  before: Trouble | undefined,
  now: { readonly sinceMs: number; readonly since: number },
): Trouble {
  const { sinceMs, since } = before !== undefined && before.cause === cause ? before : now;
  return { problem, cause, sinceMs, since };
}
