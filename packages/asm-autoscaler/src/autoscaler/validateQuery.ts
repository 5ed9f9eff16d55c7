import {
  type AnnotatedQuery,
  directPlanOf,
  type Problem,
  ProblemError,
  parseQuery,
  readMetricSpecs,
  unparsedQuery,
  writeAnnotations,
} from "@asm-autoscaler/hpa-metrics";
import type { InputError } from "../validation/inputErrors";
import { type Known, UNKNOWN } from "../validation/inputs";
import type { KnownList, KnownMetric } from "./knownInputs";
import type { TrafficMetricArgs, TrafficQueryDialect } from "./metricArgs";
import { hasPolicy } from "./policy";
import { defaultQueryName, isSignal, kinds } from "./signals";

/** The errors that the adapter would report for a query. */
export function queryErrors(path: string, query: string, dialect?: TrafficQueryDialect): InputError[] {
  return inputErrors(path, problems("checked", query, dialect === "Server" ? { dialect: "server" } : {}));
}

/** The error (none or one) of a valid query that is to be read from proxies, and that they cannot answer. */
export function directErrors(path: string, query: string, dialect?: TrafficQueryDialect): InputError[] {
  const parsed = dialect === "Server" ? unparsedQuery(query) : parseQuery(query);
  const result = parsed.ok ? directPlanOf(parsed.query) : undefined;
  if (!result || result.ok) return [];
  return [
    {
      path,
      code: "ASM_DIRECT_QUERY",
      message: `Proxies cannot answer the query: ${result.reason}`,
      remedy: "Change the query or its matchers, or do not choose Direct for this metric",
    },
  ];
}

/**
 * Errors of query names. A query name is part of an annotation key and a label value: valid, unique and not reserved.
 */
export function sharedNameErrors(
  metrics: KnownList<TrafficMetricArgs>,
  workload: Known<string>,
  isDirect: boolean,
): InputError[] {
  const first = new Map<string, number>();
  if (metrics === UNKNOWN || metrics === undefined) return [];
  return metrics.flatMap((metric, index): InputError[] => {
    const path = `metrics[${index}].queryName`;
    const name = metric === UNKNOWN || metric === undefined ? undefined : queryNameOf(metric, workload, isDirect);
    if (name === UNKNOWN || name === undefined) return [];
    const wrong = inputErrors(path, problems(name, "1", annotatedWith(metric, isDirect)));
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
        message: `The query name ${JSON.stringify(name)} is already used by metrics[${earlier}]`,
        remedy: "Set a different queryName for each metric of the autoscaler",
      },
    ];
  });
}

/** Name of a metric's query. With an unknown workload it is still the same for two signals of one kind. */
function queryNameOf(metric: KnownMetric, workload: Known<string>, isDirect: boolean): Known<string | undefined> {
  const kind = kinds.filter(isSignal).find((candidate) => metric[candidate] !== undefined);
  if (metric.queryName !== undefined || kind === undefined) return metric.queryName;
  return defaultQueryName(kind, workload === UNKNOWN ? "workload" : workload, hasPolicy(metric) || isDirect);
}

/** Settings whose annotation keys are as long as those of the metric. */
function annotatedWith(metric: Known<KnownMetric | undefined>, isDirect: boolean): Settings {
  if (metric === UNKNOWN || metric === undefined) return {};
  return {
    ...(hasPolicy(metric) ? { onNoData: "zero" } : {}),
    ...(metric.dialect === undefined ? {} : { dialect: "server" }),
    ...(isDirect ? { reaction: "direct" } : {}),
  };
}

type Settings = Pick<AnnotatedQuery, "onNoData" | "dialect" | "reaction">;

/**
 * Writes the query and reads it with the adapter's own code, so that a preview reports what the adapter would reject.
 */
function problems(queryName: string, query: string, settings: Settings): Problem[] {
  try {
    const { annotations, metrics } = writeAnnotations([{ queryName, query, ...settings }]);
    return readMetricSpecs(annotations, metrics).problems.filter((problem) => problem.severity === "error");
  } catch (error) {
    if (error instanceof ProblemError) return [error.problem];
    throw error;
  }
}

function inputErrors(path: string, found: readonly Problem[]): InputError[] {
  return found.map(({ code, message, remedy }) => ({ path, code, message, remedy }));
}
