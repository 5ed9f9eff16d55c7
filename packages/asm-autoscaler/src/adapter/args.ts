import type * as pulumi from "@pulumi/pulumi";

/** Arguments of a MetricsAdapter. */
export interface MetricsAdapterArgs {
  /** Namespace of the adapter, which must exist. Default kube-system. A change replaces what is in it. */
  namespace?: pulumi.Input<string>;
  /** The Prometheus that scrapes the mesh. */
  prometheus: pulumi.Input<PrometheusEndpoint>;
  /** Number of adapter pods, at least 1; each can answer alone. Default 2. */
  replicas?: pulumi.Input<number>;
  /**
   * A container image of the adapter, with its command asm-metrics-adapter. Without it the adapter of this package's
   * version is mounted from a ConfigMap into a stock Node.js image.
   */
  image?: pulumi.Input<string>;
  /** Registry, with or without a path, that mirrors Docker Hub, for the stock image. Default docker.io. */
  imageRegistry?: pulumi.Input<string>;
  /** Names of Secrets in the adapter's namespace that hold registry credentials. */
  imagePullSecrets?: pulumi.Input<pulumi.Input<string>[]>;
}

/** Where a Prometheus answers its HTTP API. */
export interface PrometheusEndpoint {
  /** Base URL, http or https, a path prefix included, such as http://prometheus.istio-system.svc:9090. */
  url: pulumi.Input<string>;
}
