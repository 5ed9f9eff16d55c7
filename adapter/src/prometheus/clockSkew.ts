/** Clock skew that is ignored, in ms. */
const TOLERATED_MS = 5_000;
/**
 * Step of a correction, in ms. It is the step of the evaluation times, so that two replicas still use the same
 * evaluation time.
 */
const STEP_MS = 3_000;
/** Resolution of a `Date` header, in ms. */
const SECOND_MS = 1_000;

/** Measures the clock skew of one server. */
export interface ClockSkew {
  /** Milliseconds to add to the adapter's time to get the server's time. 0 while the clocks are about the same. */
  offsetMs(): number;
  /**
   * Updates the offset from the `Date` header of an answer. The server wrote it between `sentAt`, when the request was
   * sent, and `cameAt`, when the response headers arrived. Both are Unix ms of the adapter's clock. A date that is not
   * valid is ignored. Returns true if the offset changed.
   * https://www.rfc-editor.org/rfc/rfc9110#name-date
   */
  measure(date: string | string[] | undefined, sentAt: number, cameAt: number): boolean;
}

/** Creates a measurement with an offset of 0. */
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
