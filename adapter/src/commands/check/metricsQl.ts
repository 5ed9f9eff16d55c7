/** What only VictoriaMetrics has in its query language. Source: https://docs.victoriametrics.com/metricsql/ */
const KEYWORDS = /\bWITH\s*\(|\b(?:default|if|ifnot|keep_metric_names)\b|\blimit\s+\d+/i;
const FUNCTIONS =
  /\b(?:\w+_over_time|rollup\w*|running_\w+|range_\w+|label_\w+|union|median|any|outliers\w*|topk_\w+|bottomk_\w+|increase_p\w+|rate_\w+|remove_resets|interpolate|keep_\w+|drop_\w+|alias|share|zscore\w*|sum2|geomean|mode|quantiles|histogram|prometheus_buckets|buckets_limit|smooth_exponential|ru|ttf|step|now|start|end)\s*\(/;
const VICTORIA = /victoria|\bvm(?:select|single|auth|proxy)?\b|\/select\/\d+|:8428\b|:8481\b/i;

/**
 * What the other adapter does with a query that this adapter rejects. It sends the query unread, and servers such as
 * VictoriaMetrics accept more than PromQL.
 * @param server URL or alias of the server; empty for the adapter's own.
 */
export function rejectedQuery(query: string, server = ""): string {
  if (VICTORIA.test(server)) return `sends it to VictoriaMetrics (${server}), which may accept it as MetricsQL`;
  if (KEYWORDS.test(query) || FUNCTIONS.test(query)) {
    return "sends it unread: VictoriaMetrics accepts it as MetricsQL; on Prometheus it fails each time, seen in the log only";
  }
  return "sends it unread: it works if the server accepts more than PromQL, as VictoriaMetrics does (MetricsQL), and otherwise fails each time, seen in the log only";
}
