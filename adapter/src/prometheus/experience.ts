/** What grouped queries of one shape have shown: how many to ask as one, and which labels to keep apart. */
export interface Experience {
  /** How many members one query takes. */
  limit: number;
  /** How many it may take at most until `cappedUntil`, after a proxy has refused more. */
  most: number;
  cappedUntil: number;
  /** Labels of the shape by whose values its members are asked in groups of their own. */
  readonly parted: Set<string>;
  /** Until when its groups are known to answer as their members do, and until when they are not asked, all by the clock's ms. */
  provenUntil: number;
  barredUntil: number;
}

/** Most members of one query: their answer takes the adapter 10 ms, in which it answers no read. */
const MOST = 500;
/** A group at its limit that Prometheus evaluated in this time may grow, ms. */
const QUICK_MS = 100;
/** A group that it evaluated for longer shrinks, ms: readers wait 900 ms. */
const SLOW_MS = 300;
/** So long no larger group is tried after one was too large for a proxy, ms. */
const CAPPED_MS = 3_600_000;
/** What a query costs Prometheus beside the samples that it reads, as a number of samples: half a millisecond to a microsecond. */
const QUERY_COST = 500;

export function noExperience(): Experience {
  return { limit: MOST, most: MOST, cappedUntil: 0, parted: new Set(), provenUntil: 0, barredUntil: 0 };
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
  if (evaluationMs > SLOW_MS) shrink(experience, trial.members);
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
