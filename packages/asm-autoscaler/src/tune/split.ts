import type { Judged } from "../backtest/simulate";

/** Which part of the traffic is for what. */
export interface Split {
  /** The setting is chosen on these seconds. */
  readonly training: Judged;
  /** And its numbers are reported on these. The same as `training` if the traffic is too short to keep a part apart. */
  readonly report: Judged;
  readonly isApart: boolean;
}

const DAY_SECONDS = 86_400;
const WEEK_SECONDS = 7 * DAY_SECONDS;
/** A week may lack an hour: a server that keeps 28 days has a little less. */
const SLACK_SECONDS = 3_600;

/** History that the anticipation of a period needs: two of the three periods, or all three for days. */
export const HISTORY_SECONDS = { Day: 3 * DAY_SECONDS, Week: 2 * WEEK_SECONDS } as const;

/** Which periods can be anticipated with traffic of this length, so that as much is left to judge. */
export function periodsWithin(seconds: number): ("Day" | "Week")[] {
  if (seconds + SLACK_SECONDS >= 4 * WEEK_SECONDS) return ["Day", "Week"];
  return seconds >= HISTORY_SECONDS.Day + 2 * DAY_SECONDS ? ["Day"] : [];
}

/** History, training and report, in this order. */
export function splitOf(seconds: number, historySeconds: number): Split {
  const from = Math.max(0, Math.min(historySeconds, seconds - DAY_SECONDS));
  const judged = seconds - from;
  const days = Math.floor((judged + SLACK_SECONDS) / DAY_SECONDS);
  if (days < 2) return { training: { from, to: seconds }, report: { from, to: seconds }, isApart: false };
  const reported = days >= 14 ? WEEK_SECONDS : Math.max(1, Math.floor(days / 3)) * DAY_SECONDS;
  const at = seconds - reported;
  return { training: { from, to: at }, report: { from: at, to: seconds }, isApart: true };
}
