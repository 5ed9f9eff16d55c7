import {
  type BoundQuery,
  boundQueryInSteps,
  counted,
  type MetricSpec,
  type Problem,
  problem,
  type Query,
  queryCost,
} from "@asm-autoscaler/hpa-metrics";

/** The operator's rules for the queries of every namespace. */
export interface TenantRules {
  /** `--enforce-namespace-label`: the label that restricts each query to series of its HPA's own namespace. */
  namespaceLabel?: string;
  /**
   * `--max-query-cost`: time range of series data that one query may read, in ms, as computed by `queryCost`. No limit
   * if unset.
   */
  maxQueryCostMs?: number;
}

/**
 * Applies the operator's rules to one metric. Restricts its query to series of the namespace if the operator requires
 * that. Returns the metric to serve, or the problem if it is not served.
 */
export function* admitted(
  namespace: string,
  spec: MetricSpec,
  rules: TenantRules,
): Generator<undefined, MetricSpec | Problem> {
  const { namespaceLabel, maxQueryCostMs } = rules;
  const costMs = maxQueryCostMs === undefined ? 0 : costOf(spec.query) * 1000;
  if (maxQueryCostMs !== undefined && costMs > maxQueryCostMs) return tooCostly(spec, costMs, maxQueryCostMs);
  if (namespaceLabel === undefined) return spec;
  if (spec.query.isUnparsed)
    return problem(
      "ASM_QUERY_NOT_OWN",
      `the query in "${spec.queryKey}" is in the dialect of its server, so it cannot be restricted to its namespace`,
      { key: spec.queryKey, remedy: "Write the query in PromQL, without the annotation dialect" },
    );
  yield;
  const bound = yield* boundTo(spec.query, namespaceLabel, namespace);
  if (bound.ok) return { ...spec, query: bound.query };
  const { line, column, message, caret } = bound.problem;
  return problem(
    "ASM_QUERY_NOT_OWN",
    `the query in "${spec.queryKey}" selects series outside its namespace at line ${line}, column ${column}: ${message}\n${caret}`,
    {
      key: spec.queryKey,
      remedy: `Remove the matcher on ${namespaceLabel}: the adapter adds ${namespaceLabel}="${namespace}" to every selector`,
    },
  );
}

const costs = new WeakMap<Query, number>();
const bounds = new WeakMap<Query, { matcher: string; bound: BoundQuery }>();

/** `queryCost`, computed once for each query, because many metrics of an HPA may share one query. */
function costOf(query: Query): number {
  const cost = costs.get(query) ?? queryCost(query);
  costs.set(query, cost);
  return cost;
}

/** `boundQuery`, cached for each query with its last matcher, for the same reason. */
function* boundTo(query: Query, label: string, value: string): Generator<undefined, BoundQuery> {
  const matcher = `${label}=${value}`;
  const known = bounds.get(query);
  if (known?.matcher === matcher) return known.bound;
  const bound = yield* boundQueryInSteps(query, label, value);
  bounds.set(query, { matcher, bound });
  return bound;
}

/** The problem of a metric whose HPA is over the namespace quota. */
export function overQuota(spec: MetricSpec, namespace: string, most: number): Problem {
  return problem(
    "ASM_TOO_MANY_METRICS",
    `with the metrics of this HPA, the namespace "${namespace}" would exceed its quota of ${counted(most, "metric")}`,
    {
      key: spec.queryKey,
    },
  );
}

/** The problem of an HPA that would exceed its namespace's share of the adapter's memory. */
export function noMemory(namespace: string): Problem {
  return problem(
    "ASM_NAMESPACE_MEMORY",
    `the namespace "${namespace}" has more text in its queries, labels and problems than the adapter stores`,
  );
}

function tooCostly(spec: MetricSpec, costMs: number, mostMs: number): Problem {
  const cost = Number.isFinite(costMs)
    ? `reads ${Math.ceil(costMs / 1000)} s of series`
    : "has no cost that can be told";
  return problem(
    "ASM_QUERY_COST",
    `the query in "${spec.queryKey}" ${cost} at each evaluation, and the operator allows ${mostMs / 1000} s`,
    { key: spec.queryKey },
  );
}
