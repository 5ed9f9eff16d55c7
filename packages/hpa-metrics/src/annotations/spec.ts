import type { DirectPlan } from "../direct/plan";
import type { Query } from "../promql/query";
import type { Dialect } from "./dialect";
import type { Policy } from "./noDataPolicy";

/** One `External` metric of an HPA's spec, as the Kubernetes API writes it (`spec.metrics[].external.metric`). */
export interface ExternalMetric {
  readonly name: string;
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly MatchExpression[];
}

/** The object that an `Object` metric describes: `spec.metrics[].object.describedObject`. */
export interface DescribedObject {
  /** API group and version, such as `networking.k8s.io/v1`. Empty if the HPA sets none. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** One `Object` metric of an HPA's spec, as the Kubernetes API writes it (`spec.metrics[].object`). */
export interface ObjectMetric extends ExternalMetric {
  readonly object: DescribedObject;
  /** Whether the target is an `averageValue`, so that the HPA controller divides the value by the number of pods. */
  readonly isPerPod: boolean;
}

/** One expression of a label selector. */
export interface MatchExpression {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

/** How several samples of one query are combined into one reading. */
export type Aggregate = "sum" | "max" | "min" | "avg";

/**
 * The Prometheus server that evaluates a query: the default server, a server that the operator named, or a URL that the
 * HPA's author wrote.
 */
export type ServerRef =
  | { readonly kind: "default" }
  | { readonly kind: "alias"; readonly alias: string }
  | { readonly kind: "url"; readonly url: string };

/** Reports whether a server has a query dialect of its own. A query for it that is not PromQL is not parsed. */
export type HasOwnDialect = (server: ServerRef) => boolean;

/** The object that an HPA scales: its `spec.scaleTargetRef`. */
export interface ScaleTarget {
  /** API group and version, such as `apps/v1`. Empty if the HPA sets none. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** How a metric is read from the proxies of the scaled workload. */
export interface DirectSpec {
  /**
   * `always`: from `reaction: direct`, together with Prometheus. `fallback`: from `on-error: direct`, only while
   * Prometheus does not respond.
   */
  readonly mode: "always" | "fallback";
  /** The workload whose proxies are read. Two HPAs with equal queries and different targets have two metrics. */
  readonly target: ScaleTarget;
  readonly plan: DirectPlan;
}

/** One metric that the adapter serves for an HPA. */
export interface MetricSpec {
  /** The metric's name in the external metrics API, or for an `Object` metric in the custom metrics API. */
  readonly metricName: string;
  /**
   * The labels that it is served with and that selectors match. Name and labels identify the metric in a namespace,
   * together with the object of an `Object` metric.
   */
  readonly labels: Readonly<Record<string, string>>;
  /** Set for an `Object` metric: the object that it is about. Its labels can be empty. */
  readonly object?: DescribedObject;
  /** From `per-replica` of an `Object` metric: the workload whose replicas the value is divided by. */
  readonly perReplicaOf?: ScaleTarget;
  readonly query: Query;
  /** The annotation key of the query. */
  readonly queryKey: string;
  readonly server: ServerRef;
  /**
   * From `interval`: the maximum age of a reading that this HPA accepts, in seconds. Absent or 0: the adapter's
   * default.
   */
  readonly intervalSeconds?: number;
  readonly aggregate?: Aggregate;
  /**
   * From `on-no-data`: the value when Prometheus responds without a number, that is, with no series, NaN or an
   * infinity.
   */
  readonly onNoData?: Policy;
  /** From `on-error`: the value when Prometheus has not responded for longer than a stale reading is served. */
  readonly onError?: Policy;
  /**
   * From `anticipates.<query-name>`: the name of the query, of the same HPA and metric name, whose load this query
   * anticipates.
   */
  readonly anticipates?: string;
  /**
   * Set if no metric of the HPA asks for the query. Only an anticipated load can be so: the adapter evaluates it and
   * shows it, and serves it to nobody.
   */
  readonly isObserved?: true;
  /** Set if the metric is also read from the proxies. Absent if the query is not one that they can answer. */
  readonly direct?: DirectSpec;
}

/** One query as the library writes it into annotations. */
export interface AnnotatedQuery {
  /** The value of the label `query-name`, and the last part of the annotation key. */
  readonly queryName: string;
  readonly query: string;
  /** How old a reading of this query may be, in seconds. */
  readonly intervalSeconds?: number;
  readonly serverAlias?: string;
  readonly aggregate?: Aggregate;
  /**
   * The value while the query yields no number, as written in the annotation: `hold`, `zero`, `last-for 10m`,
   * `value 5`.
   */
  readonly onNoData?: string;
  /** The value while Prometheus does not respond, in the same form, or `direct`. */
  readonly onError?: string;
  /** `server`: the query is in the dialect of its server and is not parsed. Defaults to `promql`. */
  readonly dialect?: Dialect;
  /** `direct`: the query is also evaluated from the proxies of the scaled workload. Defaults to `prometheus`. */
  readonly reaction?: "direct";
  /** The name of the query whose load this query anticipates. */
  readonly anticipates?: string;
}
