import type { ScheduledReplicas } from "@asm-autoscaler/hpa-metrics";
import type { Load } from "../backtest/load";
import type { Judged } from "../backtest/simulate";

const DAY_SECONDS = 86_400;
const QUARTER_SECONDS = 900;
const QUARTERS = DAY_SECONDS / QUARTER_SECONDS;
const WORKING_DAYS = [1, 2, 3, 4, 5];
/** The busy time of a day: where the need is at least this share of the day's peak. */
const BUSY_SHARE = 0.6;
/** Replicas of the schedule, as a share of the peak: traffic decides above it. */
const FLOOR_SHARE = 0.8;
const LEAST_PODS = 3;

/**
 * A schedule as one would write it by hand: the busy hours of a usual day, from a quarter of an hour before them. Undefined if
 * the traffic has no date, less than two days, or no busy hours.
 *
 * @param target Requests per second per pod.
 */
export function scheduleFromTraffic(load: Load, { from, to }: Judged, target: number): ScheduledReplicas[] | undefined {
  const { startsAt } = load;
  if (startsAt === undefined || to - from < 2 * DAY_SECONDS) return undefined;
  const peaks = quarterPeaks(load, { from, to }, startsAt);
  const working = peaks.filter(({ weekday }) => WORKING_DAYS.includes(weekday));
  const weekend = peaks.filter(({ weekday }) => !WORKING_DAYS.includes(weekday));
  const need = usual(working.length > 0 ? working : peaks).map((rate) => Math.ceil(rate / target));
  const peak = Math.max(...need);
  const isBusy = (pods: number) => pods >= Math.ceil(peak * BUSY_SHARE);
  if (peak < LEAST_PODS || need.every(isBusy)) return undefined;
  const run = longestRun(need.map(isBusy));
  const weekendNeed = usual(weekend).map((rate) => Math.ceil(rate / target));
  const isDaily = weekend.length === 0 || isBusy(Math.max(...weekendNeed));
  return [
    {
      replicas: Math.max(1, Math.ceil(peak * FLOOR_SHARE)),
      from: (((run.start - 1 + QUARTERS) % QUARTERS) * QUARTER_SECONDS) / 60,
      to: (((run.start + run.length) % QUARTERS) * QUARTER_SECONDS) / 60,
      ...(isDaily ? {} : { days: WORKING_DAYS }),
    },
  ];
}

interface DayPeaks {
  /** From 0 (Sunday). */
  readonly weekday: number;
  /** The highest rate of each quarter of an hour; NaN where there is no traffic. */
  readonly peaks: Float64Array;
}

function quarterPeaks({ perSecond }: Load, { from, to }: Judged, startsAt: number): DayPeaks[] {
  const days = new Map<number, DayPeaks>();
  for (let second = from; second < to; second++) {
    const time = startsAt + second;
    const day = Math.floor(time / DAY_SECONDS);
    // 1 January 1970 was a Thursday.
    const own = days.get(day) ?? { weekday: (day + 4) % 7, peaks: new Float64Array(QUARTERS).fill(Number.NaN) };
    days.set(day, own);
    const quarter = Math.floor((time % DAY_SECONDS) / QUARTER_SECONDS);
    const before = own.peaks[quarter] ?? 0;
    const rate = perSecond[second] ?? 0;
    if (!(before >= rate)) own.peaks[quarter] = rate;
  }
  return [...days.values()];
}

/** The median of each quarter of an hour. */
function usual(days: readonly DayPeaks[]): number[] {
  return Array.from({ length: QUARTERS }, (_, quarter) => {
    const values = days.map(({ peaks }) => peaks[quarter] ?? Number.NaN).filter((value) => !Number.isNaN(value));
    return values.sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
  });
}

/** The longest run of busy quarters, also over midnight. */
function longestRun(busy: readonly boolean[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < busy.length; start++) {
    let length = 0;
    while (length < busy.length && busy[(start + length) % busy.length]) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}
