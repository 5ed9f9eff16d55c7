import { createHash } from "node:crypto";
import { Secret } from "@pulumi/kubernetes/core/v1";
import type * as k8s from "@pulumi/kubernetes/types/input";
import * as pulumi from "@pulumi/pulumi";
import type { PrometheusDialect, PrometheusEndpoint } from "../prometheus/endpoint";
import { isGiven, knownValue, UNKNOWN } from "../validation/inputs";
import type { MetricsAdapterArgs } from "./args";
import { type CredentialKey, credentialFile, type MetricsAdapterCredentialsArgs } from "./credentials";
import { PROMETHEUS_SECRET } from "./identity";
import { type FileName, fileOf, SERVERS_PATH, type ServerNames, variable } from "./serverNames";

/** A server of which everything is known. */
type Endpoint = pulumi.Unwrap<PrometheusEndpoint>;

type Credentials = pulumi.Unwrap<MetricsAdapterCredentialsArgs>;

/** The servers of one adapter. */
export interface Servers {
  /** The default server. Absent if only metrics of proxies are served. */
  readonly prometheus?: Endpoint | undefined;
  readonly additionalPrometheus?: { readonly [alias: string]: Endpoint } | undefined;
  readonly prometheusCredentials?: Credentials | undefined;
  readonly additionalPrometheusCredentials?: { readonly [alias: string]: Credentials } | undefined;
}

/**
 * The files of the Secret, in clear: of each server its URL, its `http_config` and the credentials that it refers to.
 * The adapter reads credentials and certificates again at every query, the rest only when it starts.
 */
export function serverFiles(servers: Servers): Record<string, string> {
  const { prometheus, additionalPrometheus } = servers;
  const files = prometheus ? filesOf(undefined, prometheus, servers.prometheusCredentials) : {};
  for (const [alias, endpoint] of Object.entries(additionalPrometheus ?? {})) {
    Object.assign(files, filesOf(alias, endpoint, servers.additionalPrometheusCredentials?.[alias]));
  }
  return files;
}

/**
 * Twelve hexadecimal digits of SHA-256 over the files that the adapter reads only when it starts: URLs and headers. It
 * is an annotation of the pods, so that a change replaces them. It contains no token and no password: a short one could
 * be guessed from a hash that everybody can read.
 */
export function startHash(files: Record<string, string>): string {
  const hash = createHash("sha256");
  for (const name of Object.keys(files).sort()) {
    if (/\.(url|http)$/.test(name)) hash.update(JSON.stringify([name, files[name]]));
  }
  return hash.digest("hex").slice(0, 12);
}

/**
 * Flags for the servers. URLs are in environment variables from a Secret, because whoever may read pods can read flags.
 */
export function serverFlags({ hasDefault, aliases }: ServerNames): string[] {
  return [
    ...(hasDefault
      ? [
          `--prometheus-server=$(${variable(undefined)})`,
          `--prometheus-http-config=${SERVERS_PATH}/${fileOf(undefined)("http")}`,
        ]
      : []),
    ...aliases.flatMap((alias, index) => [
      `--additional-prometheus-server=${alias}=$(${variable(index)})`,
      `--additional-prometheus-http-config=${alias}=${SERVERS_PATH}/${fileOf(alias)("http")}`,
    ]),
  ];
}

/** Flags for the servers with a query dialect of their own, in the order of the aliases. */
export function dialectFlags(
  prometheus: MetricsAdapterArgs["prometheus"],
  additional: MetricsAdapterArgs["additionalPrometheus"] = {},
): pulumi.Input<string[]>[] {
  const byAlias = Object.entries(additional).sort(([one], [other]) => (one < other ? -1 : 1));
  return [
    ...(isGiven(prometheus) ? [dialectFlag("--prometheus-dialect=", prometheus)] : []),
    ...byAlias.map(([alias, endpoint]) => dialectFlag(`--additional-prometheus-dialect=${alias}=`, endpoint)),
  ];
}

function dialectFlag(flag: string, endpoint: pulumi.Input<PrometheusEndpoint>): pulumi.Input<string[]> {
  const known = knownValue(endpoint);
  // The endpoint is a secret because of its URL and its credentials. Its dialect is not, and is known when they are not.
  const dialect = known === UNKNOWN ? pulumi.unsecret(pulumi.output(endpoint)).dialect : known.dialect;
  const flags = (value: PrometheusDialect | undefined) =>
    isGiven(value) ? [`${flag}${String(value).toLowerCase()}`] : [];
  const plain = knownValue(dialect);
  return plain === UNKNOWN ? pulumi.output(dialect).apply(flags) : flags(plain);
}

/** Flags for servers that an HPA may select by URL. Undefined if there are none. */
export function allowedServerFlags(
  urls: pulumi.Input<pulumi.Input<string>[]> | undefined,
): pulumi.Output<string[]> | undefined {
  if (!isGiven(urls)) return undefined;
  return pulumi.output(urls).apply((all) => all.map((url) => `--allow-prometheus-server=${url}`));
}

/** The variables that the flags name. */
export function serverVariables({ hasDefault, aliases }: ServerNames): k8s.core.v1.EnvVar[] {
  const from = (name: string, key: string) => ({ name, valueFrom: { secretKeyRef: { name: PROMETHEUS_SECRET, key } } });
  return [
    ...(hasDefault ? [from(variable(undefined), fileOf(undefined)("url"))] : []),
    ...aliases.map((alias, index) => from(variable(index), fileOf(alias)("url"))),
  ];
}

function filesOf(alias: string | undefined, endpoint: Endpoint, credentials: Credentials = {}): Record<string, string> {
  const name = fileOf(alias);
  const { url, authorization, basicAuth, caBundle } = endpoint;
  return {
    [name("url")]: url,
    [name("http")]: JSON.stringify(httpConfig(alias, endpoint, credentials)),
    ...(authorization ? { [name("authorization")]: authorization } : {}),
    ...(basicAuth ? { [name("username")]: basicAuth.username, [name("password")]: basicAuth.password } : {}),
    ...(caBundle ? { [name("ca")]: caBundle } : {}),
  };
}

/** In the format of Prometheus's `http_config` with the adapter's extension `authorization.type: none`. */
function httpConfig(
  alias: string | undefined,
  { authorization, basicAuth, caBundle, headers }: Endpoint,
  credentials: Credentials,
): object {
  const own = (part: Parameters<FileName>[0]) => `${SERVERS_PATH}/${fileOf(alias)(part)}`;
  const from = (key: CredentialKey) => credentialFile(alias, credentials, key);
  const bearer = from("tokenKey");
  const header = from("authorizationKey") ?? (authorization ? own("authorization") : undefined);
  const username = from("usernameKey") ?? (basicAuth ? own("username") : undefined);
  const password = from("passwordKey") ?? (basicAuth ? own("password") : undefined);
  const ca = from("caKey") ?? (caBundle ? own("ca") : undefined);
  const names = Object.keys(headers ?? {}).sort();
  return {
    ...(bearer ? { authorization: { credentials_file: bearer } } : {}),
    // The argument is the whole value of the header, its scheme included.
    ...(header ? { authorization: { type: "none", credentials_file: header } } : {}),
    ...(username && password ? { basic_auth: { username_file: username, password_file: password } } : {}),
    ...(names.length === 0
      ? {}
      : { http_headers: Object.fromEntries(names.map((name) => [name, { secrets: [headers?.[name]] }])) }),
    ...(ca ? { tls_config: { ca_file: ca } } : {}),
  };
}

/**
 * The Secret that is mounted into the adapter's pods. It is filled by `data` and not by `stringData`, from which a key
 * that goes away is not taken out of the cluster.
 */
export function createPrometheusSecret(
  name: string,
  metadata: k8s.meta.v1.ObjectMeta,
  files: pulumi.Output<Record<string, string>>,
  opts: pulumi.CustomResourceOptions,
): Secret {
  return new Secret(
    `${name}-prometheus`,
    { metadata: { ...metadata, name: PROMETHEUS_SECRET }, type: "Opaque", data: pulumi.secret(files.apply(encoded)) },
    opts,
  );
}

function encoded(files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text).toString("base64")]));
}
