import { ADMISSION_FLAGS, MOST_METRICS_PER_HPA } from "@asm-autoscaler/hpa-metrics";
import { readFlags } from "./commandLine.ts";
import { type DelegateFlags, delegateFlags } from "./delegateFlags.ts";
import {
  displayName,
  duration,
  hostPort,
  namespacedName,
  port,
  switchValue,
  url,
  webUrl,
  wholeNumber,
} from "./flagValues.ts";
import { type GatewayFlags, gatewayFlags } from "./gatewayFlags.ts";
import { type AdditionalServer, additionalServers, isOwnDialect } from "./prometheusServers.ts";
import { DELEGATION, SOURCE_SWITCHES, SOURCES, UNUSED, UNUSED_SWITCHES } from "./referenceFlags.ts";
import { type RulesFlags, rulesFlags } from "./rulesFlags.ts";

/** The validated command line of `asm-metrics-adapter`, in the units that the code uses. */
export interface Flags extends RulesFlags {
  prometheusServer: string;
  prometheusTokenFile?: string;
  prometheusHttpConfig?: string;
  /** Whether the default server has a query dialect of its own. */
  prometheusHasOwnDialect: boolean;
  /** Servers by alias. */
  additionalServers: Map<string, AdditionalServer>;
  allowedServers: Set<string>;
  /** How warnings of Prometheus begin that do not mean missing data. */
  harmlessWarnings: string[];
  securePort: number;
  bindAddress: string;
  tlsCertFile?: string;
  tlsKeyFile?: string;
  certDir: string;
  /** `namespace/name` of the Secret that stores the adapter's CA and serving certificate. */
  servingSecret?: { namespace: string; name: string };
  /** `namespace/name` of the Service in front of the adapter. */
  servingService: { namespace: string; name: string };
  metricsAddress: { host: string; port: number };
  /** Address of the status page. */
  statusAddress: { host: string; port: number };
  /** Name of the cluster on the status page. */
  clusterName?: string;
  /** Base URL of the default server's web UI, without credentials, query, fragment and slash at the end. */
  prometheusWebUrl?: string;
  metricsTtlMs: number;
  /** Whether the custom metrics API is served: for `Object` metrics of HPAs, and for rules. */
  servesCustomMetrics: boolean;
  /** Whether sidecars are read for the HPAs that ask for it. */
  isDirect: boolean;
  /** The gateways and waypoints that are read besides those of the HPA's own namespace. */
  directGateways: GatewayFlags[];
  defaultIntervalMs: number;
  /** The neighbouring adapters whose metrics are served through this one. */
  delegates: DelegateFlags[];
  /** Where the admission webhook listens. Without it, the adapter answers no admission reviews. */
  admissionWebhook?: AdmissionWebhookFlags;
  /** Label that restricts each query to its HPA's namespace. */
  namespaceLabel?: string;
  maxMetricsPerNamespace?: number;
  maxMetricsPerHpa: number;
  maxQueryCostMs?: number;
  /** One kubeconfig for listing, authentication and authorization. Default: the pod's service account. */
  kubeconfig?: string;
  /** Warnings about flags that are accepted but have no effect. */
  warnings: string[];
  /** Suppress events about external metrics that this adapter does not serve. */
  disregardIncompatibleHpas: boolean;
  /** Flags that enable a source of kube-metrics-adapter that this adapter does not have. */
  missingSources: string[];
}

/** The port and the certificate files of the admission webhook. It listens on `bindAddress`. */
export interface AdmissionWebhookFlags {
  port: number;
  files: { cert: string; key: string; clientCa?: string };
}

/** A command line with which nothing can run. The exit code is 2. */
export class UsageError extends Error {}

/** Invalid flags. The message has one sentence for each mistake. */
export class FlagError extends UsageError {
  readonly code = "ASM_FLAG";
  constructor(mistakes: string[]) {
    super(mistakes.map((mistake) => `ASM_FLAG: ${mistake}`).join("\n"));
  }
}

/**
 * Parses the flags of `serve`.
 * @throws FlagError with every mistake. Each names the nearest known flag or the valid format.
 */
export function parseFlags(argv: readonly string[]): Flags {
  const mistakes: string[] = [];
  const values = readFlags(argv, mistakes);
  const last = (name: string) => values.get(name)?.at(-1);
  const all = (name: string) => (values.get(name) ?? []).flatMap((value) => value.split(","));
  const isOn = (name: string) => switchValue(last(name), name, mistakes);
  const switchedOn = [...SOURCES.filter((name) => last(name)), ...SOURCE_SWITCHES.filter(isOn)];
  const kubeconfig = last("lister-kubeconfig") ?? last("kubeconfig");
  const [certFile, keyFile] = [last("tls-cert-file"), last("tls-private-key-file")];
  if ((certFile === undefined) !== (keyFile === undefined))
    mistakes.push("--tls-cert-file and --tls-private-key-file must be set together");
  if (last("prometheus-http-config") && last("prometheus-server-token-file")) {
    mistakes.push(
      "--prometheus-http-config and --prometheus-server-token-file cannot both be set; put the token into the former",
    );
  }
  const servingSecret = namespacedName(last("serving-secret"), "serving-secret", mistakes);
  const flags: Flags = {
    prometheusServer: last("prometheus-server")
      ? url(last("prometheus-server") ?? "", "prometheus-server", mistakes)
      : "",
    ...optional("prometheusTokenFile", last("prometheus-server-token-file")),
    ...optional("prometheusHttpConfig", last("prometheus-http-config")),
    prometheusHasOwnDialect: isOwnDialect(last("prometheus-dialect") ?? "promql", "prometheus-dialect", mistakes),
    additionalServers: additionalServers(
      all("additional-prometheus-server"),
      all("additional-prometheus-server-token-file"),
      all("additional-prometheus-http-config"),
      all("additional-prometheus-dialect"),
      mistakes,
    ),
    allowedServers: new Set(
      all("allow-prometheus-server").map((value) => url(value, "allow-prometheus-server", mistakes)),
    ),
    // Not split at commas: a warning is a sentence.
    harmlessWarnings: values.get("harmless-prometheus-warning") ?? [],
    securePort: port(last("secure-port") ?? "443", "secure-port", mistakes),
    bindAddress: last("bind-address") ?? "0.0.0.0",
    ...optional("tlsCertFile", certFile),
    ...optional("tlsKeyFile", keyFile),
    certDir: last("cert-dir") ?? "apiserver.local.config/certificates",
    ...(servingSecret ? { servingSecret } : {}),
    servingService: namespacedName(last("serving-service"), "serving-service", mistakes) ?? {
      namespace: "kube-system",
      name: "asm-metrics-adapter",
    },
    metricsAddress: hostPort(last("metrics-address") ?? ":7979", "metrics-address", mistakes),
    statusAddress: hostPort(last("status-address") ?? "127.0.0.1:8090", "status-address", mistakes, "127.0.0.1"),
    ...optional("clusterName", displayName(last("cluster-name"), "cluster-name", mistakes)),
    ...optional("prometheusWebUrl", webUrl(last("prometheus-web-url"), "prometheus-web-url", mistakes)),
    servesCustomMetrics: isOn("custom-metrics") || Boolean(last("prometheus-adapter-config")),
    isDirect: isOn("direct"),
    directGateways: gatewayFlags(values.get("direct-gateways"), mistakes),
    metricsTtlMs: duration(last("metrics-ttl") ?? "30s", "metrics-ttl", mistakes),
    defaultIntervalMs: duration(last("default-collection-interval") ?? "0", "default-collection-interval", mistakes),
    delegates: delegateFlags(values.get("delegate") ?? [], mistakes),
    ...rulesFlags(last, isOn, mistakes),
    ...admissionWebhook(last, mistakes),
    ...tenants(last, mistakes),
    ...optional("kubeconfig", kubeconfig),
    warnings: [...UNUSED, ...DELEGATION, ...UNUSED_SWITCHES].filter((name) => values.has(name)).map(warning),
    disregardIncompatibleHpas: isOn("disregard-incompatible-hpas"),
    missingSources: switchedOn.map((name) => `--${name}`),
  };
  if (flags.harmlessWarnings.some((text) => text.trim() === ""))
    mistakes.push("--harmless-prometheus-warning is empty, and every warning begins with an empty text");
  if (mistakes.length > 0) throw new FlagError(mistakes);
  return flags;
}

function warning(name: string): string {
  return `--${name} is a flag of kube-metrics-adapter that this adapter does not need; it changes nothing.`;
}

function tenants(last: (name: string) => string | undefined, mistakes: string[]) {
  const label = last("enforce-namespace-label");
  if (label !== undefined && (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) || label === "__name__"))
    mistakes.push(
      `--enforce-namespace-label=${label} is not a label of Prometheus, such as destination_workload_namespace`,
    );
  const ofNamespace = wholeNumber(last("max-metrics-per-namespace") ?? "0", "max-metrics-per-namespace", mistakes, {
    ...{ least: 0, most: Number.POSITIVE_INFINITY, hint: "; 0 means no limit" },
  });
  const ofHpa = wholeNumber(last("max-metrics-per-hpa") ?? `${MOST_METRICS_PER_HPA}`, "max-metrics-per-hpa", mistakes, {
    ...{ least: 1, most: 1_000, hint: " from 1 to 1000" },
  });
  const costMs = duration(last("max-query-cost") ?? "0", "max-query-cost", mistakes);
  return {
    ...(label === undefined ? {} : { namespaceLabel: label }),
    ...(ofNamespace > 0 ? { maxMetricsPerNamespace: ofNamespace } : {}),
    maxMetricsPerHpa: ofHpa,
    ...(costMs > 0 ? { maxQueryCostMs: costMs } : {}),
  };
}

function admissionWebhook(last: (name: string) => string | undefined, mistakes: string[]) {
  const [certFlag, keyFlag] = ["admission-webhook-cert-file", "admission-webhook-key-file"];
  const [cert, key, clientCa] = [last(certFlag), last(keyFlag), last("admission-webhook-client-ca-file")];
  const webhookPort = port(last("admission-webhook-port") ?? "8444", "admission-webhook-port", mistakes);
  if (cert && key)
    return { admissionWebhook: { port: webhookPort, files: { cert, key, ...(clientCa ? { clientCa } : {}) } } };
  const given = ADMISSION_FLAGS.map(({ name }) => name).filter((name) => last(name) !== undefined);
  if (given.length > 0)
    mistakes.push(`--${given.join(" and --")} is not enough for the webhook; give both --${certFlag} and --${keyFlag}`);
  return {};
}

function optional<K extends string>(name: K, value: string | undefined): { [P in K]?: string } {
  return value ? ({ [name]: value } as { [P in K]?: string }) : {};
}
