import type * as pulumi from "@pulumi/pulumi";

/** Day of the week. */
export const ScheduleDay = {
  Sunday: "Sunday",
  Monday: "Monday",
  Tuesday: "Tuesday",
  Wednesday: "Wednesday",
  Thursday: "Thursday",
  Friday: "Friday",
  Saturday: "Saturday",
} as const;

/** Day of the week. */
export type ScheduleDay = (typeof ScheduleDay)[keyof typeof ScheduleDay];

/** Schedule: a daily time with its own minimum number of replicas. */
export interface TrafficAutoscalerScheduleArgs {
  /** Days on which the schedule starts. Defaults to every day. */
  days?: pulumi.Input<pulumi.Input<ScheduleDay>[]>;
  /** Time of day at which the schedule starts, as HH:MM, such as 08:00. */
  from: pulumi.Input<string>;
  /**
   * Time of day at which the schedule ends, as HH:MM, such as 20:00 or 24:00. If it is before `from`, the schedule ends
   * on the next day.
   */
  to: pulumi.Input<string>;
  /**
   * Offset of these times from UTC, such as +08:00 for China. It does not follow daylight saving time. Defaults to
   * +00:00, or to the offset of timeZone.
   */
  utcOffset?: pulumi.Input<string>;
  /**
   * IANA time zone of these times, such as Europe/Berlin, instead of utcOffset. It follows daylight saving time until the
   * end of 2037, by the rules that Node.js knows when the program runs. A time that is skipped in spring does not come,
   * and one that comes twice in autumn counts twice.
   */
  timeZone?: pulumi.Input<string>;
  /**
   * Minimum number of replicas while the schedule is active, at most maxReplicas. If `replicas` is above 10, the
   * minimum that is kept can be up to 10 percent higher, because the HPA controller ignores changes within its
   * tolerance. It is exact if the tolerance of scaleUp is 0.
   */
  replicas: pulumi.Input<number>;
}
