import { MOST_METRICS_PER_HPA } from "./annotations/read";

/**
 * A flag of the server `asm-metrics-adapter`: its name and its help. The adapter reads the values, and the component
 * `MetricsAdapter` checks its `extraArgs` against these names. A flag without `value` is a switch: `--name`,
 * `--name=true` or `--name=false`.
 */
export interface ServerFlag {
  readonly name: string;
  /** Placeholder of the value in `--help`. */
  readonly value?: string;
  /** What `--help` prints: one or more short lines. */
  readonly help: string;
}

/** The flags that say which Prometheus servers there are. `explain` has them too. */
const PROMETHEUS: readonly ServerFlag[] = [
  {
    name: "prometheus-server",
    value: "URL",
    help: "the default Prometheus server, for HPAs that name no other",
  },
  {
    name: "prometheus-server-token-file",
    value: "FILE",
    help: "file with the bearer token for the default server",
  },
  {
    name: "prometheus-http-config",
    value: "FILE",
    help: "credentials, headers and TLS for the default server, as in Prometheus's http_config",
  },
  {
    name: "prometheus-dialect",
    value: "DIALECT",
    help: "promql, or server if the default server has a query language of its own; default promql",
  },
  {
    name: "additional-prometheus-server",
    value: "NAME=URL",
    help: "a server that HPAs select by its name with prometheus-server-alias; repeatable",
  },
  {
    name: "additional-prometheus-server-token-file",
    value: "NAME=FILE",
    help: "file with the bearer token for the server NAME; repeatable",
  },
  {
    name: "additional-prometheus-http-config",
    value: "NAME=FILE",
    help: "credentials, headers and TLS for the server NAME; repeatable",
  },
  {
    name: "additional-prometheus-dialect",
    value: "NAME=DIALECT",
    help: "promql or server, for the server NAME; repeatable",
  },
  {
    name: "allow-prometheus-server",
    value: "URL",
    help: "a URL that HPAs may use in prometheus-server; repeatable",
  },
  {
    name: "harmless-prometheus-warning",
    value: "TEXT",
    help: "how a warning of Prometheus begins that does not mean missing data; repeatable",
  },
];

/** The limits of namespaces and HPAs. `explain` has them too. */
const TENANTS: readonly ServerFlag[] = [
  {
    name: "enforce-namespace-label",
    value: "LABEL",
    help: "add LABEL=<namespace of the HPA> to each selector of each query",
  },
  {
    name: "max-metrics-per-namespace",
    value: "NUMBER",
    help: "maximum number of metrics of one namespace (default 0: no limit)",
  },
  {
    name: "max-metrics-per-hpa",
    value: "NUMBER",
    help: `maximum number of metrics of one HPA, 1 to 1000 (default ${MOST_METRICS_PER_HPA})`,
  },
  {
    name: "max-query-cost",
    value: "DURATION",
    help: "maximum cost of a query: the sum of its ranges (default 0: no limit)",
  },
];

const READINGS: readonly ServerFlag[] = [
  {
    name: "metrics-ttl",
    value: "DURATION",
    help: "maximum age of the last reading while there is no new one (default 30s)",
  },
  {
    name: "default-collection-interval",
    value: "DURATION",
    help: "how long a reading is fresh for HPAs without interval (default 0: read when asked)",
  },
  {
    name: "custom-metrics",
    help: "serve Object metrics of HPAs by the custom metrics API; per-replica needs rights on scale",
  },
  {
    name: "direct",
    help: "read the sidecars of workloads whose HPAs ask for reaction: direct; needs rights on pods and scale",
  },
  {
    name: "direct-gateways",
    value: "NAMESPACE/SELECTOR",
    help: "gateways and waypoints that --direct reads; repeatable, or none (default istio-system/istio=ingressgateway)",
  },
];

/** The flags of the rules of prometheus-adapter. The last two have its names and mean the same. */
const RULES: readonly ServerFlag[] = [
  {
    name: "prometheus-adapter-config",
    value: "FILE",
    help: "rules of prometheus-adapter: its config.yaml, a ConfigMap with it, or values of its Helm chart",
  },
  {
    name: "prometheus-adapter-rules-for-both",
    help: "rules also serve external metrics, as in the adapter of Alibaba Cloud",
  },
  {
    name: "metrics-relist-interval",
    value: "DURATION",
    help: "how often the series of rules are listed (default 10m)",
  },
  {
    name: "metrics-max-age",
    value: "DURATION",
    help: "how far back series are listed (default: the relist interval)",
  },
];

const KUBERNETES: readonly ServerFlag[] = [
  {
    name: "kubeconfig",
    value: "FILE",
    help: "kubeconfig of the cluster (default: the pod's service account)",
  },
  {
    name: "lister-kubeconfig",
    value: "FILE",
    help: "as in kube-metrics-adapter; takes precedence over --kubeconfig",
  },
];

const SERVING: readonly ServerFlag[] = [
  { name: "secure-port", value: "PORT", help: "port of the API (default 443)" },
  { name: "bind-address", value: "ADDRESS", help: "address of the API (default 0.0.0.0)" },
  {
    name: "serving-secret",
    value: "NAMESPACE/NAME",
    help: "Secret with the CA and the serving certificate of all replicas",
  },
  {
    name: "serving-service",
    value: "NAMESPACE/NAME",
    help: "Service of the adapter (default kube-system/asm-metrics-adapter)",
  },
  { name: "tls-cert-file", value: "FILE", help: "your own serving certificate, with --tls-private-key-file" },
  { name: "tls-private-key-file", value: "FILE", help: "the key of --tls-cert-file" },
  {
    name: "cert-dir",
    value: "FOLDER",
    help: "folder of tls.crt and tls.key, without a Secret or files (default apiserver.local.config/certificates)",
  },
  { name: "metrics-address", value: "HOST:PORT", help: "address of the adapter's own /metrics (default :7979)" },
  { name: "status-address", value: "HOST:PORT", help: "address of the status page (default 127.0.0.1:8090)" },
  { name: "cluster-name", value: "NAME", help: "name of the cluster on the status page" },
  {
    name: "prometheus-web-url",
    value: "URL",
    help: "web UI of the default server, as your browser reaches it, for links of the status page",
  },
  { name: "disregard-incompatible-hpas", help: "no events about External metrics that are not served" },
];

/** The flags about neighbouring adapters. */
const NEIGHBOURS: readonly ServerFlag[] = [
  {
    name: "delegate",
    value: "NAME[,KEY=VALUE…]",
    help: "an adapter whose metrics are served through this one, such as keda; repeatable",
  },
];

/** The flags of the admission webhook. */
export const ADMISSION_FLAGS: readonly ServerFlag[] = [
  { name: "admission-webhook-cert-file", value: "FILE", help: "certificate; the webhook is on with it and its key" },
  { name: "admission-webhook-key-file", value: "FILE", help: "the key of the certificate" },
  { name: "admission-webhook-port", value: "PORT", help: "port on --bind-address (default 8444)" },
  { name: "admission-webhook-client-ca-file", value: "FILE", help: "CAs whose clients may call the webhook" },
];

/** The flags that decide who serves a metric, and what a query may read and from where. They mean the same in `explain`. */
export const SHARED_FLAGS: readonly ServerFlag[] = [...PROMETHEUS, ...TENANTS, ...NEIGHBOURS];

/** The flags with which `explain` reads rules as the adapter does. A switch is not among them. */
export const RULE_FLAGS: readonly ServerFlag[] = RULES.filter(({ value }) => value !== undefined);

/** All flags of the server that have an effect, in the order of `--help`. */
export const FLAG_GROUPS: readonly { readonly title: string; readonly flags: readonly ServerFlag[] }[] = [
  { title: "Prometheus", flags: PROMETHEUS },
  { title: "Readings", flags: READINGS },
  { title: "Rules of prometheus-adapter", flags: RULES },
  { title: "Tenants", flags: TENANTS },
  { title: "Kubernetes", flags: KUBERNETES },
  { title: "Serving", flags: SERVING },
  { title: "Neighbouring adapters", flags: NEIGHBOURS },
  { title: "Admission webhook", flags: ADMISSION_FLAGS },
];
