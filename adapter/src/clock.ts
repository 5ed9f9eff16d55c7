/** Time, as what waits and ages needs it; a test gives its own. */
export interface Clock {
  /** Milliseconds that only grow, for ages. */
  monotonic(): number;
  /** Unix ms, for the time at which Prometheus is asked to evaluate. */
  wall(): number;
}

/** The result of the work, or "late" after the time; what the work does later is its own affair. Rejects where the work does in time. */
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
