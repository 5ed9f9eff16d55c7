import { groupOf, isLiteral, type Member, memberOf, type Query, type Shape } from "hpa-metrics";
import type { Answer, Sample } from "./answer.ts";
import { cap, type Experience, learn, noExperience, shrink, type Trial } from "./experience.ts";
import type { PrometheusServer } from "./server.ts";

/** Asks one Prometheus a set of queries with as few requests as give the same answers. */
export interface Planner {
  /** One promise for each query, in their order; none rejects. */
  evaluate(queries: readonly Query[], evaluateAt: number): Promise<Answer>[];
}

export interface PlannerCounts {
  /** Requests sent to Prometheus. */
  requests: number;
  /** Queries that were answered as part of a group. */
  grouped: number;
  /** Groups that were asked again in halves because one query for all of them failed. */
  splits: number;
}

/** A query that failed alone, or was slow alone, is not grouped for this long, ms. */
const LONE_MS = 300_000;
/** An alternation with escapes is looked up by value only up to so many. Source: maxSetMatches of Prometheus's model/labels/regexp.go. */
const MOST_ESCAPED = 250;
/** More text than this in one query is not sent: proxies have limits of their own. */
const MOST_TEXT = 100_000;
/** Shapes whose experience is kept; the oldest go. */
const MOST_SHAPES = 1000;
/** An answer in this time shows a healthy server, and one that takes so long meanwhile a query that is slow by itself, ms. */
const HEALTHY_MS = 200;
const SLOW_MS = 1_000;
/** So long a shape is trusted after one of its members was compared with its own answer, and not grouped after one differed, ms. */
const PROVEN_MS = 600_000;
const BARRED_MS = 60_000;
/** Faults that may be one member's alone; those of the server befall all. */
const OWN_FAULTS = new Set(["ASM_QUERY_REFUSED", "ASM_RESULT_TYPE", "ASM_ANSWER_LARGE"]);

interface Known {
  member: Member | undefined;
  /** Until when it is asked alone. */
  loneUntil: number;
}

interface Flight {
  query: Query;
  member: Member | undefined;
  land(answer: Answer): void;
}

/** A planner over the given server. */
export function createPlanner(
  server: Pick<PrometheusServer, "query">,
  counts: PlannerCounts,
  now: () => number,
): Planner {
  const members = new WeakMap<Query, Known>();
  const shapes = new Map<string, { shape: Shape; experience: Experience }>();
  let healthyAt = Number.NEGATIVE_INFINITY;

  /** The query as a member, found once; members of one shape share it. */
  const known = (query: Query): Known => {
    const found = members.get(query) ?? { member: undefined, loneUntil: 0 };
    if (!members.has(query)) {
      const member = memberOf(query);
      if (member) found.member = { shape: shared(member.shape).shape, values: member.values };
      members.set(query, found);
    }
    return found;
  };

  const shared = (shape: Shape) => {
    const one = shapes.get(shape.key) ?? { shape, experience: noExperience() };
    shapes.delete(shape.key);
    shapes.set(shape.key, one);
    const [oldest] = shapes.keys();
    if (shapes.size > MOST_SHAPES && oldest !== undefined) shapes.delete(oldest);
    return one;
  };

  const ask = async (text: string, evaluateAt: number, isGroup: boolean) => {
    counts.requests++;
    const began = now();
    const answer = await server.query(text, evaluateAt, { stats: isGroup });
    const tookMs = now() - began;
    if (answer.ok && tookMs <= HEALTHY_MS) healthyAt = now();
    // Where others are answered quickly, it is the query that is slow and not the server.
    return {
      answer,
      isOwnFault: !answer.ok && OWN_FAULTS.has(answer.fault.code),
      isSlow: tookMs > SLOW_MS && healthyAt > began,
    };
  };

  const askAlone = async ({ query, land }: Flight, evaluateAt: number) => {
    const { answer, isOwnFault, isSlow } = await ask(query.text, evaluateAt, false);
    if (isOwnFault || isSlow) known(query).loneUntil = now() + LONE_MS;
    land(answer);
  };

  const askTogether = async (flights: readonly Flight[], experience: Experience, evaluateAt: number) => {
    const [sample] = flights as [Flight, ...Flight[]];
    const group = groupOf<Sample>(flights.flatMap(({ member }) => member ?? []));
    if (group.text.length > MOST_TEXT) return askHalves(flights, experience, evaluateAt);
    const isProven = now() < experience.provenUntil;
    const [{ answer, isOwnFault, isSlow }, proof] = await Promise.all([
      ask(group.text, evaluateAt, true),
      isProven ? undefined : ask(sample.query.text, evaluateAt, false),
    ]);
    // Where one of them is answered alone, it is the group: a proxy may refuse its length in words of its own.
    const isTooMuch = !answer.ok && proof?.answer.ok === true;
    if (isTooMuch) cap(experience, flights.length, now());
    if (isOwnFault || isTooMuch) {
      counts.splits++;
      return askHalves(flights, experience, evaluateAt);
    }
    if (!answer.ok) {
      // Next time one of them goes along alone, and tells what is the group's from what is the server's.
      experience.provenUntil = 0;
      if (isSlow) shrink(experience, flights.length);
      for (const { land } of flights) land(answer);
      return;
    }
    const { members: samples, strangers } = group.split(answer.samples);
    if (proof?.answer.ok) {
      if (!sameSamples(proof.answer.samples, samples[0] ?? [])) {
        experience.barredUntil = now() + BARRED_MS;
        await Promise.all(flights.map((flight) => askAlone(flight, evaluateAt)));
        return;
      }
      experience.provenUntil = now() + PROVEN_MS;
    }
    counts.grouped += flights.length;
    const { samplesRead, evaluationMs } = answer;
    learn(
      experience,
      {
        members: flights.length,
        own: answer.samples.length - strangers,
        strangers,
        distinct: distinct(flights),
        ...(samplesRead === undefined ? {} : { samplesRead }),
        ...(evaluationMs === undefined ? {} : { evaluationMs }),
      },
      now(),
    );
    flights.forEach(({ land }, index) => {
      land({ ok: true, samples: samples[index] ?? [], evaluatedAt: answer.evaluatedAt });
    });
  };

  const askHalves = async (flights: readonly Flight[], experience: Experience, evaluateAt: number): Promise<void> => {
    const middle = Math.ceil(flights.length / 2);
    await Promise.all(
      [flights.slice(0, middle), flights.slice(middle)].map((half) => askSome(half, experience, evaluateAt)),
    );
  };

  const askSome = async (flights: readonly Flight[], experience: Experience, evaluateAt: number): Promise<void> => {
    const [first, ...more] = flights;
    if (first && more.length === 0) await askAlone(first, evaluateAt);
    else if (first) await askTogether(flights, experience, evaluateAt);
  };

  return {
    evaluate(queries, evaluateAt) {
      const together = new Map<string, Flight[]>();
      const answers = queries.map((query) => {
        const { promise, resolve } = Promise.withResolvers<Answer>();
        const { member, loneUntil } = known(query);
        const flight = { query, member, land: resolve };
        const mates = member && together.get(member.shape.key);
        if (!member || now() < loneUntil) void askAlone(flight, evaluateAt);
        else if (mates) mates.push(flight);
        else together.set(member.shape.key, [flight]);
        return promise;
      });
      for (const flights of together.values()) {
        const [{ member }] = flights as [Flight];
        if (!member) continue;
        const { experience } = shared(member.shape);
        if (now() < experience.barredUntil) {
          for (const flight of flights) void askAlone(flight, evaluateAt);
          continue;
        }
        for (const chunk of chunks(flights, experience)) void askSome(chunk, experience, evaluateAt);
      }
      return answers;
    },
  };
}

/** Whether two answers to one query are the same; what calls itself Prometheus may not group as Prometheus does. */
function sameSamples(left: readonly Sample[], right: readonly Sample[]): boolean {
  const text = (samples: readonly Sample[]) =>
    samples.map(({ labels, value }) => `${JSON.stringify(Object.entries(labels).sort())} ${value}`).sort();
  return JSON.stringify(text(left)) === JSON.stringify(text(right));
}

/** Flights of one shape in groups as experience has them. */
function chunks(flights: readonly Flight[], { limit, parted }: Experience): Flight[][] {
  const parts = Map.groupBy(flights, ({ member }) =>
    JSON.stringify(member?.values.filter((_, index) => parted.has(member.shape.labels[index] ?? ""))),
  );
  return [...parts.values()].flatMap((part) => {
    const isPlain = part.every(({ member }) => member?.values.every(isLiteral));
    const size = isPlain ? limit : Math.min(limit, MOST_ESCAPED);
    return Array.from({ length: Math.ceil(part.length / size) }, (_, index) =>
      part.slice(index * size, (index + 1) * size),
    );
  });
}

function distinct(flights: readonly Flight[]): Trial["distinct"] {
  const labels = flights[0]?.member?.shape.labels ?? [];
  return new Map(
    labels.map((label, index) => [label, new Set(flights.map(({ member }) => member?.values[index])).size]),
  );
}
