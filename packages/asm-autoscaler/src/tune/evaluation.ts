import type { Load } from "../backtest/load";
import { type Judged, type Setting, simulate } from "../backtest/simulate";
import { type Capacity, judge } from "../backtest/verdict";

/** What may be above capacity on a mean day. */
export interface Limit {
  readonly counts: "requests" | "seconds";
  readonly perDay: number;
}

/** A setting on a part of the traffic. All numbers but the worst day are means of a day. */
export interface Score {
  readonly requestsAbove: number;
  readonly secondsAbove: number;
  /** Requests above capacity on the worst day. */
  readonly worstDay: number;
  readonly podHours: number;
  readonly scaleChanges: number;
}

/** The parts of a day at which scrapes and syncs can be. Results must not depend on one of them. */
const PHASES = [0, 1 / 3, 2 / 3] as const;

const DAY_SECONDS = 86_400;

/** What does not change between the settings that are compared. */
export interface Ground {
  readonly loads: readonly Load[];
  readonly capacities: readonly Capacity[];
  readonly limit: Limit;
}

/** The number of a score that the limit is about. */
export function aboveOf({ requestsAbove, secondsAbove }: Score, { counts }: Limit): number {
  return counts === "requests" ? requestsAbove : secondsAbove;
}

/** The days of a part of the traffic. They are those of UTC if the traffic has a date. */
export function daysOf({ from, to }: Judged, startsAt = 0): Judged[] {
  const days: Judged[] = [];
  for (let start = from; start < to; ) {
    const untilMidnight = DAY_SECONDS - ((((startsAt + start) % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS);
    const end = Math.min(to, start + untilMidnight);
    days.push({ from: start, to: end });
    start = end;
  }
  return days;
}

/**
 * Simulates a setting day by day. Each day starts some minutes earlier, with the real traffic before it. It stops as soon as
 * the days until then have more above capacity than `stopAbove` times what all days may have: hardest days first, a bad
 * setting costs a day or two.
 *
 * @param days Hardest first.
 * @returns Undefined if it stopped.
 */
export function scoreOf(
  { loads, capacities, limit }: Ground,
  setting: Setting,
  days: readonly Judged[],
  { phase = 0, stopAbove = Number.POSITIVE_INFINITY }: { readonly phase?: number; readonly stopAbove?: number } = {},
): Score | undefined {
  const own: Setting = { ...setting, scrapePhase: phase, firstSync: setting.syncSeconds * phase };
  const length = days.reduce((sum, { from, to }) => sum + (to - from), 0) / DAY_SECONDS;
  let [requests, seconds, worstDay, podHours, changes] = [0, 0, 0, 0, 0];
  for (const day of days) {
    const verdict = judge(simulate(loads, own, day), capacities);
    requests += verdict.requestsAboveCapacity;
    seconds += verdict.secondsAboveCapacity;
    worstDay = Math.max(worstDay, verdict.requestsAboveCapacity);
    podHours += verdict.podHours;
    changes += verdict.scaleUps + verdict.scaleDowns;
    if ((limit.counts === "requests" ? requests : seconds) > stopAbove * limit.perDay * length) return undefined;
  }
  return {
    ...{ requestsAbove: requests / length, secondsAbove: seconds / length, worstDay },
    ...{ podHours: podHours / length, scaleChanges: changes / length },
  };
}

/** The mean over several scrape and sync phases; of the worst day, the worst. */
export function meanScore(ground: Ground, setting: Setting, days: readonly Judged[]): Score {
  const scores = PHASES.flatMap((phase) => scoreOf(ground, setting, days, { phase }) ?? []);
  const mean = (of: (score: Score) => number) => scores.reduce((sum, score) => sum + of(score), 0) / scores.length;
  return {
    requestsAbove: mean(({ requestsAbove }) => requestsAbove),
    secondsAbove: mean(({ secondsAbove }) => secondsAbove),
    worstDay: Math.max(...scores.map(({ worstDay }) => worstDay)),
    podHours: mean(({ podHours }) => podHours),
    scaleChanges: mean(({ scaleChanges }) => scaleChanges),
  };
}

/** The days in the order in which a setting has the most above capacity on them; of equal ones, the steepest first. */
export function hardestFirst(ground: Ground, setting: Setting, days: readonly Judged[]): Judged[] {
  const ranked = days.map((day) => {
    const { requestsAboveCapacity } = judge(simulate(ground.loads, setting, day), ground.capacities);
    return { day, requestsAboveCapacity, rise: steepestRise(ground.loads, ground.capacities, day) };
  });
  ranked.sort((one, other) => other.requestsAboveCapacity - one.requestsAboveCapacity || other.rise - one.rise);
  return ranked.map(({ day }) => day);
}

/** The steepest rise within two minutes, in pods. */
function steepestRise(loads: readonly Load[], capacities: readonly Capacity[], { from, to }: Judged): number {
  let most = 0;
  for (const { load, requestsPerSecond } of capacities) {
    const { perSecond } = loads[load] as Load;
    for (let second = from; second + 120 < to; second += 30)
      most = Math.max(most, ((perSecond[second + 120] ?? 0) - (perSecond[second] ?? 0)) / requestsPerSecond);
  }
  return most;
}
