/** Input of a backtest that cannot be used: a code, a sentence and a remedy. */
export class BacktestError extends Error {
  constructor(code: string, message: string, remedy: string) {
    super(`${code}: ${message}. ${remedy}.`);
    this.name = "BacktestError";
  }
}
