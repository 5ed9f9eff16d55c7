/**
 * Runs all steps of a generator without a pause. A caller that does not use this function can let the event loop serve
 * other work between two steps.
 */
export function runToEnd<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
