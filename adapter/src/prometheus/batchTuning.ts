/**
 * Learned settings for the grouped queries of one template: how many instances to group, and which labels to split by.
 */
export interface BatchTuning {
  /** Current maximum number of instances in one grouped query. */
  limit: number;
  /** Upper bound of `limit` until `cappedUntil`. Set after a larger group was refused. */
  most: number;
  cappedUntil: number;
  /**
   * Split labels: instances with different values of these labels go into different groups. The value is the time until
   * which the label is one, in ms.
   */
  readonly splitLabels: Map<string, number>;
  /**
   * Until when grouping is disabled and each instance has its own request, in ms of the clock passed to the query
   * batcher. All times here use that clock.
   */
  disabledUntil: number;
  /**
   * Whether the result of a group differed from the result of one of its instances alone, and no later spot check has
   * passed.
   */
  mustProve: boolean;
}

/** Batch tuning for all groups of one template. */
export interface ShapeExperience {
  /** For groups with instances of several namespaces. */
  readonly shared: BatchTuning;
  /**
   * For groups of one namespace. Only tuning that differs from the default is stored. Problems of one namespace must
   * not make the groups of other namespaces smaller.
   */
  readonly apart: Map<string, BatchTuning>;
  /**
   * Until when the template is trusted: a spot check showed that a group returns the same results as its instances
   * alone.
   */
  provenUntil: number;
  /**
   * How often a group of several namespaces was slow or failed, with less than FORGIVEN_MS between two cases.
   * `struckAt` is the time of the last case.
   */
  strikes: number;
  struckAt: number;
  /** Until when no group has instances of several namespaces. */
  apartUntil: number;
}

/**
 * Maximum number of instances in one query. The adapter needs 10 ms to parse their answer and serves no read in that
 * time.
 */
const MOST = 500;
/** A group at its limit may grow if Prometheus evaluated it in less than this time, in ms. */
const QUICK_MS = 100;
/**
 * A group shrinks if Prometheus evaluated it for longer than this time, in ms. It is then also split by namespace. A
 * read waits 900 ms at most.
 */
export const SLOW_GROUP_MS = 300;
/** How long no larger group is tried after a group was refused and its parts were not, in ms. */
const CAPPED_MS = 3_600_000;
/** Fixed cost of one query in Prometheus, as a number of samples: half a millisecond, at one microsecond per sample. */
const QUERY_COST = 500;

/**
 * How long groups of several namespaces are not used after a template's second slow or failed group, in ms. Each
 * further case makes the time four times as long, up to LONGEST_APART_MS.
 */
const APART_MS = 60_000;
const LONGEST_APART_MS = 3_600_000;
/** After this time without a slow or failed group, the next one counts as the first, in ms. */
const FORGIVEN_MS = 3_600_000;
/** Maximum number of namespaces with their own tuning for one template. The oldest are removed. */
const MOST_APART = 1_000;

function newTuning(): BatchTuning {
  return { limit: MOST, most: MOST, cappedUntil: 0, splitLabels: new Map(), disabledUntil: 0, mustProve: false };
}

export function noShapeExperience(): ShapeExperience {
  return { shared: newTuning(), apart: new Map(), provenUntil: 0, strikes: 0, struckAt: 0, apartUntil: 0 };
}

/**
 * Returns the batch tuning for groups of one home. A home is a namespace, or the set of namespaces that share a query.
 * Without a home, returns the tuning for groups of several namespaces.
 */
export function experienceOf({ shared, apart }: ShapeExperience, home: string | undefined): BatchTuning {
  if (home === undefined) return shared;
  const own = apart.get(home) ?? newTuning();
  apart.set(home, own);
  const [oldest] = apart.keys();
  if (apart.size > MOST_APART && oldest !== undefined) apart.delete(oldest);
  return own;
}

/** Stores the batch tuning of one home if it differs from the default. Removes it otherwise. */
export function remember({ apart }: ShapeExperience, home: string | undefined, own: BatchTuning, now: number): void {
  if (home === undefined) return;
  const isNew = own.limit === MOST && own.splitLabels.size === 0 && own.cappedUntil <= now && !own.mustProve;
  if (!isNew) apart.set(home, own);
  else if (apart.get(home) === own) apart.delete(home);
}

/** Whether queries of this home may now be grouped with queries of other homes. */
export function mayShare({ apart, apartUntil }: ShapeExperience, home: string, now: number): boolean {
  return now >= apartUntil && apart.get(home)?.mustProve !== true;
}

/**
 * Records that a group with instances of several namespaces was slow or failed. After the first case, the next queries
 * of its instances are grouped by namespace once, which shows the namespace that caused it. After each further case,
 * the template is grouped by namespace for longer.
 */
export function strike(template: ShapeExperience, now: number): void {
  template.strikes = now - template.struckAt > FORGIVEN_MS ? 1 : template.strikes + 1;
  template.struckAt = now;
  if (template.strikes > 1)
    template.apartUntil = now + Math.min(LONGEST_APART_MS, APART_MS * 4 ** (template.strikes - 2));
}

/** The result of one grouped query. */
export interface BatchResult {
  instances: number;
  /**
   * Duration of the evaluation in Prometheus, in ms, if the server returned it. The duration of the request is not
   * used: it grows with the total load, and smaller groups would add to that load.
   */
  evaluationMs?: number;
  /**
   * Samples that belong to the group's instances. `extraSeries` is the number of samples that belong to no instance.
   */
  own: number;
  extraSeries: number;
  /** Samples that Prometheus read, if the server returned that number. */
  samplesRead?: number;
  /** Number of different values of the instances for each label of the template. */
  distinct: ReadonlyMap<string, number>;
}

/**
 * Updates the tuning after a successful group: the limit from the duration of the evaluation, and the split labels from
 * the extra series.
 */
export function learn(tuning: BatchTuning, batchResult: BatchResult, now: number): void {
  const { evaluationMs = QUICK_MS } = batchResult;
  const most = now < tuning.cappedUntil ? tuning.most : MOST;
  if (evaluationMs > SLOW_GROUP_MS) shrink(tuning, batchResult.instances);
  else if (evaluationMs < QUICK_MS && batchResult.instances >= tuning.limit)
    tuning.limit = Math.min(most, 2 * tuning.limit);
  if (!isDearer(batchResult)) return;
  const label = labelToSplit(batchResult.distinct);
  if (label !== undefined) tuning.splitLabels.set(label, Number.POSITIVE_INFINITY);
}

/**
 * The label to split a group by so that it reads fewer extra series: the one with the fewest values. Undefined if the
 * instances differ in fewer than two labels, because such a group reads no extra series, and if the label has more than
 * `most` values.
 */
export function labelToSplit(distinct: BatchResult["distinct"], most = Number.POSITIVE_INFINITY): string | undefined {
  const [fewest, ...more] = [...distinct].filter(([, count]) => count > 1).sort(([, a], [, b]) => a - b);
  return fewest !== undefined && more.length > 0 && fewest[1] <= most ? fewest[0] : undefined;
}

/** Splits groups by the label for CAPPED_MS. */
export function splitBy({ splitLabels }: BatchTuning, label: string, now: number): void {
  splitLabels.set(label, now + CAPPED_MS);
}

/** Sets the limit to at most half of the group's size and stops it from growing for CAPPED_MS. */
export function cap(tuning: BatchTuning, instances: number, now: number): void {
  tuning.limit = Math.min(tuning.limit, half(instances));
  tuning.most = tuning.limit;
  tuning.cappedUntil = now + CAPPED_MS;
}

/** Removes the split labels whose time is over. */
export function forgetRefusals({ splitLabels }: BatchTuning, now: number): void {
  for (const [label, until] of splitLabels) if (until <= now) splitLabels.delete(label);
}

/** Sets the limit to half of the group's size, at least 1. */
export function shrink(tuning: BatchTuning, instances: number): void {
  tuning.limit = half(instances);
}

function half(instances: number): number {
  return Math.max(1, Math.floor(instances / 2));
}

/** Whether reading the extra series costs more than the queries that the group saved. */
function isDearer({ instances, own, extraSeries, samplesRead }: BatchResult): boolean {
  if (extraSeries === 0) return false;
  const read = samplesRead ?? own + extraSeries;
  return (read * extraSeries) / (own + extraSeries) > (instances - 1) * QUERY_COST;
}
