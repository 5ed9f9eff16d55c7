import {
  anticipateQuery,
  DEFAULT_SCRAPE_SECONDS,
  LEAST_SCRAPES,
  WANTED_SCRAPES,
  type WorkloadTraffic,
} from "@asm-autoscaler/hpa-metrics";
import type { InputError } from "../validation/inputErrors";
import { countErrors, entryPath, nameErrors, objectName, rangeErrors } from "../validation/inputErrors";
import { type Known, UNKNOWN } from "../validation/inputs";
import { anticipateErrors, anticipateOf } from "./anticipation";
import { Reaction } from "./args";
import type { KnownMetric } from "./knownInputs";
import { fallsBackToProxies, policiesErrors } from "./policy";
import { REPORTERS } from "./queries";
import {
  isSignal,
  kinds,
  type MetricArgument,
  type MetricKind,
  metricArguments,
  named,
  type SignalKind,
  signals,
} from "./signals";
import { numberTargetErrors, quantityErrors } from "./targetErrors";
import { directErrors, queryErrors } from "./validateQuery";

/** The autoscaler's arguments that the check of a metric needs, as far as they are known. */
export interface MetricSubject {
  readonly namespace: Known<string>;
  readonly workload: Known<string>;
  readonly scrapeIntervalSeconds: Known<number | undefined>;
  readonly reaction: Known<string | undefined>;
}

/** All errors of one metric, as far as it is known. */
export function metricErrors(path: string, metric: KnownMetric, subject: MetricSubject): InputError[] {
  const [kind, ...more] = kinds.filter((candidate) => metric[candidate] !== undefined);
  if (kind === undefined) return [kindless(path)];
  if (more.length > 0) return [twofold(path, [kind, ...more])];
  return [...ownErrors(path, kind, metric, subject), ...misplaced(path, kind, metric), ...policiesErrors(path, metric)];
}

function ownErrors(path: string, kind: MetricKind, metric: KnownMetric, subject: MetricSubject): InputError[] {
  const isDirect = subject.reaction === Reaction.Direct || fallsBackToProxies(metric);
  if (isSignal(kind)) return signalErrors(path, kind, metric, { ...subject, isDirect });
  if (kind === "query") return queryMetricErrors(path, metric, isDirect);
  return countErrors(`${path}.${kind}`, metric[kind], "Set a whole percentage of what the pods request, such as 70");
}

function kindless(path: string): InputError {
  return {
    path,
    code: "ASM_METRIC_KIND",
    message: "The metric has no signal, resource or query",
    remedy: `Set one of ${kinds.join(", ")}`,
  };
}

function twofold(path: string, found: readonly MetricKind[]): InputError {
  return {
    path,
    code: "ASM_METRIC_KIND",
    message: `The metric sets ${found.join(" and ")}, and a metric can have only one of them`,
    remedy: "Create one metric for each, or remove all but one",
  };
}

function misplaced(path: string, kind: MetricKind, metric: KnownMetric): InputError[] {
  const taken: readonly MetricArgument[] = [kind, ...takenBy(kind)];
  const surplus = metricArguments.filter((argument) => metric[argument] !== undefined && !taken.includes(argument));
  return surplus.map((argument) => ({
    path: `${path}.${argument}`,
    code: "ASM_ARGUMENT_MISPLACED",
    message: `${argument} does not apply to a metric of ${kind}`,
    remedy: `Remove ${argument}`,
  }));
}

function takenBy(kind: MetricKind): readonly MetricArgument[] {
  if (isSignal(kind)) return signals[kind].takes;
  return kind === "query" ? [...named, "dialect", "averageValue", "value"] : [];
}

function queryMetricErrors(path: string, metric: KnownMetric, isDirect: boolean): InputError[] {
  const { query, dialect, queryName, averageValue, value } = metric;
  const isKnown = query !== UNKNOWN && query !== undefined && dialect !== UNKNOWN;
  return [
    ...(isKnown ? queryErrors(`${path}.query`, query, dialect) : []),
    ...(isKnown && isDirect ? directErrors(`${path}.query`, query, dialect) : []),
    ...(queryName === undefined ? [nameless(path)] : []),
    ...((averageValue === undefined) === (value === undefined) ? [oneTarget(path)] : []),
    ...quantityErrors(`${path}.averageValue`, averageValue),
    ...quantityErrors(`${path}.value`, value),
  ];
}

function nameless(path: string): InputError {
  return {
    path: `${path}.queryName`,
    code: "ASM_QUERY_NAMELESS",
    message: "The query has no name",
  };
}

function oneTarget(path: string): InputError {
  return {
    path,
    code: "ASM_TARGET_COUNT",
    message: "A query needs exactly one of averageValue and value",
  };
}

const quantile = { from: 0.001, to: 0.999_999, decimals: 6 };
const ratio = { from: 0.001, to: 1, decimals: 3 };

/** All errors of a signal of the mesh, except for arguments that do not apply to it. */
function signalErrors(
  path: string,
  kind: SignalKind,
  metric: KnownMetric,
  subject: MetricSubject & { readonly isDirect: boolean },
): InputError[] {
  const target =
    kind === "errorRatio"
      ? rangeErrors(`${path}.${kind}`, metric.errorRatio, ratio, "Set a share of the requests, such as 0.01")
      : numberTargetErrors(`${path}.${kind}`, metric[kind], "Set a number above zero, such as 10");
  const own = [
    ...target,
    ...rangeErrors(`${path}.latencyQuantile`, metric.latencyQuantile, quantile, "Set a quantile, such as 0.95"),
    ...windowErrors(`${path}.windowSeconds`, metric.windowSeconds, subject.scrapeIntervalSeconds),
    ...matcherErrors(`${path}.matchers`, kind, metric.matchers),
    ...serviceErrors(path, metric),
    ...anticipateErrors(`${path}.anticipate`, metric.anticipate),
  ];
  const { namespace, workload } = subject;
  const { matchers, anticipate } = metric;
  if (own.length > 0 || namespace === UNKNOWN || workload === UNKNOWN || matchers === UNKNOWN) return own;
  const query = signals[kind].query({ namespace, workload, matchers }, {});
  const isAhead = anticipate !== UNKNOWN && anticipate !== undefined;
  const wrong = [
    ...queryErrors(`${path}.${kind}`, query),
    ...(isAhead ? queryErrors(`${path}.anticipate`, anticipateQuery(query, anticipateOf(anticipate))) : []),
  ];
  if (wrong.length > 0 || !subject.isDirect) return wrong;
  return directSignalErrors(path, kind, metric, { namespace, workload, matchers });
}

/** The error (none or one) of a signal that the proxies cannot answer with these matchers. */
function directSignalErrors(
  path: string,
  kind: SignalKind,
  metric: KnownMetric,
  traffic: WorkloadTraffic,
): InputError[] {
  const { reporter, service } = metric;
  if (reporter === UNKNOWN || service === UNKNOWN) return [];
  const query = signals[kind].query(
    { ...traffic, reporter: reporter && REPORTERS[reporter] },
    service === undefined ? {} : { service },
  );
  return directErrors(traffic.matchers === undefined ? `${path}.${kind}` : `${path}.matchers`, query);
}

/** Errors of service. Only the senders count requests that find no pod. */
function serviceErrors(path: string, { service, reporter }: KnownMetric): InputError[] {
  if (service === undefined) return [];
  if (reporter === undefined || reporter === UNKNOWN) return nameErrors(`${path}.service`, service, objectName);
  return [
    ...nameErrors(`${path}.service`, service, objectName),
    {
      path: `${path}.reporter`,
      code: "ASM_ARGUMENT_MISPLACED",
      message:
        "reporter does not apply together with service, whose requests are counted by the proxies that send them",
      remedy: "Remove reporter",
    },
  ];
}

function windowErrors(
  path: string,
  window: Known<number | undefined>,
  scrape: Known<number | undefined>,
): InputError[] {
  const wrong = countErrors(path, window, "Set whole seconds, at least four scrapes, such as 60");
  if (wrong.length > 0 || scrape === UNKNOWN || window === UNKNOWN || window === undefined) return wrong;
  const interval = scrape ?? DEFAULT_SCRAPE_SECONDS;
  if (window >= LEAST_SCRAPES * interval) return [];
  return [
    {
      path,
      code: "ASM_WINDOW_EMPTY",
      message: `A window of ${window} s does not hold two scrapes at an interval of ${interval} s, which a rate needs`,
      remedy: `Set at least four scrapes, ${WANTED_SCRAPES * interval} seconds`,
    },
  ];
}

/** Errors of matchers. Each matcher is tried alone, so that the error is at its label. */
function matcherErrors(path: string, kind: SignalKind, matchers: KnownMetric["matchers"]): InputError[] {
  if (matchers === UNKNOWN || matchers === undefined) return [];
  return Object.entries(matchers).flatMap(([label, value]): InputError[] => {
    const wrong = (why: string): InputError[] => [
      {
        path: entryPath(path, label),
        code: "ASM_MATCHER_INVALID",
        message: `The matcher ${label} is not valid: ${why}`,
      },
    ];
    if (typeof value !== "string") return [];
    try {
      signals[kind].query({ workload: "w", namespace: "n", matchers: { [label]: value } }, {});
      return [];
    } catch (error) {
      if (error instanceof RangeError) return wrong(error.message);
      throw error;
    }
  });
}
