import type * as pulumi from "@pulumi/pulumi";
import { isGiven, later, type Now, now, plain } from "../validation/inputs";
import type {
  TrafficAutoscalerArgs,
  TrafficAutoscalerScalingArgs,
  TrafficAutoscalerScheduleArgs,
  TrafficAutoscalerTargetRefArgs,
  TrafficMetricArgs,
} from "./args";

/** Arguments as far as they are known: each a plain value, `later`, or absent when it was not given. */
export type Draft<T> = { readonly [K in keyof T]?: Now<pulumi.Unwrap<T[K]> | undefined> };

/** A list as far as it is known; an entry is undefined when the program gave null. */
export type DraftList<T> = Now<readonly Now<Draft<T> | undefined>[] | undefined>;

/** The arguments of a TrafficAutoscaler as far as they are known: before registration, or all of them in `apply`. */
export interface AutoscalerDraft {
  readonly namespace: Now<string | undefined>;
  readonly target: Now<string | undefined>;
  readonly targetRef: Now<Draft<TrafficAutoscalerTargetRefArgs> | undefined>;
  /** Whether there is a deployment; what it is called is known later. */
  readonly deployment: boolean;
  readonly minReplicas: Now<number | undefined>;
  readonly maxReplicas: Now<number | undefined>;
  readonly scrapeIntervalSeconds: Now<number | undefined>;
  readonly prometheusServerAlias: Now<string | undefined>;
  readonly expectedRequestsPerSecond: Now<number | undefined>;
  readonly reaction: Now<string | undefined>;
  readonly metrics: DraftList<TrafficMetricArgs>;
  readonly schedules: DraftList<TrafficAutoscalerScheduleArgs>;
  readonly scaleUp: Now<Draft<TrafficAutoscalerScalingArgs> | undefined>;
  readonly scaleDown: Now<Draft<TrafficAutoscalerScalingArgs> | undefined>;
}

/** One metric as far as it is known. */
export type MetricDraft = Draft<TrafficMetricArgs>;

/** Reads what is known now out of the arguments. */
export function draft(args: TrafficAutoscalerArgs): AutoscalerDraft {
  const behavior = now(args.behavior);
  return {
    namespace: plain(args.namespace),
    target: plain(args.target),
    targetRef: drafted(args.targetRef),
    deployment: isGiven(args.deployment),
    minReplicas: plain(args.minReplicas),
    maxReplicas: plain(args.maxReplicas),
    scrapeIntervalSeconds: plain(args.scrapeIntervalSeconds),
    prometheusServerAlias: plain(args.prometheusServerAlias),
    expectedRequestsPerSecond: plain(args.expectedRequestsPerSecond),
    reaction: plain(args.reaction),
    metrics: draftedList(args.metrics),
    schedules: draftedList(args.schedules),
    scaleUp: behavior === later ? later : drafted(behavior?.scaleUp),
    scaleDown: behavior === later ? later : drafted(behavior?.scaleDown),
  };
}

function drafted<T extends object>(input: pulumi.Input<T> | undefined): Now<Draft<T> | undefined> {
  const known = now<T | undefined>(input);
  if (known === later || !isGiven(known)) return known ?? undefined;
  return Object.fromEntries(Object.entries(known).map(([key, value]) => [key, plain(value)])) as Draft<T>;
}

function draftedList<T extends object>(input: pulumi.Input<pulumi.Input<T>[]> | undefined): DraftList<T> {
  const known = now<pulumi.Input<T>[] | undefined>(input);
  if (known === later) return later;
  return Array.isArray(known) ? known.map((entry) => drafted<T>(entry)) : undefined;
}
