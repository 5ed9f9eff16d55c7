import type * as pulumi from "@pulumi/pulumi";

/** Period in which the traffic of a workload repeats. */
export const TrafficPeriod = {
  /** 24 hours. For traffic that is much the same on every day. */
  Day: "Day",
  /** 168 hours. For traffic that differs between working days and weekends. It needs weeks of history. */
  Week: "Week",
} as const;

/** Period in which the traffic of a workload repeats. */
export type TrafficPeriod = (typeof TrafficPeriod)[keyof typeof TrafficPeriod];

/** What an anticipated load does. */
export const AnticipateMode = {
  /** It is evaluated and shown on the status page, and does not scale. Start with this mode. */
  Observe: "Observe",
  /** It is also a metric of the HorizontalPodAutoscaler, which can only add replicas. */
  Act: "Act",
} as const;

/** What an anticipated load does. */
export type AnticipateMode = (typeof AnticipateMode)[keyof typeof AnticipateMode];

/**
 * How the load of the next minutes is anticipated. For each earlier period, the highest load in the same minutes counts.
 * The median of these loads, multiplied by the growth since then, is anticipated. It is 0 without history. Requires a
 * Prometheus that keeps the history.
 */
export interface TrafficAnticipateArgs {
  /** Period in which the traffic repeats: Day or Week. */
  period: pulumi.Input<TrafficPeriod>;
  /**
   * How far ahead the load is anticipated, in whole minutes from 1m to 1h, such as 10m. It should be longer than a pod
   * needs to start, with its node. Defaults to 10m.
   */
  lead?: pulumi.Input<string>;
  /**
   * Number of earlier periods, from 2 to 5. The median of their loads counts: the second of three, the smaller of two.
   * One unusual period therefore adds no replicas. A period without history counts as 0. Defaults to 3.
   */
  periods?: pulumi.Input<number>;
  /**
   * Whether the load is multiplied by its growth: the load of the last hour divided by that of the same hour in the
   * earlier periods, but at least 0.5 and at most 2. Defaults to true.
   */
  growth?: pulumi.Input<boolean>;
  /** What the anticipated load does. Defaults to Observe. */
  mode?: pulumi.Input<AnticipateMode>;
  /** Days on which nothing is anticipated, such as 2026-12-25. Defaults to none. */
  except?: pulumi.Input<pulumi.Input<string>[]>;
  /** IANA time zone of the days in except, such as Europe/Berlin. Defaults to UTC. */
  timeZone?: pulumi.Input<string>;
}
