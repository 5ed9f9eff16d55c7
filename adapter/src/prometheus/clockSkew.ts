/** How far apart two clocks may be before it counts, ms. */
const TOLERATED_MS = 5_000;
/** What a correction is a multiple of, ms: of the grid of evaluation times, so that two replicas still ask for the same one. */
const STEP_MS = 3_000;
/** A `Date` has whole seconds. */
const SECOND_MS = 1_000;

/** What is known of another machine's clock. */
export interface ClockSkew {
  /** What to add to a time of ours to have the other's, ms; 0 while they are about the same. */
  offsetMs(): number;
  /**
   * Takes the `Date` header of an answer: it was written between when the question was sent and when the answer's head came,
   * both Unix ms by our clock. One that cannot be read is left out. True when the clocks are not as was thought.
   * https://www.rfc-editor.org/rfc/rfc9110#name-date
   */
  measure(date: string | string[] | undefined, sentAt: number, cameAt: number): boolean;
}

/** Two clocks that are about the same, until an answer says otherwise. */
export function createClockSkew(): ClockSkew {
  let offset = 0;
  return {
    offsetMs: () => offset,
    measure(date, sentAt, cameAt) {
      const written = Date.parse(String(date));
      if (Number.isNaN(written)) return false;
      const [least, most] = [written - cameAt, written + SECOND_MS - sentAt];
      const isPossible = (guess: number) => guess >= least - TOLERATED_MS && guess <= most + TOLERATED_MS;
      if (isPossible(offset)) return false;
      offset = isPossible(0) ? 0 : Math.round((least + most) / 2 / STEP_MS) * STEP_MS;
      return true;
    },
  };
}
