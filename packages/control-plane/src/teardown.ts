/** What undoes each step of a start, for its end and for the case that a later step fails. */
export interface Teardown {
  add(step: () => Promise<void>): void;
  /** Undoes all steps, last to first, also after one that fails; rejects with the first failure. Once only: called again it waits for the same end. */
  run(): Promise<void>;
  readonly begun: boolean;
}

/** Nothing to undo yet. */
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
