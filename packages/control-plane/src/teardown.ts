/** The cleanup functions of a start. They run at the end, or if a later step fails. */
export interface Teardown {
  add(step: () => Promise<void>): void;
  /**
   * Runs all cleanup functions, last to first, even after one fails. Rejects with the first failure. The functions run
   * only once: a second call waits for the same result.
   */
  run(): Promise<void>;
  readonly begun: boolean;
}

/** Creates an empty list of cleanup functions. */
export function createTeardown(): Teardown {
  const steps: (() => Promise<void>)[] = [];
  let running: Promise<void> | undefined;
  return {
    add: (step) => void steps.push(step),
    run() {
      running ??= (async () => {
        const failures: unknown[] = [];
        for (const step of steps.reverse()) await step().catch((failure: unknown) => failures.push(failure));
        if (failures.length > 0) throw failures[0];
      })();
      return running;
    },
    get begun() {
      return running !== undefined;
    },
  };
}
