import {
  aliasName,
  choiceMistakes,
  countMistakes,
  type Mistake,
  missingMistakes,
  nameMistakes,
  namespaceName,
  objectName,
  rangeMistakes,
  refuse,
} from "../validation/inputErrors";
import { later, type Now } from "../validation/inputs";
import type { TrafficMetricArgs } from "./args";
import { Reaction, ScalingPace, type TrafficAutoscalerArgs, type TrafficAutoscalerScalingArgs } from "./args";
import { type AutoscalerDraft, type Draft, type DraftList, draft } from "./knownInputs";
import { scheduleMistakes } from "./schedules";
import { metricMistakes, sharedNameMistakes } from "./validateMetric";

const METRICS_REMEDY = "Give a list of at least one, such as [{ requestsPerSecond: 10 }]";

/**
 * Checks the arguments of a TrafficAutoscaler as far as they are known.
 *
 * @throws pulumi.InputPropertiesError with all mistakes at once.
 */
export function checkAutoscaler(name: string, args: TrafficAutoscalerArgs): void {
  refuse(title(name), autoscalerMistakes(draft(args)));
}

/** What messages call the component. */
export function title(name: string): string {
  return `TrafficAutoscaler ${JSON.stringify(name)}`;
}

/** Everything that is wrong with what is known of the arguments, each with its property path. */
function autoscalerMistakes(known: AutoscalerDraft): Mistake[] {
  const { minReplicas, maxReplicas, scrapeIntervalSeconds, expectedRequestsPerSecond, metrics, schedules } = known;
  const { mistakes, namespace, workload } = checkedTarget(known);
  const anyRate = { from: 0, to: 1e9, decimals: 3 };
  return [
    ...mistakes,
    ...missingMistakes("maxReplicas", maxReplicas, "Say how far the workload may grow, such as 10"),
    ...replicaMistakes(minReplicas, maxReplicas),
    ...countMistakes("scrapeIntervalSeconds", scrapeIntervalSeconds, "Give whole seconds, such as 15"),
    ...rangeMistakes("expectedRequestsPerSecond", expectedRequestsPerSecond, anyRate, "Give a rate, such as 500"),
    ...nameMistakes("prometheusServerAlias", known.prometheusServerAlias, aliasName),
    ...missingMistakes("metrics", metrics, METRICS_REMEDY),
    ...choiceMistakes("reaction", known.reaction, Object.values(Reaction)),
    ...noMetric(metrics),
    ...sleepMistakes(minReplicas, metrics),
    ...each("metrics", metrics, METRICS_REMEDY, (path, metric) =>
      metricMistakes(path, metric, { namespace, workload, scrapeIntervalSeconds }),
    ),
    ...sharedNameMistakes(metrics, workload),
    ...each("schedules", schedules, "Give times and replicas, or remove it", (path, schedule) =>
      scheduleMistakes(path, schedule, maxReplicas),
    ),
    ...scalingMistakes("behavior.scaleUp", known.scaleUp),
    ...scalingMistakes("behavior.scaleDown", known.scaleDown),
  ];
}

function each<T>(
  path: string,
  list: DraftList<T>,
  remedy: string,
  check: (path: string, entry: Draft<T>) => Mistake[],
): Mistake[] {
  if (list === later || list === undefined) return [];
  return list.flatMap((entry, index) => {
    if (entry === later) return [];
    return entry === undefined
      ? missingMistakes(`${path}[${index}]`, entry, remedy)
      : check(`${path}[${index}]`, entry);
  });
}

function replicaMistakes(min: Now<number | undefined>, max: Now<number | undefined>): Mistake[] {
  const counts = [
    ...countMistakes("minReplicas", min, "Say how few replicas there may be, such as 1", { least: 0 }),
    ...countMistakes("maxReplicas", max, "Say how far the workload may grow, such as 10"),
  ];
  if (counts.length > 0 || min === later || min === undefined || max === later) return counts;
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

/** Without a replica its own sidecars, its CPU and its memory report nothing, so nothing of these would ever wake it. */
function sleepMistakes(min: Now<number | undefined>, metrics: DraftList<TrafficMetricArgs>): Mistake[] {
  if (min !== 0 || metrics === later || metrics === undefined) return [];
  const wakes = (metric: (typeof metrics)[number]) =>
    metric === later || metric?.service !== undefined || metric?.query !== undefined;
  if (metrics.some(wakes)) return [];
  return [
    {
      path: "minReplicas",
      code: "ASM_ZERO_UNSEEN",
      message:
        "With minReplicas 0 there may be no replica, and then no metric here reports anything that could wake one",
      remedy: "Give requestsPerSecond the service by which clients call the workload, or keep at least one replica",
    },
  ];
}

function noMetric(metrics: DraftList<unknown>): Mistake[] {
  if (metrics === later || metrics === undefined || metrics.length > 0) return [];
  return [
    { path: "metrics", code: "ASM_METRICS_EMPTY", message: "There is no metric to scale on", remedy: METRICS_REMEDY },
  ];
}

/** What is wrong with namespace and workload, and both as far as queries can be written with them. */
export interface CheckedTarget {
  readonly mistakes: readonly Mistake[];
  readonly namespace: Now<string>;
  readonly workload: Now<string>;
}

/** Checks that one workload is named, and names it: `later` where it is wrong or not known yet. */
export function checkedTarget(known: AutoscalerDraft): CheckedTarget {
  const { namespace, target, targetRef, deployment } = known;
  const mistakes = [
    ...(deployment ? [] : missingMistakes("namespace", namespace, "Name the namespace of the workload")),
    ...oneTargetMistakes(known),
    ...nameMistakes("namespace", namespace, namespaceName),
    ...nameMistakes("target", target, objectName),
    ...(targetRef === later || targetRef === undefined ? [] : refMistakes(targetRef)),
  ];
  const name = targetRef === later || deployment ? later : (targetRef?.name ?? target);
  const usable = (value: Now<string | undefined>) => (mistakes.length > 0 || value === undefined ? later : value);
  return { mistakes, namespace: usable(namespace), workload: usable(name) };
}

function refMistakes({ apiVersion, kind, name }: Exclude<AutoscalerDraft["targetRef"], symbol | undefined>): Mistake[] {
  return [
    ...missingMistakes("targetRef.kind", kind, "Say what kind of workload it is, such as StatefulSet"),
    ...missingMistakes("targetRef.name", name, "Name the workload to scale"),
    ...nameMistakes("targetRef.name", name, objectName),
    ...patternMistakes("targetRef.kind", kind, /^[A-Z][A-Za-z0-9]*$/, "Write a kind, such as StatefulSet"),
    ...patternMistakes("targetRef.apiVersion", apiVersion, /^([a-z0-9.-]+\/)?v\d[a-z0-9]*$/, "Write it as apps/v1"),
  ];
}

function patternMistakes(path: string, value: Now<string | undefined>, pattern: RegExp, remedy: string): Mistake[] {
  if (value === later || value === undefined || pattern.test(value)) return [];
  return [{ path, code: "ASM_NAME_INVALID", message: `${JSON.stringify(value)} is no ${path.split(".")[1]}`, remedy }];
}

function oneTargetMistakes({ target, targetRef, deployment }: AutoscalerDraft): Mistake[] {
  const ways = [
    ...(target === undefined ? [] : ["target"]),
    ...(targetRef === undefined ? [] : ["targetRef"]),
    ...(deployment ? ["deployment"] : []),
  ];
  if (ways.length === 1) return [];
  if (ways.length === 0) return missingMistakes("target", undefined, "Name the Deployment to scale");
  return ways.slice(1).map((path) => ({
    path,
    code: "ASM_ARGUMENT_MISPLACED",
    message: `The workload is named twice, by ${ways[0]} and by ${path}`,
    remedy: "Give exactly one of target, targetRef and deployment",
  }));
}

/** Everything that is wrong with one direction of scaling, as far as it is known. */
export function scalingMistakes(
  path: string,
  scaling: Now<Draft<TrafficAutoscalerScalingArgs> | undefined>,
): Mistake[] {
  if (scaling === later || scaling === undefined) return [];
  const { pace, stabilizationWindowSeconds, podsPerMinute, percentPerMinute, tolerance } = scaling;
  const hour = { from: 0, to: 3600, decimals: 0 };
  const share = { from: 0, to: 1, decimals: 3 };
  return [
    ...choiceMistakes(`${path}.pace`, pace, Object.values(ScalingPace)),
    ...rangeMistakes(
      `${path}.stabilizationWindowSeconds`,
      stabilizationWindowSeconds,
      hour,
      "Give seconds, up to an hour",
    ),
    ...countMistakes(`${path}.podsPerMinute`, podsPerMinute, "Give whole pods, such as 4"),
    ...countMistakes(`${path}.percentPerMinute`, percentPerMinute, "Give whole percent, such as 100 to double"),
    ...rangeMistakes(`${path}.tolerance`, tolerance, share, "Give a share of the target, such as 0.05"),
    ...(pace === ScalingPace.Never ? idleMistakes(path, scaling) : []),
  ];
}

/** A rate would do nothing where nothing is scaled. */
function idleMistakes(path: string, scaling: Draft<TrafficAutoscalerScalingArgs>): Mistake[] {
  const rates = ["podsPerMinute", "percentPerMinute"] as const;
  return rates.flatMap((rate) => {
    if (scaling[rate] === undefined) return [];
    return {
      path: `${path}.${rate}`,
      code: "ASM_ARGUMENT_MISPLACED",
      message: `${rate} does not belong to the pace Never`,
      remedy: `Leave ${rate} out, or choose another pace`,
    };
  });
}
