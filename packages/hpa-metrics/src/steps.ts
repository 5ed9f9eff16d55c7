/** Does work that is written in steps to its end at once. Between two steps a caller may let the event loop serve others. */
export function runToEnd<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
