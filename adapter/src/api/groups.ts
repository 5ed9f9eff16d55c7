/** An API group that the adapter can serve. */
export interface ApiGroup {
  readonly name: string;
  /** The preferred version is the first, as the API server sorts versions: the newest first. */
  readonly versions: readonly [string, ...string[]];
  /** The one resource of the group in aggregated discovery and in OpenAPI, and the kind of its answers. */
  readonly resource: string;
  readonly kind: string;
}

/** The resource that lists all external readings of a namespace. */
export const LISTING = "externalmetrics";

/** The external metrics API. Source: https://github.com/kubernetes/metrics/tree/master/pkg/apis/external_metrics */
export const EXTERNAL: ApiGroup = {
  name: "external.metrics.k8s.io",
  versions: ["v1beta1"],
  resource: LISTING,
  kind: "ExternalMetricValueList",
};
export const EXTERNAL_GROUP_VERSION = `${EXTERNAL.name}/${EXTERNAL.versions[0]}`;

/**
 * The custom metrics API. The HPA controller reads the version that the cluster prefers, and knows both.
 * Its resource `metrics` is the one whose path does not depend on the objects of the cluster: a metric of a namespace.
 * Source: https://github.com/kubernetes/metrics/tree/master/pkg/apis/custom_metrics
 */
export const CUSTOM: ApiGroup = {
  name: "custom.metrics.k8s.io",
  versions: ["v1beta2", "v1beta1"],
  resource: "metrics",
  kind: "MetricValueList",
};

/** The path of an external metric in the API. */
export function metricPath(namespace: string, metric: string): string {
  return `/apis/${EXTERNAL_GROUP_VERSION}/namespaces/${encodeURIComponent(namespace)}/${encodeURIComponent(metric)}`;
}
