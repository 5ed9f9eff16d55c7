import type * as pulumi from "@pulumi/pulumi";

/** A day of the week. */
export const ScheduleDay = {
  Sunday: "Sunday",
  Monday: "Monday",
  Tuesday: "Tuesday",
  Wednesday: "Wednesday",
  Thursday: "Thursday",
  Friday: "Friday",
  Saturday: "Saturday",
} as const;

/** A day of the week. */
export type ScheduleDay = (typeof ScheduleDay)[keyof typeof ScheduleDay];

/** A daily window in which a workload has a floor of replicas. */
export interface TrafficAutoscalerScheduleArgs {
  /** Days on which the window starts. Default every day. */
  days?: pulumi.Input<pulumi.Input<ScheduleDay>[]>;
  /** Time of day at which the window starts, as hours and minutes such as 08:00. */
  from: pulumi.Input<string>;
  /** Time of day at which the window ends, as 20:00 or 24:00; before `from` it is on the next day. */
  to: pulumi.Input<string>;
  /** How far these times are ahead of UTC, such as +08:00 for China; daylight saving time is not followed. Default +00:00. */
  utcOffset?: pulumi.Input<string>;
  /**
   * The fewest replicas inside the window, at most maxReplicas; above 10 it can be up to a tenth more, because an
   * autoscaler ignores what is within its tolerance, and exactly this many with a scaleUp tolerance of 0.
   */
  replicas: pulumi.Input<number>;
}
