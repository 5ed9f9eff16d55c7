/** A weekly time window: its days (0 is Sunday), and its times in minutes after midnight. */
export interface WeeklyWindow {
  readonly days: readonly number[];
  readonly from: number;
  /** Up to 1440. If it is before `from`, the window ends on the next day. */
  readonly to: number;
}

const DAY = 1_440;
const WEEK = 7 * DAY;
/** More windows than anybody writes by hand. Each is a part of the query. */
const MOST_WINDOWS = 20;
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/**
 * Converts the cron expressions of a KEDA `cron` trigger to weekly windows. The trigger is active when the next `end`
 * comes before the next `start`.
 * Source: KEDA 2.20, pkg/scalers/cron_scaler.go, and https://pkg.go.dev/github.com/robfig/cron/v3
 * @returns the windows, or the reason why there are none.
 */
export function weeklyWindows(start: string, end: string): WeeklyWindow[] | string {
  const starts = minutesOf(start);
  if (typeof starts === "string") return `start ${JSON.stringify(start)} ${starts}`;
  const ends = minutesOf(end);
  if (typeof ends === "string") return `end ${JSON.stringify(end)} ${ends}`;
  const intervals = activeIntervals(starts, ends).flatMap(split);
  const windows = grouped(intervals);
  return windows.length > MOST_WINDOWS ? `start and end make more than ${MOST_WINDOWS} windows a week` : windows;
}

/** The minutes of the week, from Sunday, at which a cron expression fires. */
function minutesOf(text: string): number[] | string {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5) return "is not a cron expression of five fields";
  const [minute = "", hour = "", dayOfMonth = "", month = "", dayOfWeek = ""] = fields;
  if (!/^[*?]$/.test(dayOfMonth) || !/^[*?]$/.test(month)) return "names days of the month or months, not of the week";
  const minutes = valuesOf(minute, 0, 59);
  const hours = valuesOf(hour, 0, 23);
  const days = valuesOf(dayOfWeek, 0, 6, DAYS);
  if (!minutes || !hours || !days) return "is not a valid cron expression";
  return days.flatMap((day) => hours.flatMap((at) => minutes.map((past) => day * DAY + at * 60 + past)));
}

/** The values of one cron field, in order: numbers, ranges, lists and steps. */
function valuesOf(field: string, least: number, most: number, names: readonly string[] = []): number[] | undefined {
  const values = new Set<number>();
  for (const part of field.toLowerCase().split(",")) {
    const [, range = "", from, to, step] = /^([*?]|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(part) ?? [];
    if (range === "") return undefined;
    const number = (text: string) => (/^\d+$/.test(text) ? Number(text) : names.indexOf(text));
    const isAll = from === undefined;
    const first = isAll ? least : number(from);
    const last = isAll || (to === undefined && step !== undefined) ? most : number(to ?? from);
    const by = Number(step ?? 1);
    if (first < least || last > most || first > last || by < 1) return undefined;
    for (let value = first; value <= last; value += by) values.add(value);
  }
  return [...values].sort((a, b) => a - b);
}

/** An interval of the week in minutes. `to` can be beyond the end of the week. */
type Interval = readonly [from: number, to: number];

function activeIntervals(starts: readonly number[], ends: readonly number[]): Interval[] {
  const events = [...new Set([...starts, ...ends])].sort((a, b) => a - b);
  const nextStart = nextOf(starts, events);
  const nextEnd = nextOf(ends, events);
  const active = events.filter((_, index) => (nextEnd[index] ?? 0) <= (nextStart[index] ?? 0));
  if (active.length === 0) return [];
  if (active.length === events.length) return [[0, WEEK]];
  // The week is a circle: begin after an event that ends activity.
  const isActive = new Set(active);
  const turn = events.findIndex((event) => !isActive.has(event));
  const circle = [...events.slice(turn), ...events.slice(0, turn).map((event) => event + WEEK)];
  const intervals: Interval[] = [];
  let from: number | undefined;
  for (const event of circle) {
    if (isActive.has(event % WEEK)) from ??= event;
    else if (from !== undefined) {
      intervals.push([from, event]);
      from = undefined;
    }
  }
  const [first = 0] = circle;
  return from === undefined ? intervals : [...intervals, [from, first + WEEK]];
}

/** For each event, the next of `times` strictly after it, in minutes; beyond the week for one of the next week. */
function nextOf(times: readonly number[], events: readonly number[]): number[] {
  const sorted = [...times].sort((a, b) => a - b);
  let index = 0;
  return events.map((event) => {
    while (index < sorted.length && (sorted[index] ?? 0) <= event) index += 1;
    return sorted[index] ?? (sorted[0] ?? 0) + WEEK;
  });
}

/** Splits an interval of a day or longer at midnight, because a window is shorter than a day or a whole day. */
function split([from, to]: Interval): Interval[] {
  if (to - from < DAY) return [[from, to]];
  const parts: Interval[] = [];
  for (let at = from; at < to; ) {
    const next = Math.min(to, (Math.floor(at / DAY) + 1) * DAY);
    parts.push([at, next]);
    at = next;
  }
  return parts;
}

/** Joins the intervals with the same times on different days. */
function grouped(intervals: readonly Interval[]): WeeklyWindow[] {
  const byTimes = Map.groupBy(intervals, ([from, to]) => `${from % DAY}-${to % DAY || DAY}`);
  return [...byTimes.values()].map((same) => {
    const [[from, to] = [0, 0]] = same;
    const days = same.map(([at]) => Math.floor(at / DAY) % 7).sort((a, b) => a - b);
    return { days, from: from % DAY, to: to % DAY || DAY };
  });
}
