import { type BoundQuery, boundQueryInSteps, type Fault, type MetricSpec, type Query, queryCost } from "hpa-metrics";

/** What the operator demands of the queries of every namespace. */
export interface TenantRules {
  /** `--enforce-namespace-label`: the label by which each query reads series of its HPA's own namespace only. */
  namespaceLabel?: string;
  /** `--max-query-cost`, ms of series that one query may read, as `queryCost` counts; no limit without it. */
  maxQueryCostMs?: number;
}

/**
 * The metric as this namespace may have it: its query bound to the namespace's own series where the operator asks for
 * that, or the fault for which it is not served.
 */
export function* admitted(
  namespace: string,
  spec: MetricSpec,
  rules: TenantRules,
): Generator<undefined, MetricSpec | Fault> {
  const { namespaceLabel, maxQueryCostMs } = rules;
  const costMs = maxQueryCostMs === undefined ? 0 : costOf(spec.query) * 1000;
  if (maxQueryCostMs !== undefined && costMs > maxQueryCostMs) return tooCostly(spec, costMs, maxQueryCostMs);
  if (namespaceLabel === undefined) return spec;
  yield;
  const bound = yield* boundTo(spec.query, namespaceLabel, namespace);
  if (bound.ok) return { ...spec, query: bound.query };
  const { line, column, message, caret } = bound.fault;
  return {
    code: "ASM_QUERY_NOT_OWN",
    severity: "error",
    key: spec.queryKey,
    message: `the query in "${spec.queryKey}" asks for series outside its namespace at line ${line}, column ${column}: ${message}\n${caret}`,
    remedy: `Leave out the matcher on ${namespaceLabel}: the adapter adds ${namespaceLabel}="${namespace}" to every selector`,
  };
}

const costs = new WeakMap<Query, number>();
const bounds = new WeakMap<Query, { matcher: string; bound: BoundQuery }>();

/** `queryCost`, worked out once for a query that many metrics of an HPA share. */
function costOf(query: Query): number {
  const cost = costs.get(query) ?? queryCost(query);
  costs.set(query, cost);
  return cost;
}

/** `boundQuery`, worked out once in the same way. */
function* boundTo(query: Query, label: string, value: string): Generator<undefined, BoundQuery> {
  const matcher = `${label}=${value}`;
  const known = bounds.get(query);
  if (known?.matcher === matcher) return known.bound;
  const bound = yield* boundQueryInSteps(query, label, value);
  bounds.set(query, { matcher, bound });
  return bound;
}

/** The fault of the metrics of an HPA for which its namespace has no room. */
export function noRoom(spec: MetricSpec, namespace: string, most: number): Fault {
  return {
    code: "ASM_TOO_MANY_METRICS",
    severity: "error",
    key: spec.queryKey,
    message: `the namespace "${namespace}" has no room for the metrics of this HPA: its HPAs may ask for ${most} in all`,
    remedy: "Remove metrics that are not needed, or ask the operator for a higher --max-metrics-per-namespace",
  };
}

/** The fault of an HPA that would take more of the adapter's memory than is left for its namespace. */
export function noMemory(namespace: string): Fault {
  return {
    code: "ASM_NAMESPACE_MEMORY",
    severity: "error",
    message: `the HPAs of the namespace "${namespace}" have so much text in queries, labels and mistakes that the adapter keeps no more of it`,
    remedy: "Shorten the queries or remove HPAs; this one is read again when it changes",
  };
}

function tooCostly(spec: MetricSpec, costMs: number, mostMs: number): Fault {
  const cost = Number.isFinite(costMs)
    ? `reads ${Math.ceil(costMs / 1000)} s of series`
    : "has no cost that can be told";
  return {
    code: "ASM_QUERY_COST",
    severity: "error",
    key: spec.queryKey,
    message: `the query in "${spec.queryKey}" ${cost} at each evaluation, and the operator allows ${mostMs / 1000} s`,
    remedy: "Shorten its ranges, give its subqueries longer steps, or record the expression by a rule of Prometheus",
  };
}
