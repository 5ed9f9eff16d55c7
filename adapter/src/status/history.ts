/** Interval between two points of a history in milliseconds: the HPA controller's sync period. */
export const STEP_MS = 15_000;
/** Points per history. Together they cover fifteen minutes. */
export const POINTS = 60;
/** Rows that are allocated together. One typed array per row would double the memory. */
const ROWS = 128;
const NO_REPLICAS = 0xffff;

/**
 * The last fifteen minutes of many metrics, in 364 bytes each. A row is a ring buffer with one point per STEP_MS.
 */
export interface Histories {
  /** Allocates a row without points. */
  claim(): number;
  /** Frees a row. */
  release(row: number): void;
  /** Records the values from `now` on (Unix milliseconds). The last record of a step wins. */
  note(row: number, now: number, reading: number | undefined, replicas: number | undefined): void;
  /** Returns the points up to `now`. The last recorded values repeat until `now`, but not longer than one history. */
  points(row: number, now: number): Points;
}

/** POINTS points at intervals of STEP_MS, oldest first. `undefined` means unknown. */
export interface Points {
  /** Time of the last point in Unix milliseconds. */
  readonly endsAt: number;
  readonly readings: (number | undefined)[];
  readonly replicas: (number | undefined)[];
}

interface Chunk {
  readonly readings: Float32Array;
  readonly replicas: Uint16Array;
  /** The step of each row's last record; 0 before the first. */
  readonly noted: Uint32Array;
}

/** Creates histories without rows. */
export function createHistories(): Histories {
  const chunks: Chunk[] = [];
  const free: number[] = [];

  const placeOf = (row: number) => {
    const chunk = chunks[Math.floor(row / ROWS)];
    if (!chunk) throw new RangeError(`history row ${row} was never claimed`);
    return { ...chunk, index: row % ROWS };
  };

  const write = ({ readings, replicas, index }: ReturnType<typeof placeOf>, step: number, value: Value) => {
    const at = index * POINTS + (step % POINTS);
    readings[at] = value.reading ?? Number.NaN;
    replicas[at] = Math.min(value.replicas ?? NO_REPLICAS, NO_REPLICAS);
  };

  const read = ({ readings, replicas, index }: ReturnType<typeof placeOf>, step: number): Value => {
    const at = index * POINTS + (step % POINTS);
    const [reading = Number.NaN, count = NO_REPLICAS] = [readings[at], replicas[at]];
    return {
      reading: Number.isNaN(reading) ? undefined : reading,
      replicas: count === NO_REPLICAS ? undefined : count,
    };
  };

  return {
    claim() {
      if (free.length === 0) {
        for (let row = ROWS - 1; row >= 0; row--) free.push(chunks.length * ROWS + row);
        const points = ROWS * POINTS;
        chunks.push({
          readings: new Float32Array(points),
          replicas: new Uint16Array(points),
          noted: new Uint32Array(ROWS),
        });
      }
      const row = free.pop() ?? 0;
      const { noted, index } = placeOf(row);
      noted[index] = 0;
      return row;
    },
    release: (row) => void free.push(row),
    note(row, now, reading, replicas) {
      const place = placeOf(row);
      const step = stepOf(now);
      const before = place.noted[place.index] ?? 0;
      const held = holds(before, step) ? read(place, before) : UNKNOWN;
      // Earlier points are unknown at the first record, after a long gap, and after the clock was set back.
      for (let missed = holds(before, step) ? before + 1 : step - POINTS + 1; missed < step; missed++)
        write(place, missed, held);
      write(place, step, { reading, replicas });
      place.noted[place.index] = step;
    },
    points(row, now) {
      const place = placeOf(row);
      const step = stepOf(now);
      const noted = place.noted[place.index] ?? 0;
      const values = Array.from({ length: POINTS }, (_, point) => {
        const at = step - POINTS + 1 + point;
        return holds(noted, step) && at > noted - POINTS ? read(place, Math.min(at, noted)) : UNKNOWN;
      });
      return {
        endsAt: step * STEP_MS,
        readings: values.map(({ reading }) => reading),
        replicas: values.map(({ replicas }) => replicas),
      };
    },
  };
}

interface Value {
  readonly reading: number | undefined;
  readonly replicas: number | undefined;
}

const UNKNOWN: Value = { reading: undefined, replicas: undefined };

/** Whether a value that was recorded at one step is still valid at another step. */
function holds(noted: number, step: number): boolean {
  return noted > 0 && noted <= step && step - noted < POINTS;
}

function stepOf(unixMs: number): number {
  return Math.floor(unixMs / STEP_MS);
}
