import { setTimeout as pause } from "node:timers/promises";

/**
 * Looks again and again, every 100 ms, until `look` gives a value that is neither undefined nor false.
 * @param what The awaited state, for the error.
 * @throws Error when it has not come within `seconds`, with what the last look threw as its cause.
 */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  seconds = 30,
): Promise<Exclude<T, undefined | false>> {
  const end = performance.now() + seconds * 1_000;
  let cause: unknown;
  while (performance.now() < end) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found as Exclude<T, undefined | false>;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await pause(100);
  }
  throw new Error(`After ${seconds} s there is still not: ${what}`, { cause });
}
