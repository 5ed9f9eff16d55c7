import type { Clock } from "../clock.ts";
import { within } from "../clock.ts";

/**
 * Maximum time that a read waits for its evaluation, in ms. During that time it blocks one of the HPA controller's five
 * workers.
 */
export const READ_DEADLINE_MS = 900;

/**
 * Maximum number of reads of slow queries that wait at once: two of the HPA controller's five workers, and one per
 * namespace.
 */
const SLOW_WAITS = 2;
const SLOW_WAITS_PER_NAMESPACE = 1;
/**
 * Maximum number of reads of one namespace that may wait until the deadline without a result. The namespace can use
 * this number at once. One more is allowed every LATE_EVERY_MS, which is a fifth of one worker. After that, the
 * namespace's reads wait like reads of slow queries. This happens, for example, in a namespace with hundreds of queries
 * that were never answered.
 */
const MOST_LATE = 5;
const LATE_EVERY_MS = 5_000;
/** Maximum number of namespaces whose late reads are counted. The oldest are removed. */
const MOST_NAMESPACES = 1_000;

/** Limits which reads wait for their evaluation. */
export interface Waits {
  /**
   * Waits until the evaluation ends, for `READ_DEADLINE_MS` at most. Returns at once if the limit on reads that wait
   * for slow queries is reached, for this namespace or for all namespaces together.
   */
  until(evaluation: Promise<void>, namespace: string, isSlow: boolean): Promise<void>;
}

/** Creates the limits. No read waits yet. */
export function createWaits(clock: Pick<Clock, "monotonic">): Waits {
  const slow = new Map<string, number>();
  let slowInAll = 0;
  /**
   * namespace -> how many more of its reads may wait without a result, and when that was computed. MOST_LATE for a
   * namespace that is absent.
   */
  const late = new Map<string, { left: number; at: number }>();

  const lateLeft = (namespace: string): number => {
    const known = late.get(namespace);
    if (!known) return MOST_LATE;
    return Math.min(MOST_LATE, known.left + (clock.monotonic() - known.at) / LATE_EVERY_MS);
  };

  const countLate = (namespace: string) => {
    const left = Math.max(-MOST_LATE, lateLeft(namespace) - 1);
    late.delete(namespace);
    late.set(namespace, { left, at: clock.monotonic() });
    const [oldest] = late.keys();
    if (late.size > MOST_NAMESPACES && oldest !== undefined) late.delete(oldest);
  };

  const count = (namespace: string, by: 1 | -1) => {
    const sum = (slow.get(namespace) ?? 0) + by;
    slowInAll += by;
    if (sum > 0) slow.set(namespace, sum);
    else slow.delete(namespace);
  };

  return {
    async until(evaluation, namespace, isSlow) {
      if (!isSlow && lateLeft(namespace) >= 1) {
        if (!(await endsInTime(evaluation))) countLate(namespace);
        return;
      }
      if (slowInAll >= SLOW_WAITS || (slow.get(namespace) ?? 0) >= SLOW_WAITS_PER_NAMESPACE) return;
      count(namespace, 1);
      await endsInTime(evaluation);
      count(namespace, -1);
    },
  };
}

async function endsInTime(evaluation: Promise<void>): Promise<boolean> {
  return (await within(evaluation, READ_DEADLINE_MS)) !== "late";
}
