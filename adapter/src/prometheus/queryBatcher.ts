import { setImmediate } from "node:timers/promises";
import { groupOf, templateInstanceOf } from "@asm-autoscaler/hpa-metrics";
import { createPauses } from "../kubernetes/pause.ts";
import type { Answer, Sample } from "./answer.ts";
import type { BatcherCounts } from "./batcherCounts.ts";
import {
  type Asked,
  type Batch,
  batchesOf,
  byHome,
  byLabels,
  distinct,
  groupsOf,
  halves,
  homeOf,
  note,
  type PendingInstance,
  type PendingQuery,
  requestOf,
  trialOf,
  withTime,
} from "./batches.ts";
import { MOST_TEXT, valuesOf } from "./batchSize.ts";
import {
  cap,
  experienceOf,
  forgetRefusals,
  labelToSplit,
  learn,
  mayShare,
  remember,
  type ShapeExperience,
  SLOW_GROUP_MS,
  shrink,
  splitBy,
  strike,
} from "./batchTuning.ts";
import { createKnownQueries } from "./knownQueries.ts";
import { createRequests } from "./requests.ts";
import type { PrometheusServer } from "./server.ts";
import { sameSamples } from "./spotCheck.ts";

/**
 * Sends a set of queries to one Prometheus in as few requests as possible, with the same results. Each request uses its
 * namespaces' share of the server (fairQueue.ts).
 *
 * Queries of several namespaces can share one request. A namespace must not make that request slow, failed or too large
 * for the others. A query is therefore shared only after its own namespace's request with it was quick. If a shared
 * request is slow or fails nevertheless, its queries are split by namespace, which shows the namespace that caused it.
 * If that happens again to the same template, the template is not shared for increasingly longer times.
 *
 * Known limitation: queries that were quick with their own namespace and become slow later. One shared request is then
 * slow, for the 10 s of the query timeout at most. The other namespaces' last readings are served stale during that
 * time, and their queries are sent separately next time. If a namespace repeatedly causes this, its template costs
 * Prometheus one request per namespace instead of one for all.
 */
export interface QueryBatcher {
  /** Returns one promise for each query, in the same order. No promise rejects. */
  evaluate(asked: readonly Asked[], evaluateAt: number): Promise<Answer>[];
}

/** Whether all queries of a batch were answered: in one request, or only after the batch was split. */
type Answered = "at once" | "in parts" | "not all";
const LEAST_FIRST = ["not all", "in parts"] as const;

/** How long a query is ungrouped after it failed alone or was slow alone, in ms. */
const LONE_MS = 300_000;
/** Number of values that are written to grouped queries before the event loop runs. It takes about 5 ms. */
const MOST_WRITTEN = 10_000;
/** How long a query template stays trusted after a spot check passed, and disabled after one failed, in ms. */
const PROVEN_MS = 600_000;
const BARRED_MS = 60_000;

/** Creates a query batcher for the given server. */
export function createQueryBatcher(
  server: Pick<PrometheusServer, "query">,
  counts: BatcherCounts,
  now: () => number,
): QueryBatcher {
  const known = createKnownQueries();
  const ask = createRequests(server, counts, now);

  /** Sends one query as it was written. */
  const askAlone = async (evaluation: PendingQuery, evaluateAt: number): Promise<Answered> => {
    const stats = evaluation.instance !== undefined;
    const reply = await ask({ ...requestOf([evaluation]), text: evaluation.text, stats }, evaluateAt);
    note([evaluation], reply);
    if (reply.isOwnProblem || reply.isSlow) evaluation.record.ungroupedUntil = now() + LONE_MS;
    evaluation.land(withTime(reply.answer, evaluation, reply));
    return reply.answer.ok ? "at once" : "not all";
  };

  /** Sends a batch as one grouped query, or in parts if that is refused. */
  const askTogether = async (batch: Batch, template: ShapeExperience, evaluateAt: number): Promise<Answered> => {
    const { evaluations, home } = batch;
    const group = groupOf<Sample>(evaluations.map(({ instance }) => instance));
    if (group.text.length > MOST_TEXT) return askParts(batch, template, evaluateAt);
    const tuning = experienceOf(template, home);
    const spot = spotOf(evaluations);
    const request = requestOf(evaluations);
    const isProven = now() < template.provenUntil && !tuning.mustProve;
    const [reply, proof] = await Promise.all([
      ask({ ...request, text: group.text, stats: true }, evaluateAt),
      isProven ? undefined : ask({ ...request, text: evaluations[spot]?.text ?? "", stats: false }, evaluateAt),
    ]);
    const { answer, isSent } = reply;
    // If an instance alone is answered, the group itself is the problem. A proxy may reject its length with an error of
    // its own.
    const isTooMuch = isSent && !answer.ok && proof?.answer.ok === true;
    const isRefused = reply.isOwnProblem || isTooMuch;
    const isTrouble = isRefused || reply.costMs > SLOW_GROUP_MS;
    if (home !== undefined) note(evaluations, { ...reply, isOwnProblem: isRefused });
    else if (isTrouble) part(evaluations, template);
    if (isRefused) {
      counts.splits++;
      const answered = await askRefused(batch, template, evaluateAt, answer);
      remember(template, home, tuning, now());
      return answered;
    }
    if (!answer.ok) {
      // The next group is sent with a spot check, which shows whether the group or the server is the problem.
      if (isSent) template.provenUntil = 0;
      if (reply.isSlow) shrink(tuning, evaluations.length);
      for (const { land } of evaluations) land(withTime({ ok: false, problem: answer.problem }, batch, reply));
    } else {
      const split = group.split(answer.samples);
      if (proof?.answer.ok) {
        if (!sameSamples(proof.answer.samples, split.samplesOf(spot))) return askApart(batch, template, evaluateAt);
        template.provenUntil = now() + PROVEN_MS;
        tuning.mustProve = false;
      }
      counts.grouped += evaluations.length;
      const pauses = createPauses();
      for (const [index, { land }] of evaluations.entries()) {
        land(withTime({ ok: true, samples: split.samplesOf(index), evaluatedAt: answer.evaluatedAt }, batch, reply));
        await pauses();
      }
      // The first slow group may be caused by one namespace's query. Without that query, the group may not be too
      // large.
      if (home !== undefined || !isTrouble || template.strikes > 1)
        learn(tuning, trialOf(evaluations, answer, split.unclaimed()), now());
    }
    remember(template, home, tuning, now());
    return answer.ok ? "at once" : "not all";
  };

  /**
   * Sends a refused group in parts. If one of its queries is refused too, that query is the cause. Otherwise the cause is
   * the size of the group, or an error in an extra series, such as a many-to-many match. The tuning then avoids it.
   */
  const askRefused = async (batch: Batch, template: ShapeExperience, evaluateAt: number, answer: Answer) => {
    const { evaluations, home } = batch;
    const tuning = experienceOf(template, home);
    const values = distinct(evaluations);
    const mayBeExtraSeries =
      !answer.ok && answer.problem.code === "ASM_QUERY_REFUSED" && labelToSplit(values) !== undefined;
    const label = mayBeExtraSeries ? labelToSplit(values, evaluations.length / 2) : undefined;
    const answered = await askParts(batch, template, evaluateAt, label);
    if (answered === "not all") return answered;
    if (label !== undefined) splitBy(tuning, label, now());
    else if (answered === "at once") {
      const [, second, ...more] = evaluations;
      if (mayBeExtraSeries && second && more.length === 0) second.record.ungroupedUntil = now() + LONE_MS;
      else cap(tuning, evaluations.length, now());
    }
    return "in parts";
  };

  /** Requires each query to be quick with its own namespace again before it is grouped with other namespaces. */
  const part = (evaluations: readonly PendingQuery[], template: ShapeExperience) => {
    for (const { record } of evaluations) record.costMs = undefined;
    strike(template, now());
  };

  /**
   * Handles a failed spot check: the result of a group differs from the result of its instance alone. Sends each
   * namespace's queries separately. For a group of one namespace, sends each query separately.
   */
  const askApart = async (batch: Batch, template: ShapeExperience, evaluateAt: number): Promise<Answered> => {
    const { evaluations, home } = batch;
    template.provenUntil = 0;
    if (home === undefined) {
      part(evaluations, template);
      await askParts(batch, template, evaluateAt);
      return "not all";
    }
    const tuning = experienceOf(template, home);
    Object.assign(tuning, { disabledUntil: now() + BARRED_MS, mustProve: true });
    remember(template, home, tuning, now());
    await Promise.all(evaluations.map((evaluation) => askAlone(evaluation, evaluateAt)));
    return "not all";
  };

  /**
   * Sends a batch in smaller ones: by namespace if it has several, otherwise by the label, or in halves if there is
   * none.
   */
  const askParts = async (
    batch: Batch,
    template: ShapeExperience,
    evaluateAt: number,
    label?: string,
  ): Promise<Answered> => {
    const ofOneHome = label === undefined ? halves : (one: Batch) => byLabels(one, new Set([label]));
    const parts = batch.home === undefined ? byHome(batch) : ofOneHome(batch);
    const answered = await Promise.all(parts.map((one) => askSome(one, template, evaluateAt)));
    return LEAST_FIRST.find((one) => answered.includes(one)) ?? "at once";
  };

  const askSome = async (batch: Batch, template: ShapeExperience, evaluateAt: number): Promise<Answered> => {
    const [first, ...more] = batch.evaluations;
    if (!first) return "at once";
    return more.length === 0 ? askAlone(first, evaluateAt) : askTogether(batch, template, evaluateAt);
  };

  const groupsToAsk = (batch: Batch, template: ShapeExperience): readonly Batch[] => {
    const tuning = experienceOf(template, batch.home);
    forgetRefusals(tuning, now());
    if (now() >= tuning.disabledUntil) return groupsOf(batch, tuning);
    return batch.evaluations.map((evaluation) => ({ ...batch, evaluations: [evaluation] }));
  };

  /** Sends queries that have a template. Pauses, because many sets of values are a long text. */
  const askInstances = async (together: Iterable<readonly PendingInstance[]>, evaluateAt: number) => {
    let values = 0;
    for (const evaluations of together) {
      const [first] = evaluations;
      if (!first) continue;
      const template = known.tuning(first.instance.template);
      for (const batch of batchesOf(evaluations, (home) => mayShare(template, home, now())))
        for (const group of groupsToAsk(batch, template)) {
          void askSome(group, template, evaluateAt);
          values += valuesOf(group.evaluations.map(({ instance }) => instance));
          if (values < MOST_WRITTEN) continue;
          values = 0;
          await setImmediate();
        }
    }
  };

  return {
    evaluate(asked, evaluateAt) {
      const together = new Map<string, PendingInstance[]>();
      const answers = asked.map(({ query, namespaces }) => {
        const { promise, resolve } = Promise.withResolvers<Answer>();
        const instance = templateInstanceOf(query);
        const home = homeOf(namespaces);
        const record = known.record(query, home);
        const pending = { text: query.text, record, namespaces, home, land: resolve };
        if (!instance || now() < record.ungroupedUntil) void askAlone({ ...pending, instance }, evaluateAt);
        else {
          const { key } = instance.template;
          const mates = together.get(key) ?? [];
          together.set(key, mates);
          mates.push({ ...pending, instance });
        }
        return promise;
      });
      void askInstances(together.values(), evaluateAt);
      return answers;
    },
  };
}

/** The instance for the spot check: one with a set of values if there is one, because more rules apply to it. */
function spotOf(evaluations: readonly PendingInstance[]): number {
  const isSet = ({ instance }: PendingInstance) => instance.values.some((values) => values.length > 1);
  return Math.max(0, evaluations.findIndex(isSet));
}
