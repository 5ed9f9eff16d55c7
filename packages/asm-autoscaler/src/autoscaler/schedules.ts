import {
  MOST_QUERY_CHARACTERS,
  type ScheduledReplicas,
  scheduleFloorQuery,
  zoneClock,
} from "@asm-autoscaler/hpa-metrics";
import type * as pulumi from "@pulumi/pulumi";
import type { InputError } from "../validation/inputErrors";
import { countErrors, missingErrors, textErrorsOf } from "../validation/inputErrors";
import { type Known, UNKNOWN } from "../validation/inputs";
import type { KnownInputs, KnownList } from "./knownInputs";
import { ScheduleDay, type TrafficAutoscalerScheduleArgs } from "./scheduleArgs";

type KnownSchedule = KnownInputs<TrafficAutoscalerScheduleArgs>;

const REPLICAS_REMEDY = "Set the minimum number of replicas while the schedule is active, such as 10";

/** Everything that is wrong with one schedule, as far as it is known. */
export function scheduleErrors(
  path: string,
  schedule: KnownSchedule,
  maxReplicas: Known<number | undefined>,
): InputError[] {
  const { from, to, utcOffset, timeZone, replicas, days } = schedule;
  const own = [
    ...missingErrors(`${path}.from`, from, "Set the time at which the schedule starts, such as 08:00"),
    ...missingErrors(`${path}.to`, to, "Set the time at which the schedule ends, such as 20:00"),
    ...missingErrors(`${path}.replicas`, replicas, REPLICAS_REMEDY),
    ...textErrors(`${path}.from`, from, isStart, "a time of day", "Write hours and minutes, such as 08:00"),
    ...textErrors(`${path}.to`, to, isEnd, "a time of day", "Write hours and minutes, such as 20:00 or 24:00"),
    ...textErrors(`${path}.utcOffset`, utcOffset, isOffset, "an offset from UTC", "Write it as +08:00 or -03:30"),
    ...textErrors(`${path}.timeZone`, timeZone, isZone, "a time zone", "Use a name such as Europe/Berlin"),
    ...twoOffsets(path, utcOffset, timeZone),
    ...countErrors(`${path}.replicas`, replicas, REPLICAS_REMEDY),
    ...dayErrors(`${path}.days`, days),
  ];
  return own.length > 0 ? own : [...emptyErrors(path, from, to), ...ceilingErrors(path, replicas, maxReplicas)];
}

const isStart = (text: string) => (minuteOfDay(text) ?? 1440) < 1440;
const isEnd = (text: string) => minuteOfDay(text) !== undefined;
const isZone = (text: string) => zoneClock(text) !== undefined;
const isOffset = (text: string) => offsetMinutes(text) !== undefined;

const textErrors = textErrorsOf("ASM_SCHEDULE_INVALID");

function twoOffsets(path: string, utcOffset: unknown, timeZone: unknown): InputError[] {
  if (utcOffset === undefined || timeZone === undefined) return [];
  return [
    {
      path: `${path}.utcOffset`,
      code: "ASM_ARGUMENT_MISPLACED",
      message: "utcOffset has no effect beside timeZone",
      remedy: "Keep one of them",
    },
  ];
}

function dayErrors(path: string, days: Known<readonly unknown[] | undefined>): InputError[] {
  if (days === UNKNOWN || days === undefined) return [];
  if (days.length > 0) return [];
  const message = "The schedule has no day on which it starts";
  return [{ path, code: "ASM_SCHEDULE_INVALID", message, remedy: "Set at least one day, or remove days for all days" }];
}

function emptyErrors(path: string, from: Known<string | undefined>, to: Known<string | undefined>): InputError[] {
  if (from === UNKNOWN || to === UNKNOWN || from !== to) return [];
  const message = `The schedule starts and ends at ${from}`;
  const remedy = "For the whole day, set 00:00 and 24:00";
  return [{ path: `${path}.to`, code: "ASM_SCHEDULE_INVALID", message, remedy }];
}

function ceilingErrors(
  path: string,
  replicas: Known<number | undefined>,
  max: Known<number | undefined>,
): InputError[] {
  if (replicas === UNKNOWN || max === UNKNOWN || replicas === undefined || max === undefined || replicas <= max)
    return [];
  return [
    {
      path: `${path}.replicas`,
      code: "ASM_REPLICAS_CROSSED",
      message: `replicas ${replicas} is more than maxReplicas ${max}`,
      remedy: "Lower the replicas of the schedule or raise maxReplicas",
    },
  ];
}

/** The error (none or one) of schedules whose query would be longer than the adapter accepts. */
export function longQueryErrors(schedules: KnownList<TrafficAutoscalerScheduleArgs>): InputError[] {
  const known = schedules === UNKNOWN ? [] : (schedules ?? []).filter(isComplete);
  const { length } = scheduleFloorQuery(known.map(scheduledReplicas));
  if (length <= MOST_QUERY_CHARACTERS) return [];
  return [
    {
      path: "schedules",
      code: "ASM_SCHEDULE_INVALID",
      message: `The schedules make a query of ${length} characters, and the adapter reads at most ${MOST_QUERY_CHARACTERS}`,
      remedy: "Use fewer schedules, or utcOffset for those that need no daylight saving time",
    },
  ];
}

/** Whether all of a schedule is known, and its time zone is one. Other mistakes do not change the length. */
function isComplete(
  schedule: Known<KnownSchedule | undefined>,
): schedule is pulumi.Unwrap<TrafficAutoscalerScheduleArgs> {
  if (schedule === UNKNOWN || schedule === undefined || Object.values(schedule).includes(UNKNOWN)) return false;
  const { from, to, replicas, timeZone } = schedule;
  const isZoned = timeZone === undefined || (typeof timeZone === "string" && isZone(timeZone));
  return typeof from === "string" && typeof to === "string" && typeof replicas === "number" && isZoned;
}

const days = Object.values(ScheduleDay);

/** A schedule whose arguments are known and right, as its query is written from. */
export function scheduledReplicas(schedule: pulumi.Unwrap<TrafficAutoscalerScheduleArgs>): ScheduledReplicas {
  return {
    replicas: schedule.replicas,
    from: minuteOfDay(schedule.from) ?? 0,
    to: minuteOfDay(schedule.to) ?? 0,
    days: schedule.days?.map((day) => days.indexOf(day)),
    ...(schedule.timeZone === undefined
      ? { utcOffsetMinutes: offsetMinutes(schedule.utcOffset ?? "+00:00") }
      : { timeZone: schedule.timeZone }),
  };
}

/** Minutes after midnight of a time such as 08:30 or 24:00; undefined for what is none. */
export function minuteOfDay(time: string): number | undefined {
  const [, hours, minutes] = /^(\d\d):([0-5]\d)$/.exec(time) ?? [];
  const minute = Number(hours) * 60 + Number(minutes);
  return minute <= 1440 ? minute : undefined;
}

/** Minutes that a place such as +08:00 is ahead of UTC; undefined for what is no offset in use on Earth. */
export function offsetMinutes(offset: string): number | undefined {
  const [, sign, time = ""] = /^([+-])(\d\d:\d\d)$/.exec(offset) ?? [];
  const minutes = minuteOfDay(time);
  if (minutes === undefined || minutes > 14 * 60) return undefined;
  return sign === "-" ? -minutes : minutes;
}
