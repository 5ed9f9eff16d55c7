import { untilDone } from "./serverCall.ts";

/** Writes values one at a time; a value that is overtaken by a newer one before its turn is left out. */
export interface LatestWrite<T> {
  set(value: T): void;
  /** Ends writing; a write under way is not undone. */
  stop(): void;
}

/**
 * Keeps one object of the API server at the latest value. A failed write is tried again, with the latest value by then.
 * @param write Writes one value.
 * @param onFault Told of each failed write. What it throws gives this value up.
 */
export function latestWrite<T>(
  write: (value: T) => Promise<unknown>,
  onFault: (fault: unknown) => void,
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
        { firstPause: 200, signal: ending.signal, onFault },
      ).catch(() => {}); // Given up, or stopped: `onFault` has been told.
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
