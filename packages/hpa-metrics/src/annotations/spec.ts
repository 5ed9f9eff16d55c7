import type { Query } from "../promql/query";
import type { Policy } from "./policy";

/** One `External` metric of an HPA's spec, as the Kubernetes API writes it (`spec.metrics[].external.metric`). */
export interface ExternalMetric {
  readonly name: string;
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly MatchExpression[];
}

/** One expression of a label selector. */
export interface MatchExpression {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

/** How several samples of one query become one reading. */
export type Aggregate = "sum" | "max" | "min" | "avg";

/** The Prometheus server a query goes to: the default one, one the operator named, or a URL the HPA's author wrote. */
export type ServerRef =
  | { readonly kind: "default" }
  | { readonly kind: "alias"; readonly alias: string }
  | { readonly kind: "url"; readonly url: string };

/** One metric that the adapter serves for an HPA. */
export interface MetricSpec {
  /** The metric's name in the external metrics API. */
  readonly metricName: string;
  /** The labels it is served with and that selectors match. Name and labels are its identity inside a namespace. */
  readonly labels: Readonly<Record<string, string>>;
  readonly query: Query;
  /** The annotation key of the query. */
  readonly queryKey: string;
  readonly server: ServerRef;
  /** From `interval`: the greatest age of a reading that this HPA accepts, in seconds. Absent or 0: the adapter's default. */
  readonly intervalSeconds?: number;
  readonly aggregate?: Aggregate;
  /** From `on-no-data`: what counts when Prometheus answers and there is no number in it: no series, NaN or an infinity. */
  readonly onNoData?: Policy;
  /** From `on-error`: what counts when Prometheus has given no answer for the time that a reading is held. */
  readonly onError?: Policy;
}

/** One query as the library writes it into annotations. */
export interface AnnotatedQuery {
  /** Value of the label `query-name` and last part of the annotation key. */
  readonly queryName: string;
  readonly query: string;
  readonly intervalSeconds?: number;
  readonly serverAlias?: string;
  readonly aggregate?: Aggregate;
  /** What counts while the query has no number, as in the annotation: `hold`, `zero`, `last-for 10m`, `value 5`. */
  readonly onNoData?: string;
  /** What counts while Prometheus gives no answer, in the same words. */
  readonly onError?: string;
}
