import { nearest, parsePolicy } from "hpa-metrics";
import { countMistakes } from "../arguments/count";
import { later, type Now } from "../arguments/later";
import type { Mistake } from "../arguments/mistake";
import { queryMistakes } from "./checkQuery";
import { signalMistakes } from "./checkSignal";
import type { MetricDraft } from "./draft";
import { quantityMistakes } from "./quantity";
import { isSignal, kinds, type MetricArgument, type MetricKind, metricArguments, named, signals } from "./signals";

/** What a metric is judged with, as far as it is known. */
export interface MetricSubject {
  readonly namespace: Now<string>;
  readonly workload: Now<string>;
  readonly scrapeIntervalSeconds: Now<number | undefined>;
}

/** Everything that is wrong with one metric, as far as it is known. */
export function metricMistakes(path: string, metric: MetricDraft, subject: MetricSubject): Mistake[] {
  const unknown = unknownMistakes(path, metric);
  const [kind, ...more] = kinds.filter((candidate) => metric[candidate] !== undefined);
  if (kind === undefined) return unknown.length > 0 ? unknown : [kindless(path)];
  if (more.length > 0) return [...unknown, twofold(path, [kind, ...more])];
  return [
    ...unknown,
    ...ownMistakes(path, kind, metric, subject),
    ...misplaced(path, kind, metric),
    ...policyMistakes(`${path}.whenNoData`, metric.whenNoData),
    ...policyMistakes(`${path}.whenNoAnswer`, metric.whenNoAnswer),
  ];
}

/** Judged by the adapter's own code. */
function policyMistakes(path: string, policy: Now<string | undefined>): Mistake[] {
  if (policy === later || policy === undefined) return [];
  const parsed = parsePolicy(path, String(policy));
  if ("policy" in parsed) return [];
  const { code, message, remedy } = parsed;
  return [{ path, code, message, remedy }];
}

function ownMistakes(path: string, kind: MetricKind, metric: MetricDraft, subject: MetricSubject): Mistake[] {
  if (isSignal(kind)) return signalMistakes(path, kind, metric, subject);
  if (kind === "query") return queryMetricMistakes(path, metric);
  return countMistakes(`${path}.${kind}`, metric[kind], "Give whole percent of what the pods request, such as 70");
}

/** A program without types can write anything: a slip of the pen must not become a metric that scales on nothing. */
function unknownMistakes(path: string, metric: MetricDraft): Mistake[] {
  const strange = Object.keys(metric).filter((key) => !metricArguments.some((known) => known === key));
  return strange.map((key) => {
    const near = nearest(key, metricArguments);
    return {
      path: `${path}.${key}`,
      code: "ASM_SIGNAL_UNKNOWN",
      message: `There is no signal and no argument ${JSON.stringify(key)}${near === undefined ? "" : `, did you mean ${near}?`}`,
      remedy: `Use one of ${kinds.join(", ")}`,
    };
  });
}

function kindless(path: string): Mistake {
  return {
    path,
    code: "ASM_METRIC_KIND",
    message: "The metric has no source",
    remedy: `Give it one of ${kinds.join(", ")}`,
  };
}

function twofold(path: string, found: readonly MetricKind[]): Mistake {
  return {
    path,
    code: "ASM_METRIC_KIND",
    message: `The metric has ${found.join(" and ")}`,
    remedy: "Make a metric of each, or drop all but one",
  };
}

function misplaced(path: string, kind: MetricKind, metric: MetricDraft): Mistake[] {
  const taken: readonly MetricArgument[] = [kind, ...takenBy(kind)];
  const surplus = metricArguments.filter((argument) => metric[argument] !== undefined && !taken.includes(argument));
  return surplus.map((argument) => ({
    path: `${path}.${argument}`,
    code: "ASM_ARGUMENT_MISPLACED",
    message: `${argument} does not belong to a metric of ${kind}`,
    remedy: `Leave ${argument} out`,
  }));
}

function takenBy(kind: MetricKind): readonly MetricArgument[] {
  if (isSignal(kind)) return signals[kind].takes;
  return kind === "query" ? [...named, "averageValue", "value"] : [];
}

function queryMetricMistakes(path: string, metric: MetricDraft): Mistake[] {
  const { query, queryName, averageValue, value } = metric;
  return [
    ...(query === later || query === undefined ? [] : queryMistakes(`${path}.query`, query)),
    ...(queryName === undefined ? [nameless(path)] : []),
    ...((averageValue === undefined) === (value === undefined) ? [oneTarget(path)] : []),
    ...quantityMistakes(`${path}.averageValue`, averageValue),
    ...quantityMistakes(`${path}.value`, value),
  ];
}

function nameless(path: string): Mistake {
  return {
    path: `${path}.queryName`,
    code: "ASM_QUERY_NAMELESS",
    message: "The query has no name",
    remedy: "Give it a queryName, such as orders-in-queue",
  };
}

function oneTarget(path: string): Mistake {
  return {
    path,
    code: "ASM_TARGET_COUNT",
    message: "A query needs exactly one of averageValue and value",
    remedy: "Use averageValue for what is shared out over the pods, value for latencies and ratios",
  };
}
