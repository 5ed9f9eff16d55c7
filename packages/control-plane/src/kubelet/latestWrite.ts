import { untilDone } from "./serverCall.ts";

/** Writes values one at a time. A value is skipped if a newer one arrives before its turn. */
export interface LatestWrite<T> {
  set(value: T): void;
  /** Stops writing. A write that has started is not undone. */
  stop(): void;
}

/**
 * Updates one object of the API server to the latest value. A failed write is retried with the value that is then the
 * latest.
 * @param write Writes one value.
 * @param onFault Called for each failed write. If it throws, this value is not retried.
 */
export function latestWrite<T>(
  write: (value: T) => Promise<unknown>,
  onProblem: (problem: unknown) => void,
): LatestWrite<T> {
  const ending = new AbortController();
  let next: { value: T } | undefined;
  let writing = false;

  const run = async () => {
    writing = true;
    let current = next;
    while (current !== undefined && !ending.signal.aborted) {
      await untilDone(
        async () => {
          current = next ?? current;
          next = undefined;
          if (current !== undefined) await write(current.value);
        },
        { firstPause: 200, signal: ending.signal, onProblem },
      ).catch(() => {}); // Stopped, or not retried: `onProblem` was called.
      current = next;
    }
    writing = false;
  };

  return {
    set: (value) => {
      next = { value };
      if (!writing) void run();
    },
    stop: () => ending.abort(),
  };
}
