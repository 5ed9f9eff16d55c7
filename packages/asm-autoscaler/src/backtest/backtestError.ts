import { type ProblemCode, problemLine } from "hpa-metrics";

/** Input of a backtest that cannot be used: a code, a sentence and a remedy. */
export class BacktestError extends Error {
  constructor(code: ProblemCode, message: string, remedy: string) {
    super(problemLine({ code, message, remedy }));
    this.name = "BacktestError";
  }
}
