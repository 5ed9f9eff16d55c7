/** Counts requests in steps of time. */
export interface Counter {
  /** @param time Unix time in seconds. */
  add(time: number, requests: number): void;
  /** CSV as `asm-autoscaler backtest --traffic` reads it: the start of each step, and its requests per second. */
  csv(): string;
}

/** Years after which dates have the same weekdays again. */
const CALENDAR_YEARS = 28;
const CALENDAR_SECONDS = (CALENDAR_YEARS * 365 + 7) * 86_400;
/** A backtest takes earlier times for seconds from a start. */
const OLDEST_TIME = 1e9;

/**
 * Counts into steps of so many seconds. A step without requests between the first and the last one is an outage, and has a line
 * with 0. Times before 2001 become those of 28 years later, which have the same dates and weekdays.
 */
export function createCounter(stepSeconds: number): Counter {
  const steps = new Map<number, number>();
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return {
    add(time, requests) {
      const step = Math.floor(time / stepSeconds);
      steps.set(step, (steps.get(step) ?? 0) + requests);
      first = Math.min(first, step);
      last = Math.max(last, step);
    },
    csv() {
      const later = first * stepSeconds < OLDEST_TIME ? CALENDAR_SECONDS : 0;
      const lines = ["time,requests per second"];
      for (let step = first; step <= last; step++) {
        const rate = (steps.get(step) ?? 0) / stepSeconds;
        lines.push(`${step * stepSeconds + later},${Number(rate.toFixed(4))}`);
      }
      return `${lines.join("\n")}\n`;
    },
  };
}
