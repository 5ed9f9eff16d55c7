import type * as pulumi from "@pulumi/pulumi";
import type { ScheduledReplicas } from "hpa-metrics";
import { ScheduleDay, type TrafficAutoscalerScheduleArgs } from "./scheduleArgs";

const days = Object.values(ScheduleDay);

/** A schedule whose arguments are known and right, as its query is written from. */
export function scheduledReplicas(schedule: pulumi.Unwrap<TrafficAutoscalerScheduleArgs>): ScheduledReplicas {
  return {
    replicas: schedule.replicas,
    from: minuteOfDay(schedule.from) ?? 0,
    to: minuteOfDay(schedule.to) ?? 0,
    days: schedule.days?.map((day) => days.indexOf(day)),
    utcOffsetMinutes: offsetMinutes(schedule.utcOffset ?? "+00:00"),
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
