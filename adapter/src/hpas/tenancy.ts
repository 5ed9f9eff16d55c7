import { boundQuery, type Fault, type MetricSpec, queryCost } from "hpa-metrics";

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
export function admitted(namespace: string, spec: MetricSpec, rules: TenantRules): MetricSpec | Fault {
  const { namespaceLabel, maxQueryCostMs } = rules;
  const costMs = maxQueryCostMs === undefined ? 0 : queryCost(spec.query) * 1000;
  if (maxQueryCostMs !== undefined && costMs > maxQueryCostMs) return tooCostly(spec, costMs, maxQueryCostMs);
  if (namespaceLabel === undefined) return spec;
  const bound = boundQuery(spec.query, namespaceLabel, namespace);
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
