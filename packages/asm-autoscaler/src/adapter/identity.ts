/** Name of the adapter's objects in the cluster, and its label `app.kubernetes.io/name`. */
export const ADAPTER = "asm-metrics-adapter";

/** The ServiceAccount as which other adapters see this one. The adapter has this name too, in delegateToken.ts. */
export const DELEGATES_ACCOUNT = "asm-metrics-adapter-delegates";

/** Namespace of the adapter where none is given. */
export const ADAPTER_NAMESPACE = "kube-system";

/** The Secret that the adapter keeps its certificate authority and its serving pair in. */
export const SERVING_SECRET = "asm-metrics-adapter-tls";

/** The Secret with the addresses and credentials of the Prometheus servers. */
export const PROMETHEUS_SECRET = "asm-metrics-adapter-prometheus";

/** The one APIService of the external metrics API; a cluster has it once. */
export const API_SERVICE = "v1beta1.external.metrics.k8s.io";

/** The ConfigMap that orders the adapter to take over the API: its existence is the order. The adapter has this name too. */
export const TAKE_OVER = "asm-metrics-adapter-take-over";

/** Port of the external metrics API and of the probes, https. */
export const SECURE_PORT = 6443;

/** Port of the metrics about the adapter itself, http. */
export const METRICS_PORT = 7979;

/** Port of the admission webhook, https: of the Service and of the pods. */
export const WEBHOOK_PORT = 8444;

/** Port of the status page, http, on the pod's own loopback: who may forward a port to the pod may look. */
export const STATUS_PORT = 8090;

/** Number of pods where none is given. */
export const REPLICAS = 2;

/** Labels of everything that the adapter consists of. */
export const labels = { "app.kubernetes.io/name": ADAPTER };
