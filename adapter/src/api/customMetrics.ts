import type { Selector } from "../kubernetes/labelSelector.ts";

/** A read of the custom metrics API. */
export interface CustomRead {
  /** Empty for an object without a namespace. */
  readonly namespace: string;
  /** API group of the object's resource. Empty for the core group. */
  readonly group: string;
  /**
   * Plural name as the path has it, such as `pods`. The permission is for this spelling, so a read accepts no other, such
   * as `pod`. It is `namespaces` for a metric of a namespace.
   */
  readonly resource: string;
  /** Name of the object, or `*` for all objects that the selector matches. Any text: it is not checked. */
  readonly name: string;
  readonly metric: string;
  /** Parameter `labelSelector`: which objects. Empty unless the name is `*`. */
  readonly objects: Selector;
  /** Parameter `metricLabelSelector`: which series. Without the operators `gt` and `lt`. */
  readonly series: Selector;
}

/** The value of one object. */
export interface ObjectValue {
  readonly kind: string;
  /** Group and version of the kind, such as `apps/v1`, or `v1` for the core group. */
  readonly apiVersion: string;
  /** Empty for an object without a namespace. */
  readonly namespace: string;
  readonly name: string;
  /** A Kubernetes quantity. */
  readonly value: string;
  /** Evaluation time in Unix ms. */
  readonly evaluatedAt: number;
}

/**
 * The result of a read. `status` is the HTTP status: 404 if nothing serves the metric or the object, 503 if there is no
 * value now. `message` names the rule or HPA, the cause and the remedy.
 */
export type CustomResult =
  | { readonly ok: true; readonly values: readonly ObjectValue[] }
  | { readonly ok: false; readonly status: 400 | 404 | 500 | 503; readonly message: string };

/** A metric of the custom metrics API for its list: `pods/http_requests`, or `ingresses.networking.k8s.io/hits`. */
export interface CustomMetricName {
  readonly name: string;
  readonly isNamespaced: boolean;
}

/** The functions behind the custom metrics API. */
export interface CustomMetrics {
  /**
   * All metrics, possibly with duplicates. Their order is that of the list. Returns synchronously, and the same array until the metrics
   * change: the document that lists them is made once for each array.
   */
  metricNames(): readonly CustomMetricName[];
  read(read: CustomRead): Promise<CustomResult>;
}
