import type * as pulumi from "@pulumi/pulumi";
import { isGiven, type Known, knownValue, plain, UNKNOWN } from "../validation/inputs";
import type { TrafficAutoscalerArgs, TrafficAutoscalerTargetRefArgs } from "./args";
import type { TrafficAutoscalerScalingArgs } from "./behaviorArgs";
import type { TrafficMetricArgs } from "./metricArgs";
import type { TrafficAutoscalerScheduleArgs } from "./scheduleArgs";

/** Arguments as far as they are known: each is a value, `UNKNOWN`, or absent if it is not set. */
export type KnownInputs<T> = { readonly [K in keyof T]?: Known<pulumi.Unwrap<T[K]> | undefined> };

/** A list as far as it is known. An entry is undefined if the program passed null. */
export type KnownList<T> = Known<readonly Known<KnownInputs<T> | undefined>[] | undefined>;

/** The arguments of a TrafficAutoscaler as far as they are known: before registration, or all of them in `apply`. */
export interface KnownAutoscaler {
  readonly namespace: Known<string | undefined>;
  readonly target: Known<string | undefined>;
  readonly targetRef: Known<KnownInputs<TrafficAutoscalerTargetRefArgs> | undefined>;
  /** Whether deployment is set. Its name is not known before it is created. */
  readonly deployment: boolean;
  readonly minReplicas: Known<number | undefined>;
  readonly maxReplicas: Known<number | undefined>;
  readonly scrapeIntervalSeconds: Known<number | undefined>;
  readonly prometheusServerAlias: Known<string | undefined>;
  readonly expectedRequestsPerSecond: Known<number | undefined>;
  readonly reaction: Known<string | undefined>;
  readonly metrics: KnownList<TrafficMetricArgs>;
  readonly schedules: KnownList<TrafficAutoscalerScheduleArgs>;
  readonly scaleUp: Known<KnownInputs<TrafficAutoscalerScalingArgs> | undefined>;
  readonly scaleDown: Known<KnownInputs<TrafficAutoscalerScalingArgs> | undefined>;
}

/** One metric as far as it is known. */
export type KnownMetric = KnownInputs<TrafficMetricArgs>;

/** The arguments of a TrafficAutoscaler as far as they are known. */
export function knownInputs(args: TrafficAutoscalerArgs): KnownAutoscaler {
  const behavior = knownValue(args.behavior);
  return {
    namespace: plain(args.namespace),
    target: plain(args.target),
    targetRef: knownObject(args.targetRef),
    deployment: isGiven(args.deployment),
    minReplicas: plain(args.minReplicas),
    maxReplicas: plain(args.maxReplicas),
    scrapeIntervalSeconds: plain(args.scrapeIntervalSeconds),
    prometheusServerAlias: plain(args.prometheusServerAlias),
    expectedRequestsPerSecond: plain(args.expectedRequestsPerSecond),
    reaction: plain(args.reaction),
    metrics: knownList(args.metrics),
    schedules: knownList(args.schedules),
    scaleUp: behavior === UNKNOWN ? UNKNOWN : knownObject(behavior?.scaleUp),
    scaleDown: behavior === UNKNOWN ? UNKNOWN : knownObject(behavior?.scaleDown),
  };
}

function knownObject<T extends object>(input: pulumi.Input<T> | undefined): Known<KnownInputs<T> | undefined> {
  const known = knownValue<T | undefined>(input);
  if (known === UNKNOWN || !isGiven(known)) return known ?? undefined;
  return Object.fromEntries(Object.entries(known).map(([key, value]) => [key, plain(value)])) as KnownInputs<T>;
}

function knownList<T extends object>(input: pulumi.Input<pulumi.Input<T>[]> | undefined): KnownList<T> {
  const known = knownValue<pulumi.Input<T>[] | undefined>(input);
  if (known === UNKNOWN) return UNKNOWN;
  return Array.isArray(known) ? known.map((entry) => knownObject<T>(entry)) : undefined;
}
