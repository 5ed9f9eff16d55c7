/** Name of the adapter's objects in the cluster, and its label `app.kubernetes.io/name`. */
export const ADAPTER = "asm-metrics-adapter";

/** The Secret that the adapter keeps its certificate authority and its serving pair in. */
export const SERVING_SECRET = "asm-metrics-adapter-tls";

/** The one APIService of the external metrics API; a cluster has it once. */
export const API_SERVICE = "v1beta1.external.metrics.k8s.io";

/** Labels of everything that the adapter consists of. */
export const labels = { "app.kubernetes.io/name": ADAPTER };
