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

/** The ConfigMap with the rules of prometheus-adapter that are given as text. */
export const RULES_CONFIG_MAP = `${ADAPTER}-rules`;

/** The ConfigMap that orders the adapter to take over the API: its existence is the order. The adapter has this name too. */
export const TAKE_OVER = "asm-metrics-adapter-take-over";

/** Ports of the adapter's pods. */
export interface Ports {
  /** The external metrics API and the probes, https. */
  readonly secure: number;
  /** The metrics about the adapter itself, http. */
  readonly metrics: number;
  /** The admission webhook, https. */
  readonly webhook: number;
  /** The status page, http, on the pod's own loopback: who may forward a port to the pod may look. */
  readonly status: number;
}

const PORTS: Ports = { secure: 6443, metrics: 7979, webhook: 8444, status: 8090 };

/**
 * What is added to each port in the node's network, where other programs have the usual ports: 6443 is an API server's.
 * The sums are below the ports of Services of type NodePort, which start at 30000.
 */
export const HOST_NETWORK_PORTS = 20_000;

/** The ports of the adapter's pods, in a network of their own or in the node's. */
export function portsOf({ hostNetwork }: { readonly hostNetwork?: boolean | undefined }): Ports {
  if (!hostNetwork) return PORTS;
  const { secure, metrics, webhook, status } = PORTS;
  return {
    secure: secure + HOST_NETWORK_PORTS,
    metrics: metrics + HOST_NETWORK_PORTS,
    webhook: webhook + HOST_NETWORK_PORTS,
    status: status + HOST_NETWORK_PORTS,
  };
}

/** Port of the Service for the admission webhook, https. */
export const WEBHOOK_PORT = 8444;

/** Number of pods where none is given. */
export const REPLICAS = 2;

/** Labels of everything that the adapter consists of. */
export const labels = { "app.kubernetes.io/name": ADAPTER };

/** Annotation of the adapter's pods that changes with what the adapter reads only when it starts. */
export const START_HASH = "checksum/prometheus";
