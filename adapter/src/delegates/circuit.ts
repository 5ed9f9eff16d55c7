import { within } from "../clock.ts";

/**
 * Circuit breaker of one delegate, so that a delegate that does not answer costs its readers no time:
 * - `closed`: requests pass.
 * - `open`: requests fail at once, for OPEN_MS.
 * - `half-open`: one request passes as a trial. The others wait for its result, so that all HPAs of a sync recover
 *   together.
 */
export interface Circuit {
  /**
   * Runs a request. `isDown` says whether its result means that the delegate does not answer. Returns "open" when the
   * request was not sent.
   */
  run<T>(request: () => Promise<T>, isDown: (result: T) => boolean): Promise<T | "open">;
  state(): "closed" | "open" | "half-open";
}

/** Consecutive requests without an answer that open the circuit. One slow metric among others that answer does not. */
const MOST_FAILURES = 5;
/** How long the circuit stays open, in milliseconds. It is shorter than the HPA controller's sync period of 15 s. */
const OPEN_MS = 5_000;

/** Creates a closed circuit. A request waits at most `waitMs` for a trial. The request must not reject. */
export function createCircuit(now: () => number, waitMs: number): Circuit {
  let failures = 0;
  let openedAt = Number.NEGATIVE_INFINITY;
  let trial: Promise<boolean> | undefined;

  const isOpen = () => failures >= MOST_FAILURES;
  const settle = (down: boolean) => {
    failures = down ? failures + 1 : 0;
    if (isOpen()) openedAt = now();
  };

  return {
    async run(request, isDown) {
      if (isOpen()) {
        if (trial) {
          if ((await within(trial, waitMs)) !== true) return "open";
        } else if (now() - openedAt < OPEN_MS) {
          return "open";
        } else {
          const result = request();
          trial = result.then((given) => !isDown(given));
          try {
            settle(isDown(await result));
          } finally {
            trial = undefined;
          }
          return result;
        }
      }
      const result = await request();
      settle(isDown(result));
      return result;
    },
    state() {
      if (!isOpen()) return "closed";
      return trial || now() - openedAt >= OPEN_MS ? "half-open" : "open";
    },
  };
}
