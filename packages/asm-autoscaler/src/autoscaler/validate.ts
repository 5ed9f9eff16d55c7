import {
  aliasName,
  countErrors,
  type InputError,
  missingErrors,
  nameErrors,
  namespaceName,
  objectName,
  rangeErrors,
} from "../validation/inputErrors";
import { type Known, UNKNOWN } from "../validation/inputs";
import { validateArgs } from "../validation/validateArgs";
import { Reaction, type TrafficAutoscalerArgs } from "./args";
import { ScalingPace, type TrafficAutoscalerBehaviorArgs, type TrafficAutoscalerScalingArgs } from "./behaviorArgs";
import { type KnownAutoscaler, type KnownInputs, type KnownList, knownInputs } from "./knownInputs";
import type { TrafficMetricArgs } from "./metricArgs";
import { scheduleErrors } from "./schedules";
import { metricErrors } from "./validateMetric";
import { sharedNameErrors } from "./validateQuery";

const METRICS_REMEDY = "Set a list of at least one metric, such as [{ requestsPerSecond: 10 }]";

/** Validates the arguments of a TrafficAutoscaler as far as they are known. @throws pulumi.InputPropertiesError */
export function validateAutoscaler<T extends TrafficAutoscalerArgs>(name: string, args: T): T {
  return validateArgs("TrafficAutoscaler", name, args, (known: TrafficAutoscalerArgs) =>
    autoscalerErrors(knownInputs(known)),
  );
}

/**
 * Validates `behavior` alone, all of it known.
 *
 * @throws pulumi.InputPropertiesError
 */
export function validateBehavior<T extends TrafficAutoscalerBehaviorArgs>(name: string, behavior: T): T {
  const valid = validateArgs("TrafficAutoscaler", name, { behavior }, (known: { behavior: T }) =>
    behaviorErrors(knownInputs({ maxReplicas: 1, metrics: [], ...known })),
  );
  return valid.behavior;
}

/** Name of the component in messages. */
export function title(name: string): string {
  return `TrafficAutoscaler ${JSON.stringify(name)}`;
}

/** All problems of the arguments that are known, each with its property path. */
function autoscalerErrors(known: KnownAutoscaler): InputError[] {
  const { minReplicas, maxReplicas, scrapeIntervalSeconds, expectedRequestsPerSecond, metrics, schedules } = known;
  const { inputErrors, namespace, workload } = checkedTarget(known);
  const anyRate = { from: 0, to: 1e9, decimals: 3 };
  return [
    ...inputErrors,
    ...missingErrors("maxReplicas", maxReplicas, "Set the maximum number of replicas, such as 10"),
    ...replicaErrors(minReplicas, maxReplicas),
    ...countErrors("scrapeIntervalSeconds", scrapeIntervalSeconds, "Set whole seconds, such as 15"),
    ...rangeErrors("expectedRequestsPerSecond", expectedRequestsPerSecond, anyRate, "Set a rate, such as 500"),
    ...nameErrors("prometheusServerAlias", known.prometheusServerAlias, aliasName),
    ...missingErrors("metrics", metrics, METRICS_REMEDY),
    ...noMetric(metrics),
    ...sleepErrors(minReplicas, metrics),
    ...each("metrics", metrics, METRICS_REMEDY, (path, metric) =>
      metricErrors(path, metric, { namespace, workload, scrapeIntervalSeconds, reaction: known.reaction }),
    ),
    ...sharedNameErrors(metrics, workload, known.reaction === Reaction.Direct),
    ...each("schedules", schedules, "Set its times and replicas, or remove it", (path, schedule) =>
      scheduleErrors(path, schedule, maxReplicas),
    ),
    ...behaviorErrors(known),
  ];
}

function behaviorErrors({ scaleUp, scaleDown }: KnownAutoscaler): InputError[] {
  return [...scalingErrors("behavior.scaleUp", scaleUp), ...scalingErrors("behavior.scaleDown", scaleDown)];
}

function each<T>(
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

function replicaErrors(min: Known<number | undefined>, max: Known<number | undefined>): InputError[] {
  const counts = [
    ...countErrors("minReplicas", min, "Set the minimum number of replicas, such as 1", { least: 0 }),
    ...countErrors("maxReplicas", max, "Set the maximum number of replicas, such as 10"),
  ];
  if (counts.length > 0 || min === UNKNOWN || min === undefined || max === UNKNOWN) return counts;
  if (max === undefined || min <= max) return [];
  return [
    {
      path: "minReplicas",
      code: "ASM_REPLICAS_CROSSED",
      message: `minReplicas ${min} is more than maxReplicas ${max}`,
      remedy: "Lower minReplicas or raise maxReplicas",
    },
  ];
}

/** Errors of minReplicas 0. Without pods, sidecars, CPU and memory have no metrics that could scale the workload up. */
function sleepErrors(min: Known<number | undefined>, metrics: KnownList<TrafficMetricArgs>): InputError[] {
  if (min !== 0 || metrics === UNKNOWN || metrics === undefined) return [];
  const wakes = (metric: (typeof metrics)[number]) =>
    metric === UNKNOWN || metric?.service !== undefined || metric?.query !== undefined;
  if (metrics.some(wakes)) return [];
  return [
    {
      path: "minReplicas",
      code: "ASM_ZERO_UNSEEN",
      message:
        "With minReplicas 0 there may be no pods, and then no metric here has a value that could scale the workload up",
    },
  ];
}

function noMetric(metrics: KnownList<unknown>): InputError[] {
  if (metrics === UNKNOWN || metrics === undefined || metrics.length > 0) return [];
  return [
    { path: "metrics", code: "ASM_METRICS_EMPTY", message: "There is no metric to scale on", remedy: METRICS_REMEDY },
  ];
}

/** What is wrong with namespace and workload, and both as far as queries can be written with them. */
interface CheckedTarget {
  readonly inputErrors: readonly InputError[];
  readonly namespace: Known<string>;
  readonly workload: Known<string>;
}

/** Checks that one workload is named, and names it: `UNKNOWN` where it is wrong or not known yet. */
function checkedTarget(known: KnownAutoscaler): CheckedTarget {
  const { namespace, target, targetRef, deployment } = known;
  const inputErrors = [
    ...(deployment ? [] : missingErrors("namespace", namespace, "Set the namespace of the workload")),
    ...oneTargetErrors(known),
    ...nameErrors("namespace", namespace, namespaceName),
    ...nameErrors("target", target, objectName),
    ...(targetRef === UNKNOWN || targetRef === undefined ? [] : refErrors(targetRef)),
  ];
  const name = targetRef === UNKNOWN || deployment ? UNKNOWN : (targetRef?.name ?? target);
  const usable = (value: Known<string | undefined>) =>
    inputErrors.length > 0 || value === undefined ? UNKNOWN : value;
  return { inputErrors, namespace: usable(namespace), workload: usable(name) };
}

function refErrors({
  apiVersion,
  kind,
  name,
}: Exclude<KnownAutoscaler["targetRef"], symbol | undefined>): InputError[] {
  return [
    ...missingErrors("targetRef.kind", kind, "Set the kind of the workload, such as StatefulSet"),
    ...missingErrors("targetRef.name", name, "Set the name of the workload to scale"),
    ...nameErrors("targetRef.name", name, objectName),
    ...patternErrors("targetRef.kind", kind, /^[A-Z][A-Za-z0-9]*$/, "Write a kind, such as StatefulSet"),
    ...patternErrors("targetRef.apiVersion", apiVersion, /^([a-z0-9.-]+\/)?v\d[a-z0-9]*$/, "Write it as apps/v1"),
  ];
}

function patternErrors(path: string, value: Known<string | undefined>, pattern: RegExp, remedy: string): InputError[] {
  if (value === UNKNOWN || value === undefined || pattern.test(value)) return [];
  return [
    {
      path,
      code: "ASM_NAME_INVALID",
      message: `${JSON.stringify(value)} is not a valid ${path.split(".")[1]}`,
      remedy,
    },
  ];
}

function oneTargetErrors({ target, targetRef, deployment }: KnownAutoscaler): InputError[] {
  const ways = [
    ...(target === undefined ? [] : ["target"]),
    ...(targetRef === undefined ? [] : ["targetRef"]),
    ...(deployment ? ["deployment"] : []),
  ];
  if (ways.length === 1) return [];
  if (ways.length === 0) return missingErrors("target", undefined, "Set the name of the Deployment to scale");
  return ways.slice(1).map((path) => ({
    path,
    code: "ASM_ARGUMENT_MISPLACED",
    message: `The workload is set twice, by ${ways[0]} and by ${path}`,
    remedy: "Set exactly one of target, targetRef and deployment",
  }));
}

/** All errors of the scaling rules of one direction, as far as they are known. */
function scalingErrors(
  path: string,
  scaling: Known<KnownInputs<TrafficAutoscalerScalingArgs> | undefined>,
): InputError[] {
  if (scaling === UNKNOWN || scaling === undefined) return [];
  const { pace, stabilizationWindowSeconds, podsPerMinute, percentPerMinute, tolerance } = scaling;
  const hour = { from: 0, to: 3600, decimals: 0 };
  const share = { from: 0, to: 1, decimals: 3 };
  return [
    ...rangeErrors(
      `${path}.stabilizationWindowSeconds`,
      stabilizationWindowSeconds,
      hour,
      "Set seconds, up to an hour",
    ),
    ...countErrors(`${path}.podsPerMinute`, podsPerMinute, "Set a whole number of pods, such as 4"),
    ...countErrors(`${path}.percentPerMinute`, percentPerMinute, "Set a whole percentage, such as 100 to double"),
    ...rangeErrors(`${path}.tolerance`, tolerance, share, "Set a share of the target, such as 0.05"),
    ...(pace === ScalingPace.Never ? idleErrors(path, scaling) : []),
  ];
}

/** Errors of rates that have no effect with the pace Never. */
function idleErrors(path: string, scaling: KnownInputs<TrafficAutoscalerScalingArgs>): InputError[] {
  const rates = ["podsPerMinute", "percentPerMinute"] as const;
  return rates.flatMap((rate) => {
    if (scaling[rate] === undefined) return [];
    return {
      path: `${path}.${rate}`,
      code: "ASM_ARGUMENT_MISPLACED",
      message: `${rate} does not apply to the pace Never`,
      remedy: `Remove ${rate}, or choose another pace`,
    };
  });
}
