/** What grouped queries of one shape have shown: how many to ask as one, and which labels to keep apart. */
export interface Experience {
  /** How many members one query takes. */
  limit: number;
  /** How many it may take at most until `cappedUntil`, after a proxy has refused more. */
  most: number;
  cappedUntil: number;
  /** Labels of the shape by whose values its members are asked in groups of their own. */
  readonly parted: Set<string>;
  /** Until when its members are asked one by one, as all of these by the clock's ms. */
  barredUntil: number;
  /** Whether a group had another answer than its member alone, and none has had the same since. */
  mustProve: boolean;
}

/** What is known of the groups of one shape. */
export interface ShapeExperience {
  /** Of groups with members of several namespaces. */
  readonly shared: Experience;
  /** Of groups of one namespace, where there is something to remember: its trouble must not make the others' groups smaller. */
  readonly apart: Map<string, Experience>;
  /** Until when its groups are known to answer as their members do. */
  provenUntil: number;
  /** How often a group of several namespaces was in trouble, with less than FORGIVEN_MS in between, and when it last was. */
  strikes: number;
  struckAt: number;
  /** Until when no group has members of several namespaces. */
  apartUntil: number;
}

/** Most members of one query: their answer takes the adapter 10 ms, in which it answers no read. */
const MOST = 500;
/** A group at its limit that Prometheus evaluated in this time may grow, ms. */
const QUICK_MS = 100;
/** A group that it evaluated for longer shrinks, and has no members of several namespaces, ms: readers wait 900 ms. */
export const SLOW_GROUP_MS = 300;
/** So long no larger group is tried after one was too large for a proxy, ms. */
const CAPPED_MS = 3_600_000;
/** What a query costs Prometheus beside the samples that it reads, as a number of samples: half a millisecond to a microsecond. */
const QUERY_COST = 500;

/** After the second trouble of a shape's shared groups they are not tried for so long, ms; each further one makes it four times as long. */
const APART_MS = 60_000;
const LONGEST_APART_MS = 3_600_000;
/** After so long without trouble the next one counts as the first again, ms. */
const FORGIVEN_MS = 3_600_000;
/** Namespaces of one shape of which something is remembered; the oldest go. */
const MOST_APART = 1_000;

export function noExperience(): Experience {
  return { limit: MOST, most: MOST, cappedUntil: 0, parted: new Set(), barredUntil: 0, mustProve: false };
}

export function noShapeExperience(): ShapeExperience {
  return { shared: noExperience(), apart: new Map(), provenUntil: 0, strikes: 0, struckAt: 0, apartUntil: 0 };
}

/** The experience with groups of one home (a namespace, or those that share a query), or of several where there is none. */
export function experienceOf({ shared, apart }: ShapeExperience, home: string | undefined): Experience {
  if (home === undefined) return shared;
  const own = apart.get(home) ?? noExperience();
  apart.set(home, own);
  const [oldest] = apart.keys();
  if (apart.size > MOST_APART && oldest !== undefined) apart.delete(oldest);
  return own;
}

/** Remembers what was learnt from groups of one home, if it says more than a new experience would. */
export function remember({ apart }: ShapeExperience, home: string | undefined, own: Experience, now: number): void {
  if (home === undefined) return;
  const isNew = own.limit === MOST && own.parted.size === 0 && own.cappedUntil <= now && !own.mustProve;
  if (!isNew) apart.set(home, own);
  else if (apart.get(home) === own) apart.delete(home);
}

/** Whether queries of this home may be asked with those of others now. */
export function mayShare({ apart, apartUntil }: ShapeExperience, home: string, now: number): boolean {
  return now >= apartUntil && apart.get(home)?.mustProve !== true;
}

/**
 * A group with members of several namespaces was slow or failed. The first time only its members are asked by namespace, once,
 * which shows whose it is; a shape whose shared groups are in trouble again and again is asked by namespace for longer.
 */
export function strike(shape: ShapeExperience, now: number): void {
  shape.strikes = now - shape.struckAt > FORGIVEN_MS ? 1 : shape.strikes + 1;
  shape.struckAt = now;
  if (shape.strikes > 1) shape.apartUntil = now + Math.min(LONGEST_APART_MS, APART_MS * 4 ** (shape.strikes - 2));
}

/** How one grouped query went. */
export interface Trial {
  members: number;
  /** How long Prometheus evaluated, where it says so. Not how long the answer took: that grows with the load of all others, and smaller groups would add to it. */
  evaluationMs?: number;
  /** Samples in the answer of members, and of others that it took in. */
  own: number;
  strangers: number;
  /** How many samples Prometheus read for it, where it says so. */
  samplesRead?: number;
  /** Its members' values for each label of the shape: how many different ones there are. */
  distinct: ReadonlyMap<string, number>;
}

/** Learns from an answered group: its size from the time it took, and its borders from the strangers that it read for nothing. */
export function learn(experience: Experience, trial: Trial, now: number): void {
  const { evaluationMs = QUICK_MS } = trial;
  const most = now < experience.cappedUntil ? experience.most : MOST;
  if (evaluationMs > SLOW_GROUP_MS) shrink(experience, trial.members);
  else if (evaluationMs < QUICK_MS && trial.members >= experience.limit)
    experience.limit = Math.min(most, 2 * experience.limit);
  if (!isDearer(trial)) return;
  const [label] = [...trial.distinct]
    .filter(([label, count]) => count > 1 && !experience.parted.has(label))
    .sort(([, a], [, b]) => a - b)
    .map(([name]) => name);
  if (label !== undefined) experience.parted.add(label);
}

/** Halves what one query takes, and lets it grow no further for a while. */
export function cap(experience: Experience, members: number, now: number): void {
  shrink(experience, members);
  experience.most = experience.limit;
  experience.cappedUntil = now + CAPPED_MS;
}

/** Halves what one query takes. */
export function shrink(experience: Experience, members: number): void {
  experience.limit = Math.max(1, Math.floor(members / 2));
}

/** Whether what a group read for nothing costs more than the queries that it saved. */
function isDearer({ members, own, strangers, samplesRead }: Trial): boolean {
  if (strangers === 0) return false;
  const read = samplesRead ?? own + strangers;
  return (read * strangers) / (own + strangers) > (members - 1) * QUERY_COST;
}
