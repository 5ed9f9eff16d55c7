import { type MetricSpec, type Problem, problem } from "@asm-autoscaler/hpa-metrics";
import type { Clock } from "./clock.ts";
import { type Direct, type DirectReading, QUIET } from "./direct/direct.ts";
import { readAnswer } from "./readings/reading.ts";
import type { Readings } from "./readings/readings.ts";
import type { ReadOutcome, Trouble } from "./readings/staleness.ts";

/**
 * Joins the readings of Prometheus with those of the proxies, for the metrics that ask for it:
 * - While Prometheus answers, the larger of the two is served. The rate of a saturated workload falls, because a request
 *   is counted when it ends; the longer window of Prometheus then decides. If they differ by no more than Direct's
 *   noise, the reading of Prometheus is served, which is smoother.
 * - While Prometheus does not answer, the proxies alone are served. A value that may be too low, because not all callers
 *   are read, is not: it could make a busy workload smaller.
 * - While the proxies cannot be read, Prometheus alone is served, and the HPA's owner is told why.
 * - Without either, there is no reading, and the message has both reasons.
 * With the mode `fallback`, the proxies are read only while Prometheus does not answer. A query that Prometheus refuses
 * and a value that is impossible stay errors.
 */
export function joinDirect(readings: Readings, direct: Direct | undefined, clock: Clock): Readings {
  /** Start of the uninterrupted failure of Direct, by the metric. */
  const failing = new WeakMap<MetricSpec, Trouble>();

  const troubleOf = (spec: MetricSpec, reason: Problem): Trouble => {
    const before = failing.get(spec);
    const isSame = before?.problem.code === reason.code;
    const { sinceMs, since } = isSame ? before : { sinceMs: clock.monotonic(), since: clock.wall() };
    const trouble: Trouble = { problem: reason, cause: "no-answer", sinceMs, since };
    failing.set(spec, trouble);
    return trouble;
  };

  return {
    ...readings,
    counts: readings.counts,
    async read(spec, namespace) {
      const wanted = spec.direct;
      // Before Prometheus is waited for, so that the first read starts the scrapes at once.
      const early = wanted?.mode === "always" ? readDirect(direct, spec, namespace) : undefined;
      const outcome = await readings.read(spec, namespace);
      const isFresh = outcome.ok && !outcome.trouble;
      if (!wanted || outcome.trouble?.cause === "mistake" || (isFresh && wanted.mode === "fallback")) return outcome;
      const reading = early ?? readDirect(direct, spec, namespace);
      const own = reading.ok ? outcomeOf(reading, clock) : { ok: false as const, problem: reading.problem };
      if (!own.ok) return withoutDirect(outcome, own.problem, (reason) => troubleOf(spec, reason));
      if (!reading.ok || !reading.tooLow) failing.delete(spec);
      const { noise, tooLow } = reading.ok ? reading : { noise: 0, tooLow: undefined };
      if (!isFresh && !tooLow) return { ok: true, reading: own.reading };
      // What was counted is not the noise of zero: it wakes a workload.
      const mostNoise = outcome.ok && outcome.reading.milli === 0n ? 0 : noise;
      if (outcome.ok && Number(own.reading.milli - outcome.reading.milli) / 1000 > mostNoise)
        return { ok: true, reading: own.reading };
      // Prometheus knows the callers that the adapter does not read.
      if (!tooLow || (isFresh && tooLow.code === "ASM_DIRECT_REPORTER")) return outcome;
      return withoutDirect(outcome, tooLow, (reason) => troubleOf(spec, reason));
    },
  };
}

function readDirect(direct: Direct | undefined, spec: MetricSpec, namespace: string): DirectReading {
  if (direct && spec.direct) return direct.read(spec.direct, namespace);
  return { ok: false, problem: problem("ASM_DIRECT_OFF", "the adapter does not read proxies") };
}

function outcomeOf({ value, ageMs }: DirectReading & { ok: true }, clock: Clock) {
  const evaluatedAt = clock.wall() - ageMs;
  return readAnswer({ ok: true, samples: [{ labels: {}, value }], evaluatedAt }, undefined);
}

/** What Prometheus alone gives, with the reason why the proxies give nothing. */
function withoutDirect(outcome: ReadOutcome, reason: Problem, troubleOf: (reason: Problem) => Trouble): ReadOutcome {
  if (!outcome.ok) {
    // Without any Prometheus, only the proxies are meant to answer.
    if (outcome.problem.code === "ASM_SERVER_MISSING") return { ...outcome, problem: reason };
    const message = `${outcome.problem.message}; and the proxies give no reading: ${reason.code}, ${reason.message}`;
    return { ...outcome, problem: { ...outcome.problem, message } };
  }
  if (outcome.trouble || QUIET.has(reason.code)) return outcome;
  return { ...outcome, trouble: troubleOf(reason) };
}
