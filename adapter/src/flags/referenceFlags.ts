/**
 * Flags of kube-metrics-adapter that have no effect here. They take a value; `UNUSED_SWITCHES` lists those that do not.
 */
export const UNUSED = [
  ...["skipper-backends-annotation", "garbage-collector-interval", "resource-update-interval", "kube-client-qps"],
  ...["kube-client-burst", "horizontal-pod-autoscaler-tolerance", "credentials-dir", "token", "client-ca-file"],
  ...["requestheader-client-ca-file", "requestheader-allowed-names", "requestheader-username-headers"],
  ...["requestheader-uid-headers", "requestheader-group-headers", "requestheader-extra-headers-prefix"],
  ...["authentication-token-webhook-cache-ttl", "authorization-always-allow-paths", "external-rps-metric-name"],
  ...["authorization-webhook-cache-authorized-ttl", "authorization-webhook-cache-unauthorized-ttl", "tls-sni-cert-key"],
  ...[
    "tls-cipher-suites",
    "tls-min-version",
    "tls-curve-preferences",
    "http2-max-streams-per-connection",
    "stderrthreshold",
    "log-dir",
    "log_dir",
    "log-file",
    "log_file",
    "log-file-max-size",
    "log_file_max_size",
    "log-backtrace-at",
    "log_backtrace_at",
    "log-flush-frequency",
    "v",
    "vmodule",
  ],
  ...["debug-socket-path", "influxdb-token", "influxdb-org", "zmon-token-name", "nakadi-token-name", "aws-region"],
  ...["scaling-schedule-default-scaling-window", "scaling-schedule-ramp-steps", "scaling-schedule-default-time-zone"],
];
/** Flags that choose a kubeconfig for a part of the work. This adapter has one kubeconfig for everything. */
export const DELEGATION = ["authentication-kubeconfig", "authorization-kubeconfig"];
/** Flags without a value that have no effect here. */
export const UNUSED_SWITCHES = [
  ...["enable-custom-metrics-api", "enable-external-metrics-api", "disable-http2-serving"],
  ...[
    "permit-port-sharing",
    "permit-address-sharing",
    "authentication-skip-lookup",
    "profiling",
    "logtostderr",
    "alsologtostderr",
  ],
  ...["skip-headers", "skip_headers", "skip-log-headers", "skip_log_headers", "add-dir-header", "add_dir_header"],
  ...["one-output", "one_output"],
  ...["authentication-tolerate-lookup-failure", "contention-profiling", "enable-priority-and-fairness"],
];
/** Flags that enable sources of kube-metrics-adapter other than Prometheus. */
export const SOURCES = ["influxdb-address", "zmon-kariosdb-endpoint", "nakadi-endpoint"];
/** Flags without a value that enable other sources. */
export const SOURCE_SWITCHES = [
  ...["skipper-ingress-metrics", "skipper-routegroup-metrics", "aws-external-metrics", "scaling-schedule"],
  "external-rps-metrics",
];
