/**
 * When a metric is read: the HPA controller comes for each HPA at a phase of its own, `--horizontal-pod-autoscaler-sync-period`
 * (15 s) after it was done with it. Learnt, so that a query can be evaluated together with others, or before it is waited for.
 */
export interface PollSchedule {
  /** The last read, ms of the monotonic clock. */
  readonly readAt: number;
  /** Time between the last two reads, ms; the HPA controller's own before there are two. */
  readonly gapMs: number;
  /** Whether it was the same the time before. */
  readonly isSteady: boolean;
}

/** Of the HPA controller. */
const FIRST_GAP_MS = 15_000;
/** Gaps that differ by less are the same. */
const SAME_GAP_MS = 1_000;
/** Reads so close are one visit, as of several HPAs that share a metric. */
const SAME_VISIT_MS = 1_000;
/** After a pause so long the poll schedule begins anew. */
const LONGEST_GAP_MS = 120_000;
/** A read comes so much later than expected at most, or it is not waited for any more. */
const LATE_MS = 1_000;
/** And so much earlier. */
const EARLY_MS = 250;

/** The poll schedule after one more read. */
export function afterRead(pollSchedule: PollSchedule | undefined, now: number): PollSchedule {
  if (!pollSchedule || now - pollSchedule.readAt > LONGEST_GAP_MS)
    return { readAt: now, gapMs: FIRST_GAP_MS, isSteady: false };
  const gapMs = now - pollSchedule.readAt;
  if (gapMs < SAME_VISIT_MS) return pollSchedule;
  return { readAt: now, gapMs, isSteady: Math.abs(gapMs - pollSchedule.gapMs) < SAME_GAP_MS };
}

/** When the next read is expected, ms of the monotonic clock. */
export function nextRead({ readAt, gapMs, isSteady }: PollSchedule): number {
  return readAt + (isSteady ? gapMs : Math.max(gapMs, FIRST_GAP_MS));
}

/**
 * Whether a read may come between now and `until`: at any moment while the poll schedule is not steady, as after a restart,
 * when else each read would be a request of its own. One that is late is still expected for a moment, and then no more: a metric
 * that nobody reads is not evaluated for long.
 */
export function isExpected(pollSchedule: PollSchedule | undefined, now: number, until: number): boolean {
  if (!pollSchedule) return false;
  const next = nextRead(pollSchedule);
  return next > now - LATE_MS && (!pollSchedule.isSteady || next < until + EARLY_MS);
}
