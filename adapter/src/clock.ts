/** The clock. Tests replace it. */
export interface Clock {
  /** Monotonic milliseconds, for ages. */
  monotonic(): number;
  /** Unix milliseconds, for the evaluation time. */
  wall(): number;
}

/**
 * Returns the result of the work, or "late" after the timeout. The work is not cancelled, and its late result is
 * ignored. Rejects when the work rejects before the timeout.
 */
export async function within<T>(work: Promise<T>, milliseconds: number): Promise<T | "late"> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(resolve, milliseconds, "late").unref();
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Returns the last whole multiple of `stepMs` at or before a Unix time in ms. It is the same on every replica. */
export function stepStart(unixMs: number, stepMs: number): number {
  return Math.floor(unixMs / stepMs) * stepMs;
}
