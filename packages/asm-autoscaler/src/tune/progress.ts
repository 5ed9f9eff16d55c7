import type { BacktestStreams } from "../backtest/backtest";

/** A progress bar. */
interface Progress {
  /** @param share From 0 to 1. */
  show(name: string, share: number): void;
  /** Removes the bar. */
  end(): void;
}

const WIDTH = 30;
/** A terminal is written to at most this often, in ms. */
const INTERVAL_MS = 100;
const CLEAR_LINE = "\r\u001b[2K";

/** A bar in one line of a terminal. Another output gets none: it would be a log of thousands of lines. */
export function showProgress({ error, now, isTerminal }: BacktestStreams): Progress {
  if (!isTerminal) return { show: () => undefined, end: () => undefined };
  let shownAt = Number.NEGATIVE_INFINITY;
  return {
    show(name, share) {
      if (now() - shownAt < INTERVAL_MS) return;
      shownAt = now();
      const full = Math.round(Math.min(1, share) * WIDTH);
      error(`${CLEAR_LINE}${"█".repeat(full)}${"░".repeat(WIDTH - full)} ${Math.round(share * 100)} % ${name}`);
    },
    end: () => error(CLEAR_LINE),
  };
}
