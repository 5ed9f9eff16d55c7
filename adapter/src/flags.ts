import { parseArgs } from "node:util";
import { MOST_METRICS, nearest, type ServerRef } from "hpa-metrics";
import { SOURCE_SWITCHES, SOURCES, UNUSED, UNUSED_SWITCHES } from "./referenceFlags.ts";

/** The validated command line of `asm-metrics-adapter`, in the units that the code uses. */
export interface Flags {
  prometheusServer: string;
  prometheusTokenFile?: string;
  prometheusHttpConfig?: string;
  /** Whether the default server has a query dialect of its own. */
  prometheusHasOwnDialect: boolean;
  /** Servers by alias. */
  additionalServers: Map<string, AdditionalServer>;
  allowedServers: Set<string>;
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
  metricsTtlMs: number;
  defaultIntervalMs: number;
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

/** A server that HPAs reference by its alias. At most one of the files is set. */
interface AdditionalServer {
  url: string;
  /** File with a bearer token. */
  tokenFile?: string;
  /** File with credentials, headers and TLS settings in the format of Prometheus's `http_config`. */
  httpConfigFile?: string;
  /** `server` if the server has a query dialect of its own. */
  dialect?: string;
}

/** An invalid command line. The message has one sentence for each mistake. */
export class FlagError extends Error {
  readonly code = "ASM_FLAG";
  constructor(mistakes: string[]) {
    super(mistakes.map((mistake) => `ASM_FLAG: ${mistake}`).join("\n"));
  }
}

const TEXT = [
  "prometheus-server",
  "prometheus-server-token-file",
  "prometheus-http-config",
  "prometheus-dialect",
  "secure-port",
  "bind-address",
];
const FILES = ["tls-cert-file", "tls-private-key-file", "cert-dir", "kubeconfig", "lister-kubeconfig"];
const DELEGATION = ["authentication-kubeconfig", "authorization-kubeconfig"];
const OWN = ["serving-secret", "serving-service", "metrics-ttl", "default-collection-interval"];
const ADDRESSES = ["metrics-address", "status-address"];
const ADMISSION = [
  ...["admission-webhook-port", "admission-webhook-cert-file", "admission-webhook-key-file"],
  "admission-webhook-client-ca-file",
];
const TENANTS = ["enforce-namespace-label", "max-metrics-per-namespace", "max-metrics-per-hpa", "max-query-cost"];
const LISTS = [
  ...["additional-prometheus-server", "additional-prometheus-server-token-file", "additional-prometheus-http-config"],
  "additional-prometheus-dialect",
  "allow-prometheus-server",
];
const WITH_VALUE = [
  ...TEXT,
  ...FILES,
  ...DELEGATION,
  ...OWN,
  ...ADDRESSES,
  ...ADMISSION,
  ...TENANTS,
  ...LISTS,
  ...UNUSED,
  ...SOURCES,
];
const SWITCHES = [...UNUSED_SWITCHES, ...SOURCE_SWITCHES, "disregard-incompatible-hpas"];

/**
 * Parses the flags of `serve`.
 * @throws FlagError with every mistake. Each names the nearest known flag or the valid format.
 */
export function parseFlags(argv: readonly string[]): Flags {
  const mistakes: string[] = [];
  const values = collect(argv, mistakes);
  const last = (name: string) => values.get(name)?.at(-1);
  const all = (name: string) => (values.get(name) ?? []).flatMap((value) => value.split(","));
  const switchedOn = [...SOURCES.filter((name) => last(name)), ...SOURCE_SWITCHES.filter((name) => isOn(last(name)))];
  const kubeconfig = last("lister-kubeconfig") ?? last("kubeconfig");
  const [certFile, keyFile] = [last("tls-cert-file"), last("tls-private-key-file")];
  if ((certFile === undefined) !== (keyFile === undefined))
    mistakes.push("--tls-cert-file and --tls-private-key-file must be set together");
  if (last("prometheus-http-config") && last("prometheus-server-token-file")) {
    mistakes.push(
      "--prometheus-http-config and --prometheus-server-token-file cannot both be set; put the token into the former",
    );
  }
  const servingSecret = named(last("serving-secret"), "serving-secret", mistakes);
  const flags: Flags = {
    prometheusServer: last("prometheus-server")
      ? url(last("prometheus-server") ?? "", "prometheus-server", mistakes)
      : "",
    ...optional("prometheusTokenFile", last("prometheus-server-token-file")),
    ...optional("prometheusHttpConfig", last("prometheus-http-config")),
    prometheusHasOwnDialect: isOwnDialect(last("prometheus-dialect") ?? "promql", "prometheus-dialect", mistakes),
    additionalServers: additional(
      all("additional-prometheus-server"),
      all("additional-prometheus-server-token-file"),
      all("additional-prometheus-http-config"),
      all("additional-prometheus-dialect"),
      mistakes,
    ),
    allowedServers: new Set(
      all("allow-prometheus-server").map((value) => url(value, "allow-prometheus-server", mistakes)),
    ),
    securePort: port(last("secure-port") ?? "443", "secure-port", mistakes),
    bindAddress: last("bind-address") ?? "0.0.0.0",
    ...optional("tlsCertFile", certFile),
    ...optional("tlsKeyFile", keyFile),
    certDir: last("cert-dir") ?? "apiserver.local.config/certificates",
    ...(servingSecret ? { servingSecret } : {}),
    servingService: named(last("serving-service"), "serving-service", mistakes) ?? {
      namespace: "kube-system",
      name: "asm-metrics-adapter",
    },
    metricsAddress: hostPort(last("metrics-address") ?? ":7979", "metrics-address", mistakes),
    statusAddress: hostPort(last("status-address") ?? "127.0.0.1:8090", "status-address", mistakes, "127.0.0.1"),
    metricsTtlMs: duration(last("metrics-ttl") ?? "30s", "metrics-ttl", mistakes),
    defaultIntervalMs: duration(last("default-collection-interval") ?? "0", "default-collection-interval", mistakes),
    ...admissionWebhook(last, mistakes),
    ...tenants(last, mistakes),
    ...optional("kubeconfig", kubeconfig),
    warnings: [...UNUSED, ...DELEGATION, ...UNUSED_SWITCHES].filter((name) => values.has(name)).map(warning),
    disregardIncompatibleHpas: isOn(last("disregard-incompatible-hpas")),
    missingSources: switchedOn.map((name) => `--${name}`),
  };
  if (mistakes.length > 0) throw new FlagError(mistakes);
  return flags;
}

function collect(argv: readonly string[], mistakes: string[]): Map<string, string[]> {
  const options = Object.fromEntries([
    ...WITH_VALUE.map((name) => [name, { type: "string" as const, multiple: true as const }]),
    ...SWITCHES.map((name) => [name, { type: "boolean" as const, multiple: true as const }]),
  ]);
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
  const values = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === "positional") mistakes.push(`"${token.value}" is no flag; flags are written --name=value`);
    if (token.kind !== "option") continue;
    const known = WITH_VALUE.includes(token.name) || SWITCHES.includes(token.name);
    if (!known) mistakes.push(`unknown flag ${token.rawName}${suggestion(token.name)}`);
    else if (WITH_VALUE.includes(token.name) && token.value === undefined)
      mistakes.push(`--${token.name} needs a value`);
    else values.set(token.name, [...(values.get(token.name) ?? []), token.value ?? "true"]);
  }
  return values;
}

function suggestion(name: string): string {
  const close = nearest(name, [...WITH_VALUE, ...SWITCHES]);
  return close === undefined ? "; see docs/reference/flags.md" : `; did you mean --${close}?`;
}

function warning(name: string): string {
  return `--${name} is a flag of kube-metrics-adapter that this adapter does not need; it changes nothing.`;
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && !["false", "0", "f"].includes(value.toLowerCase());
}

function tenants(last: (name: string) => string | undefined, mistakes: string[]) {
  const label = last("enforce-namespace-label");
  if (label !== undefined && (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) || label === "__name__"))
    mistakes.push(
      `--enforce-namespace-label=${label} is no label of Prometheus, such as destination_workload_namespace`,
    );
  const most = last("max-metrics-per-namespace") ?? "0";
  if (!/^\d{1,9}$/.test(most))
    mistakes.push(`--max-metrics-per-namespace=${most} is not a whole number; 0 means no limit`);
  const ofHpa = last("max-metrics-per-hpa") ?? `${MOST_METRICS}`;
  if (!/^\d{1,4}$/.test(ofHpa) || Number(ofHpa) < 1 || Number(ofHpa) > 1_000)
    mistakes.push(`--max-metrics-per-hpa=${ofHpa} is not a whole number from 1 to 1000`);
  const costMs = duration(last("max-query-cost") ?? "0", "max-query-cost", mistakes);
  return {
    ...(label === undefined ? {} : { namespaceLabel: label }),
    ...(Number(most) > 0 ? { maxMetricsPerNamespace: Number(most) } : {}),
    maxMetricsPerHpa: Number(ofHpa),
    ...(costMs > 0 ? { maxQueryCostMs: costMs } : {}),
  };
}

function admissionWebhook(last: (name: string) => string | undefined, mistakes: string[]) {
  const [certFlag, keyFlag] = ["admission-webhook-cert-file", "admission-webhook-key-file"];
  const [cert, key, clientCa] = [last(certFlag), last(keyFlag), last("admission-webhook-client-ca-file")];
  const webhookPort = port(last("admission-webhook-port") ?? "8444", "admission-webhook-port", mistakes);
  if (cert && key)
    return { admissionWebhook: { port: webhookPort, files: { cert, key, ...(clientCa ? { clientCa } : {}) } } };
  const given = ADMISSION.filter((name) => last(name) !== undefined);
  if (given.length > 0)
    mistakes.push(`--${given.join(" and --")} is not enough for the webhook; give both --${certFlag} and --${keyFlag}`);
  return {};
}

/** Reports whether the server of an HPA has a query dialect of its own. */
export function hasOwnDialect({ prometheusHasOwnDialect, additionalServers }: Flags, server: ServerRef): boolean {
  if (server.kind === "default") return prometheusHasOwnDialect;
  return server.kind === "alias" && additionalServers.get(server.alias)?.dialect === "server";
}

function isOwnDialect(value: string, flag: string, mistakes: string[]): boolean {
  if (value !== "promql" && value !== "server") mistakes.push(`--${flag}=${value} is neither promql nor server`);
  return value === "server";
}

function optional<K extends string>(name: K, value: string | undefined): { [P in K]?: string } {
  return value ? ({ [name]: value } as { [P in K]?: string }) : {};
}

/** Validates a URL. Messages do not contain the URL, because its user, path or parameters can be secrets. */
function url(value: string, flag: string, mistakes: string[]): string {
  if (!isHttpUrl(value))
    mistakes.push(`--${flag} is no http or https URL, such as http://prometheus.istio-system.svc:9090`);
  return value;
}

function isHttpUrl(value: string): boolean {
  try {
    const { protocol, username, password } = new URL(value);
    decodeURIComponent(username + password);
    return /^https?:$/.test(protocol);
  } catch {
    return false;
  }
}

function port(value: string, flag: string, mistakes: string[]): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0 || number > 65535 || value === "")
    mistakes.push(`--${flag}=${value} is not a port (0 to 65535)`);
  return number;
}

function hostPort(value: string, flag: string, mistakes: string[], unsaid = "0.0.0.0"): { host: string; port: number } {
  const at = value.lastIndexOf(":");
  if (at < 0) mistakes.push(`--${flag}=${value} needs a port, such as :7979 or 127.0.0.1:7979`);
  return {
    host: value.slice(0, at).replace(/^\[|\]$/g, "") || unsaid,
    port: port(value.slice(at + 1), flag, mistakes),
  };
}

function named(
  value: string | undefined,
  flag: string,
  mistakes: string[],
): { namespace: string; name: string } | undefined {
  if (value === undefined) return undefined;
  const [namespace, name, more] = value.split("/");
  if (!namespace || !name || more !== undefined) mistakes.push(`--${flag}=${value} must be namespace/name`);
  return { namespace: namespace ?? "", name: name ?? "" };
}

const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/** Parses a Go duration such as `30s`, `1m30s` or `0` to milliseconds. Hours are the largest unit. */
function duration(value: string, flag: string, mistakes: string[]): number {
  if (value === "0") return 0;
  const parts = [...value.matchAll(/((?:[0-9]*\.)?[0-9]+)(ms|h|m|s)/gy)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join("") !== value) {
    mistakes.push(`--${flag}=${value} is no duration, such as 30s or 1m30s`);
    return 0;
  }
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (UNIT_MS[unit ?? ""] ?? 0), 0);
}

function additional(
  servers: string[],
  tokenFiles: string[],
  httpConfigs: string[],
  dialects: string[],
  mistakes: string[],
): Flags["additionalServers"] {
  const pairs = (list: string[], flag: string, form: string) =>
    list.flatMap((item): [string, string][] => {
      const at = item.indexOf("=");
      if (at <= 0) {
        mistakes.push(`--${flag} must be ${form}`);
        return [];
      }
      return [[item.slice(0, at), item.slice(at + 1)]];
    });
  const found: Flags["additionalServers"] = new Map();
  for (const [name, address] of pairs(servers, "additional-prometheus-server", "name=url")) {
    found.set(name, { url: url(address, "additional-prometheus-server", mistakes) });
  }
  const give = (
    list: string[],
    flag: string,
    field: "tokenFile" | "httpConfigFile" | "dialect",
    form = "name=path",
  ) => {
    for (const [name, value] of pairs(list, flag, form)) {
      const server = found.get(name);
      if (server) server[field] = value;
      else mistakes.push(`--${flag} names "${name}", which no --additional-prometheus-server defines`);
    }
  };
  give(tokenFiles, "additional-prometheus-server-token-file", "tokenFile");
  give(httpConfigs, "additional-prometheus-http-config", "httpConfigFile");
  give(dialects, "additional-prometheus-dialect", "dialect", "name=dialect");
  for (const [name, { tokenFile, httpConfigFile, dialect = "promql" }] of found) {
    isOwnDialect(dialect, `additional-prometheus-dialect=${name}`, mistakes);
    if (tokenFile && httpConfigFile)
      mistakes.push(`"${name}" has both a token file and an http config; put the token into the latter`);
  }
  return found;
}
