import type * as pulumi from "@pulumi/pulumi";

/** Arguments of an OperatorPrometheus. */
export interface OperatorPrometheusArgs {
  /**
   * Name of the Helm release of kube-prometheus-stack or ack-prometheus-operator, as `helm list -A` shows it. The
   * Prometheus of these charts selects PodMonitors by the label release with this name.
   */
  release: pulumi.Input<string>;
  /**
   * Namespace of Prometheus and of the PodMonitors. It must exist. Defaults to monitoring. A change replaces the
   * PodMonitors.
   */
  namespace?: pulumi.Input<string>;
  /**
   * Labels of the PodMonitors, as podMonitorSelector of the Prometheus requires them. Defaults to the label release with
   * the name of the release, which the charts require unless podMonitorSelector or podMonitorSelectorNilUsesHelmValues
   * is set.
   */
  podMonitorLabels?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
  /**
   * Base URL of Prometheus, stored as a secret. Defaults to port 9090 of the Service that the charts create, such as
   * http://ack-prometheus-operator-prometheus.monitoring.svc:9090. Required if nameOverride or fullnameOverride of the
   * chart is set, and if the name of a release of ack-prometheus-operator does not contain the chart's name.
   */
  url?: pulumi.Input<string>;
  /**
   * Whether to create a PodMonitor for the proxies of the mesh: sidecars, gateways and waypoints. Set it to false if
   * additionalScrapeConfigs of the chart have a job for them, such as the envoy-stats of Alibaba Cloud's guide: with
   * both, each request counts twice. Defaults to true, with a warning.
   */
  scrapeEnvoy?: boolean;
  /**
   * Whether to create a PodMonitor for ztunnel of ambient mode, which counts the TCP connections of pods without a
   * sidecar. Its port must have the name ztunnel-stats, as in Istio's chart. Defaults to false.
   */
  scrapeZtunnel?: boolean;
  /** Namespace of ztunnel. Defaults to istio-system. */
  ztunnelNamespace?: pulumi.Input<string>;
  /**
   * Scrape interval in whole seconds, at least 1: of the PodMonitors, or with scrapeEnvoy false that of your own job.
   * Defaults to 15, or with scrapeEnvoy false to 30, the charts' default.
   */
  scrapeIntervalSeconds?: pulumi.Input<number>;
}
