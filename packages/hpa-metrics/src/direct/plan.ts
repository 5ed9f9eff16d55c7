import type { Reporter } from "../istio/workload";
import { type Query, treeOf } from "../promql/query";
import { only } from "../promql/tree";
import { expressionOf, type Selected, type VectorExpression } from "./expression";
import { OverBudget } from "./labelPattern";
import { NotDirect } from "./notDirect";
import type { ProxySelector } from "./selector";
import type { Vector } from "./vector";

/** One series of one proxy, as a query sees it. */
export interface ProxySeries {
  /**
   * Envoy's labels, and for buckets `le`. Without `__name__`. If the plan needs it, also `instance`: `ADDRESS:PORT` of
   * the proxy.
   */
  readonly labels: Readonly<Record<string, string>>;
  /** The last value of the counter or gauge. */
  readonly value: number;
  /** Increase per second over the window. Resets are handled, and missing proxies are made up for. */
  readonly perSecond: number;
}

/** How a query is evaluated from the counters of proxies. */
export interface DirectPlan {
  /** Sample names as in the query, such as `istio_requests_total` and `istio_request_duration_milliseconds_bucket`. */
  readonly metrics: readonly string[];
  /**
   * The reporter. All selectors of the query require the same one. It says which proxies are read: those of the scaled
   * workload (`destination`), those of its callers and of gateways (`source`), or waypoints (`waypoint`).
   */
  readonly reporter: Reporter;
  /**
   * The host of the Service that all selectors require, such as `web.shop.svc.cluster.local`. Absent if there is none.
   */
  readonly destinationService?: string;
  /** The namespace of the workload that all selectors require. Absent if there is none. */
  readonly destinationNamespace?: string;
  /** Whether Envoy updates a metric of the query only every 5 seconds: histograms, messages and TCP counters. */
  readonly isHistogram: boolean;
  /** Whether the query is a sum of rates of `istio_requests_total`, multiplied or divided by constants. */
  readonly isRequestRate: boolean;
  /**
   * Whether a selector is read without `rate()`, as in the difference of opened and closed connections. Then the value
   * is a sum of last values, and a proxy that is missing cannot be made up for in `perSecond`.
   */
  readonly hasValues: boolean;
  /** Whether the query needs the label `instance`: it groups by it, or combines series that are not aggregated. */
  readonly usesInstance: boolean;
  /** Time that an evaluation takes for each series of the metrics at most, in microseconds of a slow core. */
  readonly microsecondsPerSeries: number;
  /**
   * The query's value, which may be NaN, infinite or negative like that of Prometheus. Undefined if there is no data,
   * as the query itself would give none. `over-budget` if its regular expressions take too many steps.
   *
   * @param series The series of a metric of the plan, of all proxies.
   */
  evaluate(series: (metric: string) => readonly ProxySeries[]): number | undefined | "over-budget";
}

/** A plan, or the reason why a query is not evaluated from proxies: a sentence without a full stop. */
export type DirectPlanResult =
  | { readonly ok: true; readonly plan: DirectPlan }
  | { readonly ok: false; readonly reason: string };

/**
 * Steps of regular expressions in one evaluation: about 5 ms. Results are cached, so the next evaluation needs fewer.
 */
const MOST_STEPS = 50_000;

/**
 * Plans the evaluation of a query from proxies. It must be in the part of PromQL that keeps its meaning there:
 *
 * - selectors of Istio's standard metrics that all require the same `reporter`, and one `destination_workload` and its
 *   namespace, because only proxies near one workload are read. With `source` and `waypoint`, a `destination_service`
 *   will do instead. Their other matchers are on labels that Envoy writes, with regular expressions as in
 *   `labelPattern`;
 * - `rate()` of a selector. Its range is replaced by the window of the source;
 * - `sum`, `avg`, `count`, `max` and `min`, with `by` and `without`; `histogram_quantile`; `+`, `-`, `*`, `/`,
 *   comparisons, `and` and `or` without modifiers; numbers and parentheses.
 *
 * It must give at most one sample. With `source`, it must be a sum of request rates: that of some callers is then never
 * more than that of all of them, while a ratio or a quantile of some says nothing about all.
 */
export function directPlanOf(query: Query): DirectPlanResult {
  if (query.isUnparsed) return { ok: false, reason: "it is in the dialect of its server" };
  try {
    return { ok: true, plan: planOf(query) };
  } catch (error) {
    if (error instanceof NotDirect) return { ok: false, reason: error.message };
    throw error;
  }
}

/** @throws NotDirect */
function planOf(query: Query): DirectPlan {
  const selected: Selected = { selectors: [], hasValues: false, usesInstance: false, microseconds: 0 };
  const expression = expressionOf(only(treeOf(query).topNode), query.text, selected);
  const [first] = selected.selectors;
  if (expression.is === "scalar" || !first) throw new NotDirect("it selects no metric");
  const other = selected.selectors.find(({ reporter }) => reporter !== first.reporter);
  if (other) throw new NotDirect(`its selectors have different reporters (${first.reporter}, ${other.reporter})`);
  if (expression.labels?.size !== 0)
    throw new NotDirect("it can give more than one series: aggregate it, for example with sum()");
  if (first.reporter === "source" && !expression.isRequestRate)
    throw new NotDirect("only sums of request rates are read from callers, because not every caller may be read");
  const hosts = new Set(selected.selectors.map(({ destinationService }) => destinationService));
  const namespaces = new Set(selected.selectors.map(({ destinationNamespace }) => destinationNamespace));
  const [[host], [namespace]] = [hosts, namespaces];
  const metrics = [...new Set(selected.selectors.map(({ metric }) => metric))];
  return {
    metrics,
    reporter: first.reporter,
    ...(hosts.size === 1 && host ? { destinationService: host } : {}),
    ...(namespaces.size === 1 && namespace ? { destinationNamespace: namespace } : {}),
    isHistogram: metrics.some((metric) => metric !== "istio_requests_total"),
    isRequestRate: expression.isRequestRate,
    hasValues: selected.hasValues,
    usesInstance: selected.usesInstance,
    microsecondsPerSeries: [
      ...new Map(selected.selectors.map(({ text, microseconds }) => [text, microseconds])).values(),
    ].reduce((sum, one) => sum + one, selected.microseconds),
    evaluate: (series) => evaluate(expression, series),
  };
}

function evaluate(
  expression: VectorExpression,
  seriesOf: Parameters<DirectPlan["evaluate"]>[0],
): ReturnType<DirectPlan["evaluate"]> {
  const budget = { steps: MOST_STEPS };
  const selections = new Map<string, { readonly values: Vector; readonly rates: Vector }>();
  const select = (selector: ProxySelector) => {
    const known = selections.get(selector.text);
    if (known) return known;
    const values = seriesOf(selector.metric).filter(({ labels }) => selector.matches(labels, budget));
    const found = { values, rates: values.map(({ labels, perSecond }) => ({ labels, value: perSecond })) };
    selections.set(selector.text, found);
    return found;
  };
  try {
    const vector = expression.evaluate({
      read: (selector, isRate) => select(selector)[isRate ? "rates" : "values"],
    });
    return vector[0]?.value;
  } catch (error) {
    if (error instanceof OverBudget) return "over-budget";
    throw error;
  }
}
