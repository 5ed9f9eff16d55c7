import { NEIGHBOURS } from "@asm-autoscaler/hpa-metrics";

/** An adapter that can run beside this one and whose usual Service and CA are known. */
export const NeighbourAdapter = {
  /** KEDA's metrics server. */
  Keda: "Keda",
  /** Datadog's Cluster Agent. */
  Datadog: "Datadog",
  /** The prometheus-adapter of Kubernetes SIGs. */
  PrometheusAdapter: "PrometheusAdapter",
  /** Zalando's kube-metrics-adapter. */
  KubeMetricsAdapter: "KubeMetricsAdapter",
  /** Alibaba Cloud's ack-alibaba-cloud-metrics-adapter. */
  Alibaba: "Alibaba",
} as const;

/** An adapter that can run beside this one and whose usual Service and CA are known. */
export type NeighbourAdapter = (typeof NeighbourAdapter)[keyof typeof NeighbourAdapter];

const TYPES: Readonly<Record<NeighbourAdapter, keyof typeof NEIGHBOURS>> = {
  Keda: "keda",
  Datadog: "datadog",
  PrometheusAdapter: "prometheus-adapter",
  KubeMetricsAdapter: "kube-metrics-adapter",
  Alibaba: "alibaba",
};

/**
 * Another metrics adapter whose metrics are served through this one. The values are plain, because the permissions and
 * flags of the adapter depend on them.
 */
export interface MetricsAdapterDelegateArgs {
  /** Which adapter it is. It decides the defaults of the other properties. Required unless name and service are set. */
  type?: NeighbourAdapter;
  /** Unique name for errors and metrics: lower-case letters, digits and hyphens. Defaults by type, such as keda. */
  name?: string;
  /** Its Service, as namespace/name:port. Defaults to the Service that the type's own installation creates. */
  service?: string;
  /**
   * Secret with its CA in the key ca.crt, as namespace/name. For the type Keda it defaults to keda/kedaorg-certs. Every
   * other delegate, also one without a type, needs either this or insecureSkipVerify.
   */
  caSecret?: string;
  /**
   * Accepts any certificate. Whoever can redirect the connection can then change what HPAs read, and gets a token that
   * reads all external metrics. Defaults to false.
   */
  insecureSkipVerify?: boolean;
  /**
   * Names of metrics that it serves besides those that it lists, and for the type Alibaba besides its built-in ones. An
   * asterisk stands for any characters, as in queue-*. Defaults to none.
   */
  metrics?: string[];
  /** Deadline of one read in seconds, at most 30, to the millisecond. Defaults to 5. */
  timeoutSeconds?: number;
}

/** Its name, or the default of its type. */
export function nameOf({ name, type }: MetricsAdapterDelegateArgs): string | undefined {
  return name ?? (type === undefined ? undefined : TYPES[type]);
}

/** Its Service, or the default of its type. */
export function serviceOf({ service, type }: MetricsAdapterDelegateArgs): string | undefined {
  return service ?? (type === undefined ? undefined : NEIGHBOURS[TYPES[type]].service);
}

/** The Secret with its CA, or the default of its type. Undefined if its certificate is not verified. */
export function caSecretOf({ caSecret, insecureSkipVerify, type }: MetricsAdapterDelegateArgs): string | undefined {
  if (insecureSkipVerify) return undefined;
  return caSecret ?? (type === undefined ? undefined : NEIGHBOURS[TYPES[type]]?.caSecret);
}

/** The adapter's flags, one for each delegate. They name everything, so that a preview shows it. */
export function delegateFlags(delegates: readonly MetricsAdapterDelegateArgs[] | undefined): string[] {
  return (delegates ?? []).map((delegate) => {
    const { type, metrics = [], timeoutSeconds } = delegate;
    const caSecret = caSecretOf(delegate);
    return `--delegate=${[
      `name=${nameOf(delegate)}`,
      ...(type === undefined ? [] : [`type=${TYPES[type]}`]),
      `service=${serviceOf(delegate)}`,
      caSecret === undefined ? "ca=insecure-skip-verify" : `ca-secret=${caSecret}`,
      ...metrics.map((pattern) => `metric=${pattern}`),
      ...(timeoutSeconds === undefined ? [] : [`timeout=${timeoutSeconds}s`]),
    ].join()}`;
  });
}
