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
import { annotationErrors, labelErrors, type ReservedKeys } from "../validation/metadata";
import { validateArgs } from "../validation/validateArgs";
import { additionalMetricErrors, hasValueWithoutPods } from "./additionalMetrics";
import { Reaction, type TrafficAutoscalerArgs } from "./args";
import type { TrafficAutoscalerBehaviorArgs } from "./behaviorArgs";
import { eachErrors, type KnownAutoscaler, type KnownList, knownInputs } from "./knownInputs";
import type { TrafficMetricArgs } from "./metricArgs";
import { longQueryErrors, scheduleErrors } from "./schedules";
import { metricErrors } from "./validateMetric";
import { sharedNameErrors } from "./validateQuery";
import { scalingErrors } from "./validateScaling";

const HPAS = "the metrics of the HorizontalPodAutoscaler";
const FREE_LABELS: ReservedKeys = { owner: HPAS, isReserved: () => false };
const FREE_ANNOTATIONS: ReservedKeys = { owner: HPAS, isReserved: (key) => key.startsWith("metric-config.") };

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
    ...nameErrors("name", known.name, objectName),
    ...labelErrors("labels", known.labels, FREE_LABELS),
    ...annotationErrors("annotations", known.annotations, FREE_ANNOTATIONS),
    ...missingErrors("maxReplicas", maxReplicas, "Set the maximum number of replicas, such as 10"),
    ...replicaErrors(minReplicas, maxReplicas),
    ...countErrors("scrapeIntervalSeconds", scrapeIntervalSeconds, "Set whole seconds, such as 15"),
    ...rangeErrors("expectedRequestsPerSecond", expectedRequestsPerSecond, anyRate, "Set a rate, such as 500"),
    ...nameErrors("prometheusServerAlias", known.prometheusServerAlias, aliasName),
    ...missingErrors("metrics", metrics, METRICS_REMEDY),
    ...noMetric(metrics),
    ...sleepErrors(minReplicas, metrics, known.additionalMetrics),
    ...additionalMetricErrors(known.additionalMetrics),
    ...eachErrors("metrics", metrics, METRICS_REMEDY, (path, metric) =>
      metricErrors(path, metric, { namespace, workload, scrapeIntervalSeconds, reaction: known.reaction }),
    ),
    ...sharedNameErrors(metrics, workload, known.reaction === Reaction.Direct),
    ...eachErrors("schedules", schedules, "Set its times and replicas, or remove it", (path, schedule) =>
      scheduleErrors(path, schedule, maxReplicas),
    ),
    ...longQueryErrors(schedules),
    ...behaviorErrors(known),
  ];
}

function behaviorErrors({ scaleUp, scaleDown }: KnownAutoscaler): InputError[] {
  return [...scalingErrors("behavior.scaleUp", scaleUp), ...scalingErrors("behavior.scaleDown", scaleDown)];
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
function sleepErrors(
  min: Known<number | undefined>,
  metrics: KnownList<TrafficMetricArgs>,
  additional: KnownAutoscaler["additionalMetrics"],
): InputError[] {
  if (hasValueWithoutPods(additional)) return [];
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
  const name = targetRef === UNKNOWN || deployment ? UNKNOWN : (targetRef?.workload ?? targetRef?.name ?? target);
  const usable = (value: Known<string | undefined>) =>
    inputErrors.length > 0 || value === undefined ? UNKNOWN : value;
  return { inputErrors, namespace: usable(namespace), workload: usable(name) };
}

function refErrors({
  apiVersion,
  kind,
  name,
  workload,
}: Exclude<KnownAutoscaler["targetRef"], symbol | undefined>): InputError[] {
  return [
    ...missingErrors("targetRef.kind", kind, "Set the kind of the workload, such as StatefulSet"),
    ...missingErrors("targetRef.name", name, "Set the name of the workload to scale"),
    ...nameErrors("targetRef.name", name, objectName),
    ...nameErrors("targetRef.workload", workload, objectName),
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
