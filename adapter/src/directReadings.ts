import { type MetricSpec, type Problem, problem } from "@asm-autoscaler/hpa-metrics";
import type { Clock } from "./clock.ts";
import { type Direct, QUIET } from "./direct/direct.ts";
import type { DirectReading } from "./direct/reading.ts";
import { createFairWork } from "./fairWork.ts";
import { type PodsValue, type Reading, type ReadingSource, readAnswer } from "./readings/reading.ts";
import type { Readings } from "./readings/readings.ts";
import type { ReadOutcome, Trouble } from "./readings/staleness.ts";

/**
 * Joins the readings of Prometheus with those of the proxies, for the metrics that ask for it:
 * - While Prometheus answers, the larger of the two is served. The rate of a saturated workload falls, because a request
 *   is counted when it ends; the longer window of Prometheus then decides. If they differ by no more than Direct's
 *   noise, the reading of Prometheus is served, which is smoother.
 * - While Prometheus has not answered this read yet, the larger of its last reading and of the proxies is served.
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

  const evaluations = createFairWork();
  let started = 0;

  /** Evaluates a metric in the turn of its namespace, because an evaluation can take up to 50 ms. */
  const readDirect = (spec: MetricSpec, namespace: string) =>
    new Promise<DirectReading>((resolve) => {
      evaluations.add(namespace, String(++started), function* () {
        yield undefined;
        resolve(readNow(direct, spec, namespace));
      });
    });

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
    async read(spec, namespace) {
      const wanted = spec.direct;
      // Before Prometheus is waited for, so that the first read starts the scrapes at once.
      const early = wanted?.mode === "always" ? readDirect(spec, namespace) : undefined;
      const outcome = await readings.read(spec, namespace);
      const isAnswering = outcome.ok && !outcome.trouble;
      const isFresh = isAnswering && !outcome.isStale;
      if (!wanted || outcome.trouble?.cause === "mistake" || (isFresh && wanted.mode === "fallback")) return outcome;
      const reading = await (early ?? readDirect(spec, namespace));
      const own = outcomeOf(reading, clock);
      if (!own.ok && isAnswering && wanted.mode === "fallback") return outcome;
      const { direct: counts } = readings.counts;
      const count = (result: string) => counts.set(result, (counts.get(result) ?? 0) + 1);
      const withoutPods = (reason: Problem) => {
        count(reason.code);
        return withoutDirect(outcome, reason, (one) => troubleOf(spec, one), clock);
      };
      if (!own.ok) return withoutPods(own.problem);
      const { tooLow } = own;
      if (tooLow && !outcome.ok) return withoutPods(tooLow);
      const source = sourceOf(outcome, own.pods, tooLow);
      count(source.from);
      const told = tooLow && !UNTOLD.has(tooLow.code) ? tooLow : undefined;
      if (!told) failing.delete(spec);
      if (source.from === "pods" || !outcome.ok) {
        const kept = tooLow && outcome.trouble ? { trouble: outcome.trouble } : {};
        return { ok: true, reading: { ...own.reading, source }, ...kept };
      }
      const trouble = outcome.trouble ?? (told && troubleOf(spec, told));
      return { ok: true, reading: { ...outcome.reading, source }, ...(trouble ? { trouble } : {}) };
    },
  };
}

/**
 * What is wrong with the server of a metric. Without any Prometheus, the proxies alone serve a metric that asks for them,
 * and the problem of a metric that could be served so is that the adapter does not read proxies.
 *
 * @param found The problem of the server itself.
 */
export function withoutServer(spec: MetricSpec, found: Problem | undefined, isDirect: boolean): Problem | undefined {
  if (found?.code !== "ASM_SERVER_MISSING" || spec.direct?.mode !== "always") return found;
  if (isDirect) return undefined;
  const message = "the adapter was started with neither --direct nor --prometheus-server, so nothing serves the metric";
  return problem("ASM_DIRECT_OFF", message, { severity: "error" });
}

/** Why a value may be too low that nobody is told of while Prometheus answers: Prometheus knows the other callers. */
const UNTOLD: ReadonlySet<string> = new Set([...QUIET, "ASM_DIRECT_REPORTER"]);

function readNow(direct: Direct | undefined, spec: MetricSpec, namespace: string): DirectReading {
  if (direct && spec.direct) return direct.read(spec.direct, namespace);
  return { ok: false, problem: problem("ASM_DIRECT_OFF", "the adapter does not read proxies") };
}

type PodsOutcome =
  | { readonly ok: true; readonly reading: Reading; readonly pods: PodsValue; readonly tooLow?: Problem }
  | { readonly ok: false; readonly problem: Problem };

function outcomeOf(read: DirectReading, clock: Clock): PodsOutcome {
  if (!read.ok) return read;
  const { value, ageMs, noise, pods, sampled = pods, read: found, tooLow } = read;
  const evaluatedAt = clock.wall() - ageMs;
  const outcome = readAnswer({ ok: true, samples: [{ labels: {}, value }], evaluatedAt }, undefined);
  if (!outcome.ok) return outcome;
  const own = { value, evaluatedAt, noise, pods, sampled, read: found };
  return { ...outcome, pods: own, ...(tooLow ? { tooLow } : {}) };
}

/**
 * Chooses between the reading of the proxies and what Prometheus gives. A value that may be too low does not replace a
 * larger reading of Prometheus, not even the last one before Prometheus stopped answering.
 */
function sourceOf(outcome: ReadOutcome, pods: PodsValue, tooLow: Problem | undefined): ReadingSource {
  const problem = outcome.ok ? outcome.trouble?.problem : outcome.problem;
  const reasons = { ...(problem ? { problem } : {}), ...(tooLow ? { tooLow } : {}) };
  if (!outcome.ok || (outcome.trouble && !tooLow)) return { from: "pods", pods, ...reasons };
  const prometheus = numberOf(outcome.reading);
  // The last reading is of before. The noise would keep it where the proxies count a little more, and it would let a
  // workload sleep that gets its first requests.
  const noise = outcome.isStale || outcome.trouble || prometheus.value === 0 ? 0 : pods.noise;
  return { from: pods.value - prometheus.value > noise ? "pods" : "prometheus", prometheus, pods, ...reasons };
}

function numberOf({ milli, evaluatedAt }: Reading) {
  return { value: Number(milli) / 1000, evaluatedAt };
}

/** How long proxies may lack a metric that Prometheus has before somebody is told: its window shows pods that are gone. */
const NO_SERIES_MS = 120_000;

/** What Prometheus alone gives, with the reason why the proxies give nothing. */
function withoutDirect(
  outcome: ReadOutcome,
  reason: Problem,
  troubleOf: (reason: Problem) => Trouble,
  clock: Clock,
): ReadOutcome {
  if (!outcome.ok) {
    // Without any Prometheus, only the proxies are meant to answer.
    if (outcome.problem.code === "ASM_SERVER_MISSING") return { ...outcome, problem: reason };
    const message = `${outcome.problem.message}; and the proxies give no reading: ${reason.code}, ${reason.message}`;
    return { ...outcome, problem: { ...outcome.problem, message } };
  }
  const source: ReadingSource = { from: "prometheus", prometheus: numberOf(outcome.reading), problem: reason };
  const alone = { ...outcome, reading: { ...outcome.reading, source } };
  if (outcome.trouble || QUIET.has(reason.code)) return alone;
  const hasNoSeries = reason.code === "ASM_DIRECT_NO_SERIES";
  if (hasNoSeries && outcome.reading.milli === 0n) return alone;
  const trouble = troubleOf(reason);
  if (hasNoSeries && clock.monotonic() - trouble.sinceMs < NO_SERIES_MS) return alone;
  return { ...alone, trouble };
}
