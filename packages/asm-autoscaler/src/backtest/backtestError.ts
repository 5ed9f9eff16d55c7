import { problemLine } from "hpa-metrics";

/** Input of a backtest that cannot be used: a code, a sentence and a remedy. */
export class BacktestError extends Error {
  readonly code: string;
  constructor(code: string, message: string, remedy: string) {
    super(problemLine({ code, severity: "error", message, remedy }));
    this.name = "BacktestError";
    this.code = code;
  }
}
