import { choiceMistakes } from "../arguments/choice";
import { countMistakes } from "../arguments/count";
import { later, type Now } from "../arguments/later";
import { missingMistakes } from "../arguments/missing";
import { type Mistake, refuse } from "../arguments/mistake";
import { aliasName, nameMistakes } from "../arguments/name";
import { Reaction, type TrafficAutoscalerArgs } from "./args";
import { scalingMistakes } from "./checkBehavior";
import { metricMistakes } from "./checkMetric";
import { sharedNameMistakes } from "./checkQuery";
import { scheduleMistakes } from "./checkSchedule";
import { checkedTarget } from "./checkTarget";
import { type AutoscalerDraft, type Draft, type DraftList, draft } from "./draft";
import type { TrafficMetricArgs } from "./metricArgs";
import { rangeMistakes } from "./range";

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
