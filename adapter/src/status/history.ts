/** Time between two points of a history, ms: the HPA controller's sync period. */
export const STEP_MS = 15_000;
/** Points of one history: fifteen minutes. */
export const POINTS = 60;
/** Rows that are allocated together: a typed array of its own costs as much again as what one row holds. */
const ROWS = 128;
const NO_REPLICAS = 0xffff;

/**
 * The last fifteen minutes of many metrics, in 364 bytes each. A row is a ring with one place for each STEP_MS of Unix time.
 */
export interface Histories {
  /** A row without points. */
  claim(): number;
  /** Gives a row back. */
  release(row: number): void;
  /** Notes what is so from `now` on, Unix ms; the last note of a step counts. */
  note(row: number, now: number, reading: number | undefined, replicas: number | undefined): void;
  /** The points up to `now`. What was noted last holds until then, but not longer than the whole history is. */
  points(row: number, now: number): Points;
}

/** POINTS points that are STEP_MS apart, oldest first; `undefined` where nothing is known. */
export interface Points {
  /** Unix ms of the last one. */
  readonly endsAt: number;
  readonly readings: (number | undefined)[];
  readonly replicas: (number | undefined)[];
}

interface Chunk {
  readonly readings: Float32Array;
  readonly replicas: Uint16Array;
  /** The step of each row's last note; 0 before the first. */
  readonly noted: Uint32Array;
}

/** No rows yet. */
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
      // After the first note, a long gap or a clock that was set back everything before is unknown.
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

/** Whether what was noted at one step still holds at another. */
function holds(noted: number, step: number): boolean {
  return noted > 0 && noted <= step && step - noted < POINTS;
}

function stepOf(unixMs: number): number {
  return Math.floor(unixMs / STEP_MS);
}
