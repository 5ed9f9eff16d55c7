/**
 * Runs a function with its own AbortController, which aborts when `signal` aborts and when the function ends.
 * It leaves no listener on `signal`. AbortSignal.any would leave one for as long as `signal` exists.
 */
export async function withOwnSignal<T>(signal: AbortSignal, run: (own: AbortController) => Promise<T>): Promise<T> {
  const own = new AbortController();
  const stop = () => own.abort();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await run(own);
  } finally {
    signal.removeEventListener("abort", stop);
    own.abort();
  }
}

/** Time that a long task may run before it yields to the event loop, in milliseconds. */
const WORK_MS = 5;

/**
 * Creates a function that a long task calls repeatedly. It returns `undefined` at once, or, when the task has run for
 * WORK_MS since the last pause, a promise that resolves in the next turn of the event loop.
 */
export function createPauses(): () => Promise<void> | undefined {
  let began = performance.now();
  return () => {
    if (performance.now() - began < WORK_MS) return undefined;
    return new Promise((resolve) =>
      setImmediate(() => {
        began = performance.now();
        resolve();
      }),
    );
  };
}

/** Waits for `ms` milliseconds. Returns early when `signal` aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) return resolve();
    const stop = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}
