import fc from "fast-check";

/** What one surface is to be tried with. */
export interface Trial {
  /** How long, ms. It ends earlier only at a failure. */
  budgetMs: number;
  /** Of fast-check; the same seed makes the same inputs. */
  seed: number;
  /** Puts the surface's planted bug in. A fuzzer that does not find it is broken. */
  planted?: boolean;
}

/** What came of a trial. */
export interface Report {
  surface: string;
  seed: number;
  inputs: number;
  /** How many inputs got past parsing, so that more than the first line of defence was tried. */
  parsed: number;
  /** The smallest input that broke a promise, and the promise. */
  failure?: string;
}

/** A place where bytes that others wrote come in. */
export interface Surface {
  readonly name: string;
  run(trial: Trial): Promise<Report>;
}

/** Counts what a property has seen. */
export interface Tally {
  inputs: number;
  parsed: number;
}

/** Runs a property until its time is over or it fails, and shrinks what it failed on. */
export async function explore<T>(
  surface: string,
  { budgetMs, seed }: Trial,
  input: fc.Arbitrary<T>,
  promise: (input: T, tally: Tally) => Promise<void> | void,
): Promise<Report> {
  const tally: Tally = { inputs: 0, parsed: 0 };
  const stray: unknown[] = [];
  const onStray = (error: unknown) => void stray.push(error);
  process.on("unhandledRejection", onStray);
  try {
    const property = fc.asyncProperty(input, async (value) => {
      tally.inputs++;
      await promise(value, tally);
    });
    const details = await fc.check(property, {
      seed,
      numRuns: Number.MAX_SAFE_INTEGER,
      interruptAfterTimeLimit: budgetMs,
      markInterruptAsFailure: false,
    });
    await new Promise((resolve) => setImmediate(resolve)); // a rejection of the last input is told in a later turn
    const { errorInstance, counterexample } = details;
    // A run that its time-limit ends before the first input is through counts as failed too, without a counterexample.
    const failure =
      counterexample !== null
        ? `${reason(errorInstance)}\non ${fc.stringify(counterexample)}`
        : stray.length > 0
          ? `nobody handled ${reason(stray[0])}`
          : undefined;
    return { surface, seed, ...tally, ...(failure === undefined ? {} : { failure }) };
  } finally {
    process.off("unhandledRejection", onStray);
  }
}

/** The report as one line. */
export function reportLine({ surface, seed, inputs, parsed, failure }: Report): string {
  const line = `${surface}: seed ${seed}, ${inputs} inputs, ${parsed} got past parsing`;
  return failure === undefined ? line : `${line}; FAILED: ${failure}`;
}

/** Ends the input at hand when a promise is broken. */
export function promised(kept: boolean, promise: string): void {
  if (!kept) throw new Error(promise);
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
