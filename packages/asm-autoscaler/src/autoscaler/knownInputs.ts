import type * as pulumi from "@pulumi/pulumi";
import { type InputError, missingErrors } from "../validation/inputErrors";
import { isGiven, type Known, knownValue, plain, UNKNOWN } from "../validation/inputs";
import type { MetricSpec } from "./additionalMetrics";
import type { TrafficAutoscalerArgs, TrafficAutoscalerTargetRefArgs } from "./args";
import type { TrafficAutoscalerPolicyArgs, TrafficAutoscalerScalingArgs } from "./behaviorArgs";
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
  readonly name: Known<string | undefined>;
  /** As given: each entry can be unknown. */
  readonly labels: TrafficAutoscalerArgs["labels"];
  /** As given: each entry can be unknown. */
  readonly annotations: TrafficAutoscalerArgs["annotations"];
  readonly additionalMetrics: Known<readonly Known<MetricSpec>[] | undefined>;
  readonly paused: Known<boolean | undefined>;
  readonly minReplicas: Known<number | undefined>;
  readonly maxReplicas: Known<number | undefined>;
  readonly scrapeIntervalSeconds: Known<number | undefined>;
  readonly prometheusServerAlias: Known<string | undefined>;
  readonly expectedRequestsPerSecond: Known<number | undefined>;
  readonly reaction: Known<string | undefined>;
  readonly metrics: KnownList<TrafficMetricArgs>;
  readonly schedules: KnownList<TrafficAutoscalerScheduleArgs>;
  readonly scaleUp: Known<KnownScaling | undefined>;
  readonly scaleDown: Known<KnownScaling | undefined>;
}

/** The scaling rules of one direction as far as they are known. */
export type KnownScaling = Omit<KnownInputs<TrafficAutoscalerScalingArgs>, "policies"> & {
  readonly policies?: KnownList<TrafficAutoscalerPolicyArgs>;
};

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
    name: plain(args.name),
    labels: args.labels,
    annotations: args.annotations,
    additionalMetrics: knownMetrics(args.additionalMetrics),
    paused: plain(args.paused),
    minReplicas: plain(args.minReplicas),
    maxReplicas: plain(args.maxReplicas),
    scrapeIntervalSeconds: plain(args.scrapeIntervalSeconds),
    prometheusServerAlias: plain(args.prometheusServerAlias),
    expectedRequestsPerSecond: plain(args.expectedRequestsPerSecond),
    reaction: plain(args.reaction),
    metrics: knownList(args.metrics),
    schedules: knownList(args.schedules),
    scaleUp: behavior === UNKNOWN ? UNKNOWN : knownScaling(behavior?.scaleUp),
    scaleDown: behavior === UNKNOWN ? UNKNOWN : knownScaling(behavior?.scaleDown),
  };
}

function knownScaling(input: pulumi.Input<TrafficAutoscalerScalingArgs> | undefined): KnownAutoscaler["scaleUp"] {
  const known = knownValue(input);
  if (known === UNKNOWN || !isGiven(known)) return known ?? undefined;
  const { policies, ...rules } = known;
  return { ...knownProperties(rules), ...(policies === undefined ? {} : { policies: knownList(policies) }) };
}

function knownMetrics(input: TrafficAutoscalerArgs["additionalMetrics"]): KnownAutoscaler["additionalMetrics"] {
  const known = knownValue(input);
  if (known === UNKNOWN) return UNKNOWN;
  return known?.map((metric) => plain(metric) ?? UNKNOWN);
}

function knownObject<T extends object>(input: pulumi.Input<T> | undefined): Known<KnownInputs<T> | undefined> {
  const known = knownValue<T | undefined>(input);
  if (known === UNKNOWN || !isGiven(known)) return known ?? undefined;
  return knownProperties(known);
}

function knownProperties<T extends object>(known: T): KnownInputs<T> {
  return Object.fromEntries(Object.entries(known).map(([key, value]) => [key, plain(value)])) as KnownInputs<T>;
}

function knownList<T extends object>(input: pulumi.Input<pulumi.Input<T>[]> | undefined): KnownList<T> {
  const known = knownValue<pulumi.Input<T>[] | undefined>(input);
  if (known === UNKNOWN) return UNKNOWN;
  return Array.isArray(known) ? known.map((entry) => knownObject<T>(entry)) : undefined;
}

/** The errors of each known entry of a list, and of entries without a value. */
export function eachErrors<T>(
  path: string,
  list: KnownList<T>,
  remedy: string,
  check: (path: string, entry: KnownInputs<T>) => InputError[],
): InputError[] {
  if (list === UNKNOWN || list === undefined) return [];
  return list.flatMap((entry, index) => {
    if (entry === UNKNOWN) return [];
    return entry === undefined ? missingErrors(`${path}[${index}]`, entry, remedy) : check(`${path}[${index}]`, entry);
  });
}
