/** Ticks of the axes of a plot. */

/** A labelled place on an axis. */
export interface Tick {
  readonly at: number;
  readonly text: string;
}

/** The most labels that fit along the time axis without touching. */
const MOST_TIME_TICKS = 12;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Steps after which a clock shows a round time. */
const TIME_STEPS = [1, 5, 10, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE]
  .concat([HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR])
  .concat([1, 2, 7, 14, 28].map((days) => days * DAY));

/** Three to six round numbers from 0 to the first at or above `most`. With `whole`, they are whole numbers. */
export function valueTicks(most: number, whole = false): Tick[] {
  const rough = Math.max(most / 4, whole ? 1 : 1e-9);
  const power = 10 ** Math.floor(Math.log10(rough));
  const factors = whole && power < 10 ? [1, 2, 5, 10] : [1, 2, 2.5, 5, 10];
  const step = (factors.find((factor) => factor * power >= rough * 0.999) ?? 10) * power;
  return Array.from({ length: Math.max(1, Math.ceil(most / step - 1e-9)) + 1 }, (_, index) => {
    const at = Number((index * step).toPrecision(6));
    return { at, text: String(at) };
  });
}

/**
 * Ticks of a time axis. With `startsAt` they are round times of the clock in UTC, and the first tick of a day is its date;
 * without it, they are times since the start.
 *
 * @param seconds Length of the axis.
 * @param startsAt Unix time of its start, in seconds.
 */
export function timeTicks(seconds: number, startsAt: number | undefined): Tick[] {
  const step = TIME_STEPS.find((candidate) => seconds / candidate <= MOST_TIME_TICKS) ?? seconds;
  const start = startsAt ?? 0;
  const first = Math.ceil(start / step) * step;
  const count = Math.floor((start + seconds - first) / step) + 1;
  return Array.from({ length: count }, (_, index) => {
    const time = first + index * step;
    return { at: time - start, text: startsAt === undefined ? elapsed(time) : clock(time, step) };
  });
}

/** `24 Nov 2026`, in UTC. */
export function date(time: number): string {
  const format = { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" } as const;
  return new Intl.DateTimeFormat("en-GB", format).format(time * 1000);
}

function clock(time: number, step: number): string {
  if (step >= DAY || time % DAY === 0) return date(time).replace(/ \d+$/, "");
  return new Date(time * 1000).toISOString().slice(11, step < MINUTE ? 19 : 16);
}

function elapsed(time: number): string {
  if (time === 0) return "0";
  if (time % DAY === 0) return `${time / DAY} d`;
  if (time % HOUR === 0) return `${time / HOUR} h`;
  if (time >= HOUR && time % MINUTE === 0)
    return `${Math.floor(time / HOUR)}:${String((time / MINUTE) % 60).padStart(2, "0")} h`;
  return time % MINUTE === 0 ? `${time / MINUTE} min` : `${time} s`;
}
