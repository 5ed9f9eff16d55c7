/** Number of snapshots that are stored: 22 seconds at one in 2 s, enough for two flushes before a window of 10 s. */
export const SLOTS = 12;

/**
 * A point between two snapshots: `newer` is the index of the later one, and `share` the way back to the earlier one.
 */
export interface Position {
  readonly newer: number;
  readonly share: number;
}

/** When the last snapshots of a proxy were read. Index 0 is the newest snapshot. */
export interface Timeline {
  /** Number of stored snapshots. The birth of a new proxy counts as one, but it is not a scrape. */
  readonly length: number;
  /** When a snapshot was read, in ms of the monotonic clock. */
  timeOf(index: number): number;
  errorOf(index: number): number;
  /**
   * The position of a time between the first and the newest snapshot. Later than the newest, it is the newest. Earlier
   * than the first, it is undefined, or the birth of a new proxy.
   */
  positionOf(at: number): Position | undefined;
  /** The place of a snapshot in tables of `SLOTS` columns. */
  slotOf(index: number): number;
  /** Adds the newest snapshot in place of the oldest. Returns its slot. Times in ms. */
  add(at: number, errorMs: number): number;
  clear(): void;
}

/** Creates an empty timeline. @param bornAt when a new proxy started at zero, in ms of the monotonic clock */
export function createTimeline(bornAt: number | undefined): Timeline {
  const times = new Float64Array(SLOTS);
  const errors = new Float64Array(SLOTS);
  let head = -1;
  let length = 0;
  const slot = (index: number) => (head - index + SLOTS) % SLOTS;

  return {
    get length() {
      return length;
    },
    slotOf: slot,
    add(at, errorMs) {
      head = (head + 1) % SLOTS;
      length = Math.min(length + 1, SLOTS);
      times[head] = at;
      errors[head] = errorMs;
      return head;
    },
    clear() {
      length = 0;
    },
    timeOf: (index) => times[slot(index)] ?? 0,
    errorOf: (index) => errors[slot(index)] ?? 0,
    positionOf(at) {
      if (length === 0) return undefined;
      for (let newer = 0; newer < length; newer++) {
        const time = times[slot(newer)] ?? 0;
        if (at >= time) {
          if (newer === 0) return { newer, share: 0 };
          const after = times[slot(newer - 1)] ?? 0;
          return { newer: newer - 1, share: (after - at) / (after - time) };
        }
      }
      const isBirth = times[slot(length - 1)] === bornAt;
      return isBirth ? { newer: length - 1, share: 0 } : undefined;
    },
  };
}
