import type { Clock } from "../clock.ts";
import { within } from "../clock.ts";

/** A read never holds one of the HPA controller's five workers longer than this, ms. */
export const READ_DEADLINE_MS = 900;

/** Reads of slow queries that may wait at once: two of the HPA controller's five workers, and one for each namespace. */
const SLOW_WAITS = 2;
const SLOW_WAITS_PER_NAMESPACE = 1;
/**
 * Reads of one namespace that may wait in vain: so many at once, and then one in five seconds, which is a fifth of one worker. Beyond
 * it, as in a namespace with hundreds of queries that were never answered, its reads wait like those of slow queries.
 */
const MOST_LATE = 5;
const LATE_EVERY_MS = 5_000;
/** Namespaces of which something is remembered; the oldest go. */
const MOST_NAMESPACES = 1_000;

/** Which reads wait for their evaluation. */
export interface Waits {
  /**
   * Waits until the evaluation has ended, for `READ_DEADLINE_MS` at most. Returns at once where the namespace, or all of them
   * together, have as many reads that wait for slow queries as they may have.
   */
  until(evaluation: Promise<void>, namespace: string, isSlow: boolean): Promise<void>;
}

/** Nobody waits yet. */
export function createWaits(clock: Pick<Clock, "monotonic">): Waits {
  const slow = new Map<string, number>();
  let slowInAll = 0;
  /** How many more reads of a namespace may wait in vain, and when that was counted; what is absent has MOST_LATE. */
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
