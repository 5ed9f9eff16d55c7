/** What grouped queries of one template have shown: how many to ask as one, and which labels to keep apart. */
export interface BatchTuning {
  /** How many members one query takes. */
  limit: number;
  /** How many it may take at most until `cappedUntil`, after a proxy has refused more. */
  most: number;
  cappedUntil: number;
  /** Labels of the template by whose values its members are asked in groups of their own. */
  readonly splitLabels: Set<string>;
  /** Until when its members are asked one by one, as all of these by the clock's ms. */
  disabledUntil: number;
  /** Whether a group had another answer than its member alone, and none has had the same since. */
  mustProve: boolean;
}

/** What is known of the groups of one template. */
export interface ShapeExperience {
  /** Of groups with members of several namespaces. */
  readonly shared: BatchTuning;
  /** Of groups of one namespace, where there is something to remember: its trouble must not make the others' groups smaller. */
  readonly apart: Map<string, BatchTuning>;
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

/** After the second trouble of a template's shared groups they are not tried for so long, ms; each further one makes it four times as long. */
const APART_MS = 60_000;
const LONGEST_APART_MS = 3_600_000;
/** After so long without trouble the next one counts as the first again, ms. */
const FORGIVEN_MS = 3_600_000;
/** Namespaces of one template of which something is remembered; the oldest go. */
const MOST_APART = 1_000;

function newTuning(): BatchTuning {
  return { limit: MOST, most: MOST, cappedUntil: 0, splitLabels: new Set(), disabledUntil: 0, mustProve: false };
}

export function noShapeExperience(): ShapeExperience {
  return { shared: newTuning(), apart: new Map(), provenUntil: 0, strikes: 0, struckAt: 0, apartUntil: 0 };
}

/** The experience with groups of one home (a namespace, or those that share a query), or of several where there is none. */
export function experienceOf({ shared, apart }: ShapeExperience, home: string | undefined): BatchTuning {
  if (home === undefined) return shared;
  const own = apart.get(home) ?? newTuning();
  apart.set(home, own);
  const [oldest] = apart.keys();
  if (apart.size > MOST_APART && oldest !== undefined) apart.delete(oldest);
  return own;
}

/** Remembers what was learnt from groups of one home, if it says more than a new experience would. */
export function remember({ apart }: ShapeExperience, home: string | undefined, own: BatchTuning, now: number): void {
  if (home === undefined) return;
  const isNew = own.limit === MOST && own.splitLabels.size === 0 && own.cappedUntil <= now && !own.mustProve;
  if (!isNew) apart.set(home, own);
  else if (apart.get(home) === own) apart.delete(home);
}

/** Whether queries of this home may be asked with those of others now. */
export function mayShare({ apart, apartUntil }: ShapeExperience, home: string, now: number): boolean {
  return now >= apartUntil && apart.get(home)?.mustProve !== true;
}

/**
 * A group with members of several namespaces was slow or failed. The first time only its members are asked by namespace, once,
 * which shows whose it is; a template whose shared groups are in trouble again and again is asked by namespace for longer.
 */
export function strike(template: ShapeExperience, now: number): void {
  template.strikes = now - template.struckAt > FORGIVEN_MS ? 1 : template.strikes + 1;
  template.struckAt = now;
  if (template.strikes > 1)
    template.apartUntil = now + Math.min(LONGEST_APART_MS, APART_MS * 4 ** (template.strikes - 2));
}

/** How one grouped query went. */
export interface BatchResult {
  instances: number;
  /** How long Prometheus evaluated, where it says so. Not how long the answer took: that grows with the load of all others, and smaller groups would add to it. */
  evaluationMs?: number;
  /** Samples in the answer of members, and of others that it took in. */
  own: number;
  extraSeries: number;
  /** How many samples Prometheus read for it, where it says so. */
  samplesRead?: number;
  /** Its members' values for each label of the template: how many different ones there are. */
  distinct: ReadonlyMap<string, number>;
}

/** Learns from an answered group: its size from the time it took, and its borders from the untrusted clients that it read for nothing. */
export function learn(tuning: BatchTuning, batchResult: BatchResult, now: number): void {
  const { evaluationMs = QUICK_MS } = batchResult;
  const most = now < tuning.cappedUntil ? tuning.most : MOST;
  if (evaluationMs > SLOW_GROUP_MS) shrink(tuning, batchResult.instances);
  else if (evaluationMs < QUICK_MS && batchResult.instances >= tuning.limit)
    tuning.limit = Math.min(most, 2 * tuning.limit);
  if (!isDearer(batchResult)) return;
  const [label] = [...batchResult.distinct]
    .filter(([label, count]) => count > 1 && !tuning.splitLabels.has(label))
    .sort(([, a], [, b]) => a - b)
    .map(([name]) => name);
  if (label !== undefined) tuning.splitLabels.add(label);
}

/** Halves what one query takes, and lets it grow no further for a while. */
export function cap(tuning: BatchTuning, instances: number, now: number): void {
  shrink(tuning, instances);
  tuning.most = tuning.limit;
  tuning.cappedUntil = now + CAPPED_MS;
}

/** Halves what one query takes. */
export function shrink(tuning: BatchTuning, instances: number): void {
  tuning.limit = Math.max(1, Math.floor(instances / 2));
}

/** Whether what a group read for nothing costs more than the queries that it saved. */
function isDearer({ instances, own, extraSeries, samplesRead }: BatchResult): boolean {
  if (extraSeries === 0) return false;
  const read = samplesRead ?? own + extraSeries;
  return (read * extraSeries) / (own + extraSeries) > (instances - 1) * QUERY_COST;
}
