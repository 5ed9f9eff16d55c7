import { groupOf, type Query } from "hpa-metrics";
import type { Answer, Sample } from "./answer.ts";
import { type Batch, batchesOf, byHome, type Flight, groupsOf, halves, homeOf, note, requestOf } from "./batches.ts";
import {
  cap,
  experienceOf,
  learn,
  mayShare,
  remember,
  type ShapeExperience,
  SLOW_GROUP_MS,
  shrink,
  strike,
  type Trial,
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
 * is slow or fails all the same is divided by namespace first, which shows whose it is, and a shape to which that happens again
 * is not shared for longer and longer.
 *
 * What remains: queries that were quick with their own namespace and turn slow later. One shared request is slow then, for the
 * 10 s of the query timeout at most; the others' last readings are held meanwhile and they are asked apart in the next round.
 * And a shape that a namespace keeps in trouble costs Prometheus one request for each namespace in place of one for all.
 */
export interface Planner {
  /** One promise for each query, in their order; none rejects. */
  evaluate(asked: readonly Asked[], evaluateAt: number): Promise<Answer>[];
}

export interface PlannerCounts extends RequestCounts {
  /** Queries that were answered as part of a group. */
  grouped: number;
  /** Groups that were asked again in parts because one query for all of them failed. */
  splits: number;
}

/** Nothing was sent yet. */
export function noPlannerCounts(): PlannerCounts {
  return { requests: 0, grouped: 0, splits: 0, queued: 0, refused: 0 };
}

/** A query that failed alone, or was slow alone, is not grouped for this long, ms. */
const LONE_MS = 300_000;
/** More text than this in one query is not sent: proxies have limits of their own. */
const MOST_TEXT = 100_000;
/** So long a shape is trusted after one of its members was compared with its own answer, and not grouped after one differed, ms. */
const PROVEN_MS = 600_000;
const BARRED_MS = 60_000;

/** A planner over the given server. */
export function createPlanner(
  server: Pick<PrometheusServer, "query">,
  counts: PlannerCounts,
  now: () => number,
): Planner {
  const known = createKnownQueries();
  const ask = createRequests(server, counts, now);

  const askAlone = async (flight: Flight, evaluateAt: number): Promise<boolean> => {
    const stats = flight.record.member !== undefined;
    const reply = await ask({ ...requestOf([flight]), text: flight.text, stats }, evaluateAt);
    note([flight], reply);
    if (reply.isOwnFault || reply.isSlow) flight.record.loneUntil = now() + LONE_MS;
    flight.land(withTime(reply.answer, { home: flight.home, flights: [flight] }, reply));
    return !reply.isOwnFault;
  };

  /** Asks a batch as one. False when it had to be divided, or had no answer. */
  const askTogether = async (batch: Batch, shape: ShapeExperience, evaluateAt: number): Promise<boolean> => {
    const { flights, home } = batch;
    const group = groupOf<Sample>(flights.flatMap(({ record }) => record.member ?? []));
    if (group.text.length > MOST_TEXT) return askParts(batch, shape, evaluateAt);
    const experience = experienceOf(shape, home);
    const [sample] = flights as readonly [Flight, ...Flight[]];
    const request = requestOf(flights);
    const isProven = now() < shape.provenUntil && !experience.mustProve;
    const [reply, proof] = await Promise.all([
      ask({ ...request, text: group.text, stats: true }, evaluateAt),
      isProven ? undefined : ask({ ...request, text: sample.text, stats: false }, evaluateAt),
    ]);
    const { answer, isSent } = reply;
    // Where one of them is answered alone, it is the group: a proxy may refuse its length in words of its own.
    const isTooMuch = isSent && !answer.ok && proof?.answer.ok === true;
    const isRefused = reply.isOwnFault || isTooMuch;
    const isTrouble = isRefused || reply.costMs > SLOW_GROUP_MS;
    if (home !== undefined) note(flights, { ...reply, isOwnFault: isRefused });
    else if (isTrouble) part(flights, shape);
    if (isRefused) {
      counts.splits++;
      if (isTooMuch && home !== undefined) cap(experience, flights.length, now());
      const areAnswered = await askParts(batch, shape, evaluateAt);
      // Each namespace's part was answered, so it is the group as a whole that was too much.
      if (home === undefined && areAnswered) cap(experience, flights.length, now());
    } else if (!answer.ok) {
      // Next time one of them goes along alone, and tells what is the group's from what is the server's.
      if (isSent) shape.provenUntil = 0;
      if (reply.isSlow) shrink(experience, flights.length);
      for (const { land } of flights) land(withTime({ ok: false, fault: answer.fault }, batch, reply));
    } else {
      const { members: samples, strangers } = group.split(answer.samples);
      if (proof?.answer.ok) {
        if (!sameSamples(proof.answer.samples, samples[0] ?? [])) return askApart(batch, shape, evaluateAt);
        shape.provenUntil = now() + PROVEN_MS;
        experience.mustProve = false;
      }
      counts.grouped += flights.length;
      // The first time it may be one namespace's query, and without that the group is not too large.
      if (home !== undefined || !isTrouble || shape.strikes > 1)
        learn(experience, trialOf(flights, answer, strangers), now());
      const { evaluatedAt } = answer;
      flights.forEach(({ land }, index) => {
        land(withTime({ ok: true, samples: samples[index] ?? [], evaluatedAt }, batch, reply));
      });
    }
    remember(shape, home, experience, now());
    return answer.ok;
  };

  /** Each of them has to be quick with its own namespace again before it is asked with others. */
  const part = (flights: readonly Flight[], shape: ShapeExperience) => {
    for (const { record } of flights) record.costMs = undefined;
    strike(shape, now());
  };

  /** The answer of a group is not that of its members: asks each namespace apart, and where it is of one, each query. */
  const askApart = async (batch: Batch, shape: ShapeExperience, evaluateAt: number): Promise<boolean> => {
    const { flights, home } = batch;
    shape.provenUntil = 0;
    if (home === undefined) {
      part(flights, shape);
      await askParts(batch, shape, evaluateAt);
      return false;
    }
    const experience = experienceOf(shape, home);
    Object.assign(experience, { barredUntil: now() + BARRED_MS, mustProve: true });
    remember(shape, home, experience, now());
    await Promise.all(flights.map((flight) => askAlone(flight, evaluateAt)));
    return false;
  };

  /** Asks a batch in smaller ones: by namespace where it has several, else in halves. Whether each of them was answered. */
  const askParts = async (batch: Batch, shape: ShapeExperience, evaluateAt: number): Promise<boolean> => {
    const parts = batch.home === undefined ? byHome(batch) : halves(batch);
    return (await Promise.all(parts.map((one) => askSome(one, shape, evaluateAt)))).every(Boolean);
  };

  const askSome = async (batch: Batch, shape: ShapeExperience, evaluateAt: number): Promise<boolean> => {
    const [first, ...more] = batch.flights;
    if (!first) return true;
    return more.length === 0 ? askAlone(first, evaluateAt) : askTogether(batch, shape, evaluateAt);
  };

  const askBatch = (batch: Batch, shape: ShapeExperience, evaluateAt: number) => {
    const experience = experienceOf(shape, batch.home);
    if (now() < experience.barredUntil) for (const flight of batch.flights) void askAlone(flight, evaluateAt);
    else for (const group of groupsOf(batch, experience)) void askSome(group, shape, evaluateAt);
  };

  return {
    evaluate(asked, evaluateAt) {
      const together = new Map<string, Flight[]>();
      const answers = asked.map(({ query, namespaces }) => {
        const { promise, resolve } = Promise.withResolvers<Answer>();
        const record = known.record(query);
        const flight: Flight = { text: query.text, record, namespaces, home: homeOf(namespaces), land: resolve };
        const key = record.member?.shape.key;
        const mates = key === undefined ? undefined : together.get(key);
        if (key === undefined || now() < record.loneUntil) void askAlone(flight, evaluateAt);
        else if (mates) mates.push(flight);
        else together.set(key, [flight]);
        return promise;
      });
      for (const flights of together.values()) {
        const member = flights[0]?.record.member;
        if (!member) continue;
        const experience = known.experience(member.shape);
        for (const batch of batchesOf(flights, (home) => mayShare(experience, home, now())))
          askBatch(batch, experience, evaluateAt);
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

function trialOf(flights: readonly Flight[], answer: Answer & { ok: true }, strangers: number): Trial {
  const { samplesRead, evaluationMs } = answer;
  return {
    members: flights.length,
    own: answer.samples.length - strangers,
    strangers,
    distinct: distinct(flights),
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

function distinct(flights: readonly Flight[]): Trial["distinct"] {
  const labels = flights[0]?.record.member?.shape.labels ?? [];
  return new Map(
    labels.map((label, index) => [label, new Set(flights.map(({ record }) => record.member?.values[index])).size]),
  );
}
