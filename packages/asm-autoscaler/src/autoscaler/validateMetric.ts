import {
  type Fault,
  FaultError,
  formatMilli,
  milliFromNumber,
  nearest,
  parsePolicy,
  parseQuantity,
  readMetricSpecs,
  writeAnnotations,
} from "hpa-metrics";
import type { Mistake } from "../validation/inputErrors";
import { choiceMistakes, countMistakes, nameMistakes, objectName, rangeMistakes } from "../validation/inputErrors";
import { later, type Now } from "../validation/inputs";
import type { TrafficMetricArgs } from "./args";
import { TrafficReporter } from "./args";
import type { DraftList, MetricDraft } from "./knownInputs";
import { DEFAULT_SCRAPE_SECONDS, LEAST_SCRAPES, WANTED_SCRAPES } from "./queries";
import {
  defaultQueryName,
  isSignal,
  kinds,
  type MetricArgument,
  type MetricKind,
  metricArguments,
  named,
  type SignalKind,
  signals,
} from "./signals";

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

const quantile = { from: 0.001, to: 0.999_999, decimals: 6 };
const ratio = { from: 0.001, to: 1, decimals: 3 };

/** Everything that is wrong with a signal of the mesh, but for what does not belong to it. */
export function signalMistakes(path: string, kind: SignalKind, metric: MetricDraft, subject: MetricSubject): Mistake[] {
  const target =
    kind === "errorRatio"
      ? rangeMistakes(`${path}.${kind}`, metric.errorRatio, ratio, "Give a share of the requests, such as 0.01")
      : numberTargetMistakes(`${path}.${kind}`, metric[kind], "Give a number above zero, such as 10");
  const own = [
    ...target,
    ...rangeMistakes(`${path}.latencyQuantile`, metric.latencyQuantile, quantile, "Give a quantile, such as 0.95"),
    ...windowMistakes(`${path}.windowSeconds`, metric.windowSeconds, subject.scrapeIntervalSeconds),
    ...choiceMistakes(`${path}.reporter`, metric.reporter, Object.values(TrafficReporter)),
    ...matcherMistakes(`${path}.matchers`, kind, metric.matchers),
    ...serviceMistakes(path, metric),
  ];
  const { namespace, workload } = subject;
  const { matchers } = metric;
  if (own.length > 0 || namespace === later || workload === later || matchers === later) return own;
  return queryMistakes(`${path}.${kind}`, signals[kind].query({ namespace, workload, matchers }, {}));
}

/** Only who sends sees what finds no pod. */
function serviceMistakes(path: string, { service, reporter }: MetricDraft): Mistake[] {
  if (service === undefined) return [];
  if (reporter === undefined || reporter === later) return nameMistakes(`${path}.service`, service, objectName);
  return [
    ...nameMistakes(`${path}.service`, service, objectName),
    {
      path: `${path}.reporter`,
      code: "ASM_ARGUMENT_MISPLACED",
      message: "reporter does not belong beside service, whose requests are counted by those who send them",
      remedy: "Leave reporter out",
    },
  ];
}

function windowMistakes(path: string, window: Now<number | undefined>, scrape: Now<number | undefined>): Mistake[] {
  const wrong = countMistakes(path, window, "Give whole seconds, at least four scrapes, such as 60");
  if (wrong.length > 0 || scrape === later || window === later || window === undefined) return wrong;
  const interval = scrape ?? DEFAULT_SCRAPE_SECONDS;
  if (window >= LEAST_SCRAPES * interval) return [];
  return [
    {
      path,
      code: "ASM_WINDOW_EMPTY",
      message: `A window of ${window} s does not hold two scrapes of ${interval} s, which a rate needs`,
      remedy: `Give at least four scrapes: ${WANTED_SCRAPES * interval}`,
    },
  ];
}

/** Each matcher is tried alone, so that the mistake is at its label. */
function matcherMistakes(path: string, kind: SignalKind, matchers: MetricDraft["matchers"]): Mistake[] {
  if (matchers === later || matchers === undefined) return [];
  return Object.entries(matchers).flatMap(([label, value]): Mistake[] => {
    const wrong = (why: string): Mistake[] => [
      {
        path: `${path}[${JSON.stringify(label)}]`,
        code: "ASM_MATCHER_INVALID",
        message: `The matcher ${label} cannot be used: ${why}`,
        remedy: "Match another label of Istio's metrics, such as job, or write the query out as query",
      },
    ];
    if (typeof value !== "string") return wrong(`its value ${JSON.stringify(value)} is no text`);
    try {
      signals[kind].query({ workload: "w", namespace: "n", matchers: { [label]: value } }, {});
      return [];
    } catch (error) {
      if (error instanceof RangeError) return wrong(error.message);
      throw error;
    }
  });
}

/** What the adapter would find wrong with a query. */
export function queryMistakes(path: string, query: string): Mistake[] {
  return mistakes(path, faults("checked", query));
}

/** A query's name is an annotation key and a label's value: it must be right, unique and no key of the grammar. */
export function sharedNameMistakes(metrics: DraftList<TrafficMetricArgs>, workload: Now<string>): Mistake[] {
  const first = new Map<string, number>();
  if (metrics === later || metrics === undefined) return [];
  return metrics.flatMap((metric, index): Mistake[] => {
    const path = `metrics[${index}].queryName`;
    const name = metric === later || metric === undefined ? undefined : queryNameOf(metric, workload);
    if (name === later || name === undefined) return [];
    const wrong = mistakes(path, faults(name, "1", hasPolicy(metric)));
    if (wrong.length > 0) return wrong;
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, index);
      return [];
    }
    return [
      {
        path,
        code: "ASM_QUERY_NAME_TWICE",
        message: `The query name ${JSON.stringify(name)} is taken by metrics[${earlier}]`,
        remedy: "Give each metric of the autoscaler a queryName of its own",
      },
    ];
  });
}

/** A default name says the same of a workload that is not known yet: two signals of one kind still meet. */
function queryNameOf(metric: MetricDraft, workload: Now<string>): Now<string | undefined> {
  const kind = kinds.filter(isSignal).find((candidate) => metric[candidate] !== undefined);
  if (metric.queryName !== undefined || kind === undefined) return metric.queryName;
  return defaultQueryName(kind, workload === later ? "workload" : workload, hasPolicy(metric));
}

/** A policy's key holds the query's name, which must be shorter then. */
function hasPolicy(metric: Now<MetricDraft | undefined>): boolean {
  return metric !== later && (metric?.whenNoData ?? metric?.whenNoAnswer) !== undefined;
}

/** The query is written and read back by the adapter's own code: nothing passes a preview and fails in the cluster. */
function faults(queryName: string, query: string, withPolicy = false): Fault[] {
  try {
    const { annotations, metrics } = writeAnnotations([
      { queryName, query, ...(withPolicy ? { onNoData: "zero" } : {}) },
    ]);
    return readMetricSpecs(annotations, metrics).faults.filter((fault) => fault.severity === "error");
  } catch (error) {
    if (error instanceof FaultError) return [error.fault];
    throw error;
  }
}

function mistakes(path: string, found: readonly Fault[]): Mistake[] {
  return found.map(({ code, message, remedy }) => ({ path, code, message, remedy }));
}

/** The mistakes (none or one) of a target that is a number. */
export function numberTargetMistakes(path: string, value: Now<number | undefined>, remedy: string): Mistake[] {
  if (value === later || value === undefined) return [];
  return positive(path, String(value), () => formatMilli(milliFromNumber(value)), remedy);
}

/** The mistakes (none or one) of a target that is a Kubernetes quantity. */
export function quantityMistakes(path: string, value: Now<string | undefined>): Mistake[] {
  if (value === later || value === undefined) return [];
  return positive(path, JSON.stringify(value), () => value, "Give a quantity such as 10, 500m or 2k");
}

/** A target of zero or less is refused by the API server; what is under a milli would be printed as zero. */
function positive(path: string, shown: string, quantity: () => string, remedy: string): Mistake[] {
  const wrong = (message: string): Mistake[] => [{ path, code: "ASM_TARGET_INVALID", message, remedy }];
  try {
    return parseQuantity(quantity()).milli > 0n ? [] : wrong(`The target ${shown} is not above zero`);
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
    return wrong(`The target ${shown} is no quantity: ${why}`);
  }
}
