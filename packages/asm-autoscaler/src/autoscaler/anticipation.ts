import {
  type Anticipate,
  DEFAULT_LEAD_SECONDS,
  DEFAULT_PERIODS,
  PERIOD_SECONDS,
  parseDuration,
  type TimeSpan,
  type ZoneClock,
  zoneClock,
} from "@asm-autoscaler/hpa-metrics";
import type * as pulumi from "@pulumi/pulumi";
import { countErrors, type InputError, missingErrors, textErrorsOf } from "../validation/inputErrors";
import { UNKNOWN } from "../validation/inputs";
import type { TrafficAnticipateArgs } from "./anticipateArgs";
import type { KnownMetric } from "./knownInputs";

type Settings = pulumi.Unwrap<TrafficAnticipateArgs>;

/** Bounds of the arguments. With one period, one odd day would come back. */
const LEAST_PERIODS = 2;
const MOST_PERIODS = 5;
const LEAST_LEAD_SECONDS = 60;
const MOST_LEAD_SECONDS = 3600;
/** Maximum number of days without anticipation. Days that follow each other are one part of the query. */
const MOST_DAYS = 366;

const DAY_SECONDS = 86_400;
const UTC: ZoneClock = { offset: 0, changes: [] };

/** All errors of `anticipate`, as far as it is known. */
export function anticipateErrors(path: string, anticipate: KnownMetric["anticipate"]): InputError[] {
  if (anticipate === UNKNOWN || anticipate === undefined) return [];
  const { period, lead, periods, except = [], timeZone } = anticipate;
  const between = { least: LEAST_PERIODS, most: MOST_PERIODS };
  const days = except.flatMap((day, index) =>
    textErrors(`${path}.except[${index}]`, day, (text) => dayOf(text) !== undefined, "a day", "Write it as 2026-12-25"),
  );
  return [
    ...missingErrors(`${path}.period`, period, "Set Day or Week"),
    ...textErrors(`${path}.lead`, lead, isLead, "a lead of whole minutes from 1m to 1h", "Write it as 10m"),
    ...countErrors(`${path}.periods`, periods, "Set the number of earlier periods, such as 3", between),
    ...days,
    ...textErrors(`${path}.timeZone`, timeZone, isZone, "a time zone", "Use a name such as Europe/Berlin"),
    ...tooManyDays(`${path}.except`, except),
  ];
}

const textErrors = textErrorsOf("ASM_ANTICIPATE_INVALID");

function tooManyDays(path: string, { length }: readonly unknown[]): InputError[] {
  if (length <= MOST_DAYS) return [];
  const message = `There are ${length} days, and at most ${MOST_DAYS} are allowed`;
  return [{ path, code: "ASM_ANTICIPATE_INVALID", message, remedy: "Remove days that have passed" }];
}

function isLead(text: string): boolean {
  const seconds = secondsOf(text);
  return seconds % 60 === 0 && seconds >= LEAST_LEAD_SECONDS && seconds <= MOST_LEAD_SECONDS;
}

const isZone = (name: string) => zoneClock(name) !== undefined;

/** Seconds of a duration such as 10m. NaN for any other text. */
function secondsOf(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    if (error instanceof RangeError) return Number.NaN;
    throw error;
  }
}

/** How the load is anticipated, by valid arguments. */
export function anticipateOf(settings: Settings): Anticipate {
  const { period, lead, periods = DEFAULT_PERIODS, growth = true, except = [], timeZone } = settings;
  const spans = exceptions(except, (timeZone === undefined ? undefined : zoneClock(timeZone)) ?? UTC);
  return {
    periodSeconds: PERIOD_SECONDS[period],
    leadSeconds: lead === undefined ? DEFAULT_LEAD_SECONDS : secondsOf(lead),
    periods,
    growth,
    ...(spans.length > 0 ? { except: spans } : {}),
  };
}

/** The days as spans of time, sorted. Days that follow each other are one span. */
function exceptions(days: readonly string[], clock: ZoneClock): TimeSpan[] {
  const sorted = [...new Set(days.flatMap((day) => dayOf(day) ?? []))].sort((one, other) => one - other);
  const spans: TimeSpan[] = [];
  for (const day of sorted) {
    const span = { from: instantOf(day, clock), to: instantOf(day + DAY_SECONDS, clock) };
    const last = spans.at(-1);
    if (last?.to === span.from) spans[spans.length - 1] = { from: last.from, to: span.to };
    else spans.push(span);
  }
  return spans;
}

/** Midnight of a day such as 2026-12-25 as if it were UTC, in seconds of Unix time. Undefined for any other text. */
function dayOf(text: string): number | undefined {
  const milliseconds = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  const isDay = milliseconds >= 0 && new Date(milliseconds).toISOString().startsWith(text);
  return isDay ? milliseconds / 1000 : undefined;
}

/** When the clock on the wall shows a time, both in seconds. */
function instantOf(wall: number, { offset, changes }: ZoneClock): number {
  const offsetAt = (time: number) => changes.reduce((sum, { at, by }) => (at <= time ? sum + by : sum), offset);
  const near = wall - offsetAt(wall - offset);
  return wall - offsetAt(near);
}
