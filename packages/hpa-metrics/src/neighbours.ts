/**
 * Adapters of the external metrics API that can run beside this one. A cluster has one APIService for that API, so this
 * adapter forwards their metrics to them.
 */
export type Neighbour = "keda" | "datadog" | "prometheus-adapter" | "kube-metrics-adapter" | "alibaba";

/** What is known of a neighbour when it is installed as its own documentation says. */
export interface NeighbourDefaults {
  /** Its Service, as `namespace/name:port`. */
  readonly service: string;
  /** Where its CA is: a Secret with the key `ca.crt`. Absent when it serves a certificate that no CA in the cluster signed. */
  readonly caSecret?: string;
  /**
   * How a read is recognized as one of its metrics. `selector` is a label whose presence in the selector decides.
   * `discovery` means that the neighbour lists the names of its metrics.
   */
  readonly routing: { readonly selector: string } | "discovery";
  /** Patterns of the names that it always serves, in lower case. Default: none. */
  readonly metrics?: readonly string[];
}

/**
 * The defaults of each neighbour.
 * - KEDA lists no names. The HPAs that it creates select by this label (keda: controllers/keda/hpa.go). Its operator
 *   writes the Secret (pkg/certificates/certificate_manager.go). The names are those of its Helm chart.
 * - Datadog's Cluster Agent and Alibaba Cloud's adapter serve self-signed certificates, and so does prometheus-adapter
 *   unless its chart gets `tls.enable` or `certManager.enabled`.
 * - Alibaba Cloud's adapter lists its built-in metrics and those of its rules. The patterns are those of the built-in ones
 *   (AliyunContainerService/alibaba-cloud-metrics-adapter: pkg/metrics), so that they are known before its list is.
 */
export const NEIGHBOURS: Readonly<Record<Neighbour, NeighbourDefaults>> = {
  keda: {
    service: "keda/keda-operator-metrics-apiserver:443",
    caSecret: "keda/kedaorg-certs",
    routing: { selector: "scaledobject.keda.sh/name" },
  },
  datadog: { service: "datadog/datadog-cluster-agent-metrics-api:8443", routing: "discovery" },
  "prometheus-adapter": { service: "monitoring/prometheus-adapter:443", routing: "discovery" },
  "kube-metrics-adapter": { service: "kube-system/kube-metrics-adapter:443", routing: "discovery" },
  alibaba: {
    service: "kube-system/alibaba-cloud-metrics-adapter:443",
    routing: "discovery",
    metrics: ["sls_*", "slb_l4_*", "slb_l7_*", "k8s_workload_*", "ahas_sentinel_*", "cost_*"],
  },
};

/** A name of a metric, or a pattern of names in which `*` stands for any characters. */
export const METRIC_PATTERN = /^[A-Za-z0-9*_.:@/-]{1,253}$/;
/** Maximum number of patterns of one neighbour, and maximum deadline of one read in seconds. */
export const MOST_METRIC_PATTERNS = 100;
export const MOST_READ_SECONDS = 30;

/** Whether a text names a neighbour with defaults. */
export function isNeighbour(name: string): name is Neighbour {
  return Object.hasOwn(NEIGHBOURS, name);
}
