import { groupOf, type Query } from "hpa-metrics";
import type { Answer, Sample } from "./answer.ts";
import {
  type Batch,
  batchesOf,
  byHome,
  groupsOf,
  halves,
  homeOf,
  note,
  type PendingQuery,
  requestOf,
} from "./batches.ts";
import {
  type BatchResult,
  cap,
  experienceOf,
  learn,
  mayShare,
  remember,
  type ShapeExperience,
  SLOW_GROUP_MS,
  shrink,
  strike,
} from "./batchTuning.ts";
import { createKnownQueries } from "./knownQueries.ts";
import { createRequests, type Reply, type RequestCounts } from "./requests.ts";
import type { PrometheusServer } from "./server.ts";

/** One query, and the namespaces whose HPAs ask for it. */
export interface Asked {
  readonly query: Query;
  readonly namespaces: readonly string[];
}

/**
 * Asks one Prometheus a set of queries with as few requests as give the same answers, each on the share of the server that its
 * namespace has (fairQueue.ts).
 *
 * Queries of several namespaces go as one request. A namespace cannot make that request slow, fail or too large for the others
 * by what it adds: a query joins only after its own namespace's request with it was quick. A request of several namespaces that
 * is slow or fails all the same is divided by namespace first, which shows whose it is, and a template to which that happens again
 * is not shared for longer and longer.
 *
 * What remains: queries that were quick with their own namespace and turn slow later. One shared request is slow then, for the
 * 10 s of the query timeout at most; the others' last readings are held meanwhile and they are asked apart in the next round.
 * And a template that a namespace keeps in trouble costs Prometheus one request for each namespace in place of one for all.
 */
export interface QueryBatcher {
  /** One promise for each query, in their order; none rejects. */
  evaluate(asked: readonly Asked[], evaluateAt: number): Promise<Answer>[];
}

export interface QueryBatcherCounts extends RequestCounts {
  /** Queries that were answered as part of a group. */
  grouped: number;
  /** Groups that were asked again in parts because one query for all of them failed. */
  splits: number;
}

/** Nothing was sent yet. */
export function noPlannerCounts(): QueryBatcherCounts {
  return { requests: 0, grouped: 0, splits: 0, queued: 0, refused: 0 };
}

/** A query that failed alone, or was slow alone, is not grouped for this long, ms. */
const LONE_MS = 300_000;
/** More text than this in one query is not sent: proxies have limits of their own. */
const MOST_TEXT = 100_000;
/** So long a template is trusted after one of its members was compared with its own answer, and not grouped after one differed, ms. */
const PROVEN_MS = 600_000;
const BARRED_MS = 60_000;

/** A planner over the given server. */
export function createQueryBatcher(
  server: Pick<PrometheusServer, "query">,
  counts: QueryBatcherCounts,
  now: () => number,
): QueryBatcher {
  const known = createKnownQueries();
  const ask = createRequests(server, counts, now);

  const askAlone = async (evaluation: PendingQuery, evaluateAt: number): Promise<boolean> => {
    const stats = evaluation.record.instance !== undefined;
    const reply = await ask({ ...requestOf([evaluation]), text: evaluation.text, stats }, evaluateAt);
    note([evaluation], reply);
    if (reply.isOwnFault || reply.isSlow) evaluation.record.ungroupedUntil = now() + LONE_MS;
    evaluation.land(withTime(reply.answer, { home: evaluation.home, evaluations: [evaluation] }, reply));
    return !reply.isOwnFault;
  };

  /** Asks a batch as one. False when it had to be divided, or had no answer. */
  const askTogether = async (batch: Batch, template: ShapeExperience, evaluateAt: number): Promise<boolean> => {
    const { evaluations, home } = batch;
    const group = groupOf<Sample>(evaluations.flatMap(({ record }) => record.instance ?? []));
    if (group.text.length > MOST_TEXT) return askParts(batch, template, evaluateAt);
    const tuning = experienceOf(template, home);
    const [sample] = evaluations as readonly [PendingQuery, ...PendingQuery[]];
    const request = requestOf(evaluations);
    const isProven = now() < template.provenUntil && !tuning.mustProve;
    const [reply, proof] = await Promise.all([
      ask({ ...request, text: group.text, stats: true }, evaluateAt),
      isProven ? undefined : ask({ ...request, text: sample.text, stats: false }, evaluateAt),
    ]);
    const { answer, isSent } = reply;
    // Where one of them is answered alone, it is the group: a proxy may refuse its length in words of its own.
    const isTooMuch = isSent && !answer.ok && proof?.answer.ok === true;
    const isRefused = reply.isOwnFault || isTooMuch;
    const isTrouble = isRefused || reply.costMs > SLOW_GROUP_MS;
    if (home !== undefined) note(evaluations, { ...reply, isOwnFault: isRefused });
    else if (isTrouble) part(evaluations, template);
    if (isRefused) {
      counts.splits++;
      if (isTooMuch && home !== undefined) cap(tuning, evaluations.length, now());
      const areAnswered = await askParts(batch, template, evaluateAt);
      // Each namespace's part was answered, so it is the group as a whole that was too much.
      if (home === undefined && areAnswered) cap(tuning, evaluations.length, now());
    } else if (!answer.ok) {
      // Next time one of them goes along alone, and tells what is the group's from what is the server's.
      if (isSent) template.provenUntil = 0;
      if (reply.isSlow) shrink(tuning, evaluations.length);
      for (const { land } of evaluations) land(withTime({ ok: false, fault: answer.fault }, batch, reply));
    } else {
      const { instances: samples, extraSeries } = group.split(answer.samples);
      if (proof?.answer.ok) {
        if (!sameSamples(proof.answer.samples, samples[0] ?? [])) return askApart(batch, template, evaluateAt);
        template.provenUntil = now() + PROVEN_MS;
        tuning.mustProve = false;
      }
      counts.grouped += evaluations.length;
      // The first time it may be one namespace's query, and without that the group is not too large.
      if (home !== undefined || !isTrouble || template.strikes > 1)
        learn(tuning, trialOf(evaluations, answer, extraSeries), now());
      const { evaluatedAt } = answer;
      evaluations.forEach(({ land }, index) => {
        land(withTime({ ok: true, samples: samples[index] ?? [], evaluatedAt }, batch, reply));
      });
    }
    remember(template, home, tuning, now());
    return answer.ok;
  };

  /** Each of them has to be quick with its own namespace again before it is asked with others. */
  const part = (evaluations: readonly PendingQuery[], template: ShapeExperience) => {
    for (const { record } of evaluations) record.costMs = undefined;
    strike(template, now());
  };

  /** The answer of a group is not that of its members: asks each namespace apart, and where it is of one, each query. */
  const askApart = async (batch: Batch, template: ShapeExperience, evaluateAt: number): Promise<boolean> => {
    const { evaluations, home } = batch;
    template.provenUntil = 0;
    if (home === undefined) {
      part(evaluations, template);
      await askParts(batch, template, evaluateAt);
      return false;
    }
    const tuning = experienceOf(template, home);
    Object.assign(tuning, { disabledUntil: now() + BARRED_MS, mustProve: true });
    remember(template, home, tuning, now());
    await Promise.all(evaluations.map((evaluation) => askAlone(evaluation, evaluateAt)));
    return false;
  };

  /** Asks a batch in smaller ones: by namespace where it has several, else in halves. Whether each of them was answered. */
  const askParts = async (batch: Batch, template: ShapeExperience, evaluateAt: number): Promise<boolean> => {
    const parts = batch.home === undefined ? byHome(batch) : halves(batch);
    return (await Promise.all(parts.map((one) => askSome(one, template, evaluateAt)))).every(Boolean);
  };

  const askSome = async (batch: Batch, template: ShapeExperience, evaluateAt: number): Promise<boolean> => {
    const [first, ...more] = batch.evaluations;
    if (!first) return true;
    return more.length === 0 ? askAlone(first, evaluateAt) : askTogether(batch, template, evaluateAt);
  };

  const askBatch = (batch: Batch, template: ShapeExperience, evaluateAt: number) => {
    const tuning = experienceOf(template, batch.home);
    if (now() < tuning.disabledUntil) for (const evaluation of batch.evaluations) void askAlone(evaluation, evaluateAt);
    else for (const group of groupsOf(batch, tuning)) void askSome(group, template, evaluateAt);
  };

  return {
    evaluate(asked, evaluateAt) {
      const together = new Map<string, PendingQuery[]>();
      const answers = asked.map(({ query, namespaces }) => {
        const { promise, resolve } = Promise.withResolvers<Answer>();
        const record = known.record(query);
        const evaluation: PendingQuery = {
          text: query.text,
          record,
          namespaces,
          home: homeOf(namespaces),
          land: resolve,
        };
        const key = record.instance?.template.key;
        const mates = key === undefined ? undefined : together.get(key);
        if (key === undefined || now() < record.ungroupedUntil) void askAlone(evaluation, evaluateAt);
        else if (mates) mates.push(evaluation);
        else together.set(key, [evaluation]);
        return promise;
      });
      for (const evaluations of together.values()) {
        const instance = evaluations[0]?.record.instance;
        if (!instance) continue;
        const tuning = known.tuning(instance.template);
        for (const batch of batchesOf(evaluations, (home) => mayShare(tuning, home, now())))
          askBatch(batch, tuning, evaluateAt);
      }
      return answers;
    },
  };
}

/** How long the request took is told to its members, unless it may be another namespace's query that made it slow. */
function withTime(answer: Answer, { home }: Batch, { answer: { tookMs }, costMs, isSlow }: Reply): Answer {
  if (tookMs === undefined || (home === undefined && costMs > SLOW_GROUP_MS)) return answer;
  return answer.ok || !isSlow ? { ...answer, tookMs } : { ...answer, tookMs, othersWereQuick: true };
}

function trialOf(
  evaluations: readonly PendingQuery[],
  answer: Answer & { ok: true },
  extraSeries: number,
): BatchResult {
  const { samplesRead, evaluationMs } = answer;
  return {
    instances: evaluations.length,
    own: answer.samples.length - extraSeries,
    extraSeries,
    distinct: distinct(evaluations),
    ...(samplesRead === undefined ? {} : { samplesRead }),
    ...(evaluationMs === undefined ? {} : { evaluationMs }),
  };
}

/** Whether two answers to one query are the same; what calls itself Prometheus may not group as Prometheus does. */
function sameSamples(left: readonly Sample[], right: readonly Sample[]): boolean {
  const text = (samples: readonly Sample[]) =>
    samples.map(({ labels, value }) => `${JSON.stringify(Object.entries(labels).sort())} ${value}`).sort();
  return JSON.stringify(text(left)) === JSON.stringify(text(right));
}

function distinct(evaluations: readonly PendingQuery[]): BatchResult["distinct"] {
  const labels = evaluations[0]?.record.instance?.template.labels ?? [];
  return new Map(
    labels.map((label, index) => [
      label,
      new Set(evaluations.map(({ record }) => record.instance?.values[index])).size,
    ]),
  );
}
