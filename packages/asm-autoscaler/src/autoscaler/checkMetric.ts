import { formatMilli, milliFromNumber, parseQuantity } from "hpa-metrics";
import { countMistakes } from "../arguments/count";
import { later, type Now } from "../arguments/later";
import type { Mistake } from "../arguments/mistake";
import { queryMistakes } from "./checkQuery";
import type { MetricDraft } from "./draft";
import { annotatedQuery } from "./plan";

/** Everything that is wrong with one metric, as far as it is known. */
export function metricMistakes(
  path: string,
  metric: MetricDraft,
  namespace: Now<string>,
  workload: Now<string>,
): Mistake[] {
  const { requestsPerSecond, query } = metric;
  if ((requestsPerSecond === undefined) === (query === undefined)) return [eitherOr(path, query !== undefined)];
  return query === undefined
    ? rateMistakes(path, metric, namespace, workload)
    : anyQueryMistakes(path, { ...metric, query });
}

function eitherOr(path: string, both: boolean): Mistake {
  return {
    path,
    code: "ASM_METRIC_KIND",
    message: both ? "The metric has both requestsPerSecond and query" : "The metric has no source",
    remedy: both ? "Make two metrics of it, or drop one" : "Give it requestsPerSecond, or query and queryName",
  };
}

function rateMistakes(path: string, metric: MetricDraft, namespace: Now<string>, workload: Now<string>): Mistake[] {
  const { requestsPerSecond, windowSeconds } = metric;
  const own = [
    ...rateTarget(`${path}.requestsPerSecond`, requestsPerSecond),
    ...countMistakes(`${path}.windowSeconds`, windowSeconds, "Give whole seconds, at least four scrapes, such as 60"),
    ...misplaced(path, "averageValue", metric.averageValue, "requestsPerSecond is itself the target of one pod"),
    ...misplaced(path, "value", metric.value, "requestsPerSecond is itself the target of one pod"),
  ];
  if (own.length > 0 || windowSeconds === later || namespace === later || workload === later) return own;
  return queryMistakes(`${path}.requestsPerSecond`, annotatedQuery(namespace, workload, { windowSeconds }).query);
}

function anyQueryMistakes(path: string, metric: MetricDraft & { readonly query: Now<string> }): Mistake[] {
  const { query, queryName, averageValue, value } = metric;
  return [
    ...(query === later ? [] : queryMistakes(`${path}.query`, query)),
    ...(queryName === undefined ? [nameless(path)] : []),
    ...misplaced(path, "windowSeconds", metric.windowSeconds, "the window of a query stands in the query itself"),
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

function misplaced(path: string, argument: string, value: Now<unknown>, why: string): Mistake[] {
  if (value === undefined) return [];
  return [
    {
      path: `${path}.${argument}`,
      code: "ASM_ARGUMENT_MISPLACED",
      message: `${argument} does not belong to this metric: ${why}`,
      remedy: `Leave ${argument} out`,
    },
  ];
}

function rateTarget(path: string, value: Now<number | undefined>): Mistake[] {
  if (value === later || value === undefined) return [];
  return positive(
    path,
    String(value),
    () => formatMilli(milliFromNumber(value)),
    "Give requests per second, such as 10",
  );
}

function quantityMistakes(path: string, value: Now<string | undefined>): Mistake[] {
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
