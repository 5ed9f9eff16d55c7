/** A moment at which the clocks of a time zone change. */
export interface ClockChange {
  /** Unix time in seconds. */
  readonly at: number;
  /** How far the clocks are moved forward, in seconds. Negative: back. */
  readonly by: number;
}

/** The offsets from UTC of a time zone: the first one, and all changes from `FIRST_YEAR` to `LAST_YEAR`. */
export interface ZoneClock {
  /** Offset at the start of `FIRST_YEAR`, in seconds. */
  readonly offset: number;
  /** Empty for a zone without daylight saving time. */
  readonly changes: readonly ClockChange[];
}

/** First and last year whose clock changes are known here. They are fixed, so that a query does not change with the date. */
export const FIRST_YEAR = 2026;
export const LAST_YEAR = 2037;

/** Names of the IANA time zone database. `Intl` also takes offsets such as +08:00, which are not zones. */
const NAME = /^[A-Za-z][A-Za-z0-9_+\-/]*$/;

/** No zone changes its clocks twice within this time, in seconds. */
const STEP = 7 * 86_400;

const clocks = new Map<string, ZoneClock | undefined>();

/** The offsets of an IANA time zone such as Europe/Berlin, as Node.js knows them. Undefined for an unknown name. */
export function zoneClock(name: string): ZoneClock | undefined {
  if (!clocks.has(name)) clocks.set(name, NAME.test(name) ? read(name) : undefined);
  return clocks.get(name);
}

function read(name: string): ZoneClock | undefined {
  const offsetAt = offsetsOf(name);
  if (offsetAt === undefined) return undefined;
  const [start, end] = [Date.UTC(FIRST_YEAR, 0), Date.UTC(LAST_YEAR + 1, 0)].map((at) => at / 1000) as [number, number];
  const changes: ClockChange[] = [];
  for (let from = start; from < end; from += STEP) {
    const by = offsetAt(from + STEP) - offsetAt(from);
    if (by !== 0) changes.push({ at: changeWithin(offsetAt, from, from + STEP), by });
  }
  return { offset: offsetAt(start), changes };
}

/** The first second with another offset than `from`. */
function changeWithin(offsetAt: (at: number) => number, from: number, to: number): number {
  const before = offsetAt(from);
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

/** Reads offsets in seconds from the texts of `Intl`, such as GMT+05:30. */
function offsetsOf(name: string): ((at: number) => number) | undefined {
  try {
    const format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
    return (at) => {
      const parts = format.formatToParts(at * 1000);
      const text = parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
      const [, sign, hours = "0", minutes = "0"] = /([+-])(\d{2}):(\d{2})/.exec(text) ?? [];
      const seconds = Number(hours) * 3600 + Number(minutes) * 60;
      return sign === "-" ? -seconds : seconds;
    };
  } catch {
    return undefined;
  }
}
