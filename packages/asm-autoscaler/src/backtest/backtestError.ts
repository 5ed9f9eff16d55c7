import { type ProblemCode, ProblemError, problem } from "@asm-autoscaler/hpa-metrics";

/** Input of a backtest that cannot be used, or an output that cannot be written. */
export class BacktestError extends ProblemError {
  constructor(code: ProblemCode, message: string, remedy: string) {
    super(problem(code, message.replace(/\s+/g, " "), { remedy }));
  }
}
