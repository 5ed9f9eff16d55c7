import type { ScheduledReplicas } from "@asm-autoscaler/hpa-metrics";
import { EVENING, MACHINES, OFFICE, shareAt, WEEKEND } from "./profiles.ts";
import { seededRandom } from "./random.ts";

/** A minute of a synthetic trace. Days count from 0, a Monday; hours are those of the clock on the wall. */
interface Minute {
  readonly day: number;
  /** From 0 (Monday) to 6. */
  readonly weekday: number;
  /** From 0 up to 24, with parts. */
  readonly hour: number;
}

/** How a synthetic trace is made. */
export interface Recipe {
  readonly about: string;
  readonly seed: number;
  readonly peakPods: number;
  readonly schedule: readonly ScheduledReplicas[];
  /** Defaults to Monday 23 February 2026, 00:00 UTC. */
  readonly startsAt?: number;
  /** Of the people. Defaults to UTC. */
  readonly timeZone?: string;
  /** Starts a trace: its load as a share of a usual day's peak, without noise. It is asked minute after minute. */
  readonly share: () => Share;
}

type Share = (minute: Minute) => number;

/** Mondays, 00:00 UTC. Five weeks later is the Monday after a change of the clocks in Europe. */
export const SPRING = Date.UTC(2026, 1, 23) / 1000;
const AUTUMN = Date.UTC(2026, 8, 21) / 1000;

const WORKING_DAYS = [1, 2, 3, 4, 5];
const hours = (from: number, to: number) => ({ from: from * 60, to: to * 60 });

/** Day of the trace, of a week from 1 and a weekday from 0 (Monday). */
const dayOf = (week: number, weekday: number) => (week - 1) * 7 + weekday;
const during = ({ day, hour }: Minute, on: number, from: number, to: number) => day === on && hour >= from && hour < to;

const office = ({ weekday, hour }: Minute) => shareAt(weekday < 5 ? OFFICE : WEEKEND, hour);
const sunday = ({ hour }: Minute) => shareAt(WEEKEND, hour);

/** Like NASA-HTTP before its hurricane, and once more for a short time. */
function isDown(minute: Minute): boolean {
  const hours = minute.day * 24 + minute.hour;
  const isLong = hours >= dayOf(4, 1) * 24 + 14.87 && hours < dayOf(4, 3) * 24 + 4.6;
  return isLong || during(minute, dayOf(6, 2), 10, 10 + 40 / 60);
}

/** Kick-offs: day and hour. No weekday has the same hours each week. */
const MATCHES: readonly (readonly [day: number, hour: number])[] = [
  [dayOf(1, 2), 18.5],
  [dayOf(1, 5), 15.5],
  [dayOf(2, 1), 21],
  [dayOf(2, 6), 17.5],
  [dayOf(3, 3), 18.75],
  [dayOf(3, 4), 20.5],
  [dayOf(3, 6), 15.5],
  [dayOf(4, 2), 21],
  [dayOf(4, 5), 18.5],
  [dayOf(5, 1), 18.75],
  [dayOf(5, 3), 21],
  [dayOf(5, 6), 19.5],
  [dayOf(6, 1), 20.75],
  [dayOf(6, 2), 18.5],
  [dayOf(6, 5), 15.5],
  [dayOf(7, 0), 20.5],
  [dayOf(7, 3), 18.75],
  [dayOf(7, 5), 21],
];

/** Load of a match over the usual one: up within three minutes of the kick-off, with a peak at half-time and at the end. */
function matchShare({ day, hour }: Minute): number {
  const after = MATCHES.flatMap(([on, at]) => (on === day ? [(hour - at) * 60] : [])).find((m) => m >= 0 && m < 135);
  if (after === undefined) return 0;
  if (after < 3) return 0.2 * after;
  const isPeak = (after >= 45 && after < 60) || (after >= 105 && after < 115);
  return after >= 115 ? Math.max(0, 0.6 * (1 - (after - 115) / 20)) : isPeak ? 1 : 0.6;
}

/** Load without a pattern: a level that drifts, and about five bursts a day of ten minutes to an hour at any time. */
function erraticShare(seed: number): Share {
  const random = seededRandom(seed);
  let [level, burst, left] = [0.3, 0, 0];
  return () => {
    level = Math.min(0.5, Math.max(0.1, level + 0.01 * (random() - 0.5)));
    if (left > 0) left--;
    else if (random() < 5 / 1_440) [burst, left] = [0.2 + 0.5 * random(), 10 + Math.floor(50 * random())];
    return level + (left > 0 ? burst : 0);
  };
}

/** Jobs that start with each hour and end within six minutes; every sixth hour more of them. */
function cronShare({ hour }: Minute): number {
  const after = Math.round((hour % 1) * 60);
  const height = Math.floor(hour) % 6 === 0 ? 1.2 : 0.75;
  return after === 0 ? height / 2 : after < 5 ? height : after === 5 ? height / 2 : 0;
}

const OFFICE_SCHEDULE: readonly ScheduledReplicas[] = [{ replicas: 14, ...hours(7.5, 17), days: WORKING_DAYS }];
const BERLIN_SCHEDULE = OFFICE_SCHEDULE.map((window) => ({ ...window, timeZone: "Europe/Berlin" }));

/** The synthetic traces by their names, without `synthetic-`. */
export const RECIPES: Readonly<Record<string, Recipe>> = {
  office: {
    about: "Working days with a steep morning, quiet weekends, 3 % more each week.",
    ...{ seed: 1, peakPods: 20, schedule: OFFICE_SCHEDULE },
    share: () => (minute) => office(minute) * (1 + 0.03 * (minute.day / 7)),
  },
  outage: {
    about: "The office; down for 38 hours in week 4, and for 40 minutes on a working morning of week 6.",
    ...{ seed: 2, peakPods: 20, schedule: OFFICE_SCHEDULE },
    share: () => (minute) => (isDown(minute) ? 0 : office(minute)),
  },
  attack: {
    about: "The office; four times the usual requests for four hours on the Friday of week 5.",
    ...{ seed: 3, peakPods: 40, schedule: [{ replicas: 7, ...hours(7.5, 17), days: WORKING_DAYS }] },
    share: () => (minute) => office(minute) * (during(minute, dayOf(5, 4), 10, 14) ? 4 : 1),
  },
  holiday: {
    about: "The office; holidays, as quiet as a Sunday, on the Monday of week 5 and the Wednesday of week 6.",
    ...{ seed: 4, peakPods: 20, schedule: OFFICE_SCHEDULE },
    share: () => (minute) => ([dayOf(5, 0), dayOf(6, 2)].includes(minute.day) ? sunday(minute) : office(minute)),
  },
  matches: {
    about:
      "Evenings at home, and 18 matches at other days and hours each week, three times the load within three minutes.",
    ...{ seed: 5, peakPods: 30, schedule: [{ replicas: 17, ...hours(18, 23) }] },
    share: () => (minute) => shareAt(EVENING, minute.hour) + matchShare(minute),
  },
  "clock-forward": {
    about: "The office in Berlin; its clocks are set forward on the last day of week 5.",
    ...{ seed: 6, peakPods: 20, schedule: BERLIN_SCHEDULE, timeZone: "Europe/Berlin", share: () => office },
  },
  "clock-back": {
    about: "The office in Berlin; its clocks are set back on the last day of week 5.",
    ...{
      seed: 7,
      peakPods: 20,
      schedule: BERLIN_SCHEDULE,
      timeZone: "Europe/Berlin",
      startsAt: AUTUMN,
      share: () => office,
    },
  },
  cron: {
    about: "Machines, with jobs that start at each full hour within a minute; more of them every sixth hour.",
    ...{ seed: 8, peakPods: 30 },
    schedule: Array.from({ length: 24 }, (_, hour) => ({
      replicas: hour % 6 === 0 ? 28 : 20,
      from: (hour * 60 - 4 + 1440) % 1440,
      to: hour * 60 + 6,
    })),
    share: () => (minute) => shareAt(MACHINES, minute.hour) + cronShare(minute),
  },
  erratic: {
    about: "No pattern: a level that drifts, and bursts of ten minutes to an hour at any time.",
    ...{ seed: 9, peakPods: 30, schedule: [{ replicas: 13, ...hours(8, 20) }] },
    share: () => erraticShare(10),
  },
};
