/** What undoes each step of a start, for its end and for the case that a later step fails. */
export interface Teardown {
  add(step: () => Promise<void>): void;
  /** Undoes the steps, last to first; called again it waits for the same end. */
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
        for (const step of steps.reverse()) await step();
      })();
      return running;
    },
    get begun() {
      return running !== undefined;
    },
  };
}
