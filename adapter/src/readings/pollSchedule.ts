/**
 * When the HPA controller reads a metric. The controller syncs each HPA `--horizontal-pod-autoscaler-sync-period` (15
 * s) after the previous sync of that HPA, so each HPA has its own phase. The adapter learns the schedule from the
 * reads. It can then evaluate a query together with others, or before the next read.
 */
export interface PollSchedule {
  /** Time of the last read, in ms of the monotonic clock. */
  readonly readAt: number;
  /** Time between the last two reads, in ms. Before the second read, the HPA controller's default sync period. */
  readonly gapMs: number;
  /** Whether the last two gaps were the same, within SAME_GAP_MS. */
  readonly isSteady: boolean;
}

/** Default sync period of the HPA controller, in ms. */
const FIRST_GAP_MS = 15_000;
/** Gaps that differ by less than this are the same, in ms. */
const SAME_GAP_MS = 1_000;
/** Reads within this time count as one read, in ms. For example, several HPAs may share a metric. */
const SAME_VISIT_MS = 1_000;
/** After this time without a read, the poll schedule starts again, in ms. */
const LONGEST_GAP_MS = 120_000;
/** How long after its expected time a read is still expected, in ms. */
const LATE_MS = 1_000;
/** How long before its expected time a read may come, in ms. */
const EARLY_MS = 250;

/** Returns the poll schedule after one more read at `now`. */
export function afterRead(pollSchedule: PollSchedule | undefined, now: number): PollSchedule {
  if (!pollSchedule || now - pollSchedule.readAt > LONGEST_GAP_MS)
    return { readAt: now, gapMs: FIRST_GAP_MS, isSteady: false };
  const gapMs = now - pollSchedule.readAt;
  if (gapMs < SAME_VISIT_MS) return pollSchedule;
  return { readAt: now, gapMs, isSteady: Math.abs(gapMs - pollSchedule.gapMs) < SAME_GAP_MS };
}

/** Returns the expected time of the next read, in ms of the monotonic clock. */
export function nextRead({ readAt, gapMs, isSteady }: PollSchedule): number {
  return readAt + (isSteady ? gapMs : Math.max(gapMs, FIRST_GAP_MS));
}

/**
 * Whether a read may come between `now` and `until`. While the poll schedule is not steady, for example after a
 * restart, a read is always expected: otherwise each read would need its own request. A late read is expected for
 * LATE_MS more. After that, a metric that nobody reads is no longer evaluated.
 */
export function isExpected(pollSchedule: PollSchedule | undefined, now: number, until: number): boolean {
  if (!pollSchedule) return false;
  const next = nextRead(pollSchedule);
  return next > now - LATE_MS && (!pollSchedule.isSteady || next < until + EARLY_MS);
}
