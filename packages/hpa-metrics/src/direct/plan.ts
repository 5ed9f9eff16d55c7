import type { Reporter } from "../istio/workload";
import type { Query } from "../promql/query";

/** One series of one proxy, as a query sees it. */
export interface ProxySeries {
  /** Envoy's labels, `instance` (`ADDRESS:PORT` of the proxy), and for buckets `le`. Without `__name__`. */
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
  /** The reporter. All selectors of the query require the same one. */
  readonly reporter: Reporter;
  /** Whether Envoy updates a metric of the query only every 5 seconds: histograms, messages and TCP counters. */
  readonly isHistogram: boolean;
  /** Whether the query is a sum of rates of `istio_requests_total`, multiplied or divided by constants. */
  readonly isRequestRate: boolean;
  /**
   * The query's value. Undefined if there is no data, as the query itself would give none.
   *
   * @param series The series of a metric of the plan, of all proxies.
   */
  evaluate(series: (metric: string) => readonly ProxySeries[]): number | undefined;
}

/** A plan, or the reason why a query is not evaluated from proxies: a sentence without a full stop. */
export type DirectPlanResult =
  | { readonly ok: true; readonly plan: DirectPlan }
  | { readonly ok: false; readonly reason: string };

/** Plans the evaluation of a query from proxies. */
export function directPlanOf(_query: Query): DirectPlanResult {
  return { ok: false, reason: "no query is evaluated from proxies yet" };
}
