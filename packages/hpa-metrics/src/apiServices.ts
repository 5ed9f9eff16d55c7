/**
 * Names of the APIServices of the metrics APIs, as `VERSION.GROUP`. A cluster has each of them at most once.
 * Source: https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#support-for-metrics-apis
 */
export const EXTERNAL_API_SERVICE = "v1beta1.external.metrics.k8s.io";

/** Both versions of the custom metrics API. The HPA controller reads the one that the cluster prefers. */
export const CUSTOM_API_SERVICES = ["v1beta1.custom.metrics.k8s.io", "v1beta2.custom.metrics.k8s.io"] as const;
