/** How far apart two clocks may be before it counts, ms: a `Date` has whole seconds, and an answer is on its way for a while. */
const TOLERATED_MS = 5_000;
/** What a correction is a multiple of, ms: of the grid of evaluation times, so that two replicas still ask for the same one. */
const STEP_MS = 3_000;

/** What is known of another machine's clock. */
export interface Skew {
  /** What to add to a time of ours to have the other's, ms; 0 while they are about the same. */
  offsetMs(): number;
  /**
   * Takes the `Date` header of an answer that has just come; one that cannot be read is left out. True when the clocks are
   * not as was thought, so that what was asked for is a wrong time.
   * https://www.rfc-editor.org/rfc/rfc9110#name-date
   */
  measure(date: string | string[] | undefined): boolean;
}

/** Two clocks that are about the same, until an answer says otherwise. `wall` is ours, Unix ms. */
export function createSkew(wall: () => number): Skew {
  let offset = 0;
  return {
    offsetMs: () => offset,
    measure(date) {
      const measured = Date.parse(String(date)) - wall();
      if (Number.isNaN(measured) || Math.abs(measured - offset) <= TOLERATED_MS) return false;
      offset = Math.abs(measured) <= TOLERATED_MS ? 0 : Math.round(measured / STEP_MS) * STEP_MS;
      return true;
    },
  };
}
