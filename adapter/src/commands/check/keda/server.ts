import type { Finding } from "../report.ts";
import { goBool, lost } from "./values.ts";

/** The Prometheus server of a trigger. */
export interface TriggerServer {
  /** The annotation that names the server. Empty for the adapter's own server. */
  readonly settings: Readonly<Record<string, string>>;
  readonly findings: readonly Finding[];
}

const LONGEST_ALIAS = 63;

/** Fields of a trigger that belong to its server: an HPA has no credentials, headers or parameters. */
const OF_SERVER: readonly (readonly [field: string, what: string, here: string])[] = [
  ["authModes", "credentials", "credentials are the adapter's: "],
  ["awsRegion", "the region of AWS, whose requests are signed", "credentials are the adapter's: "],
  ["identityOwner", "who signs in to the cloud", "credentials are the adapter's: "],
  ["credentialsFromEnv", "credentials from the environment of the workload", "credentials are the adapter's: "],
  ["credentialsFromEnvFile", "credentials from the environment of the workload", "credentials are the adapter's: "],
  ["customHeaders", "headers", "headers are the adapter's: "],
  ["cortexOrgID", "the tenant as a header", "headers are the adapter's: "],
  ["queryParameters", "parameters of the request", "parameters are not sent: use a server that needs none, "],
  [
    "namespace",
    "the parameter namespace",
    "write it into the query as a matcher, or use a server that needs no parameter, ",
  ],
];

/**
 * Returns the server that a trigger asks. A server with credentials is named by an alias, because the URL of an HPA gets
 * none.
 * @param ownServer URL of the adapter's default Prometheus.
 */
export function triggerServer(
  trigger: Record<string, unknown>,
  metadata: Record<string, unknown>,
  where: string,
  ownServer: string | undefined,
): TriggerServer {
  const address = String(metadata["serverAddress"] ?? "").trim();
  const reference = trigger["authenticationRef"] as Record<string, unknown> | undefined;
  const user = urlUser(address);
  const url = user === undefined ? address : address.replace(`${user}@`, "");
  const isOwn = trimmed(url) === (ownServer === undefined ? undefined : trimmed(ownServer));
  const alias = aliasOf(url, String(reference?.["name"] ?? ""));
  const place = isOwn
    ? "--prometheus-http-config"
    : `--additional-prometheus-server=${alias}=${url} with --additional-prometheus-http-config=${alias}=FILE, and the annotation prometheus-server-alias`;
  const needs: Finding[] = [
    ...OF_SERVER.flatMap(([field, what, here]) =>
      isSet(metadata[field])
        ? [lost(`${where}.metadata.${field}`, `the trigger sets ${field}: ${what}`, here + place)]
        : [],
    ),
    ...tls(metadata["unsafeSsl"], where, place),
    ...(reference === undefined
      ? []
      : [
          lost(
            `${where}.authenticationRef`,
            "the trigger brings credentials",
            `credentials are the adapter's: ${place}`,
          ),
        ]),
    ...(user === undefined
      ? []
      : [
          lost(
            `${where}.metadata.serverAddress`,
            "the URL contains credentials",
            `credentials are the adapter's: ${place}`,
          ),
        ]),
  ];
  if (url === "") {
    const missing = lost(
      `${where}.metadata.serverAddress`,
      "serverAddress is missing",
      "asks the adapter's own server",
      "refuses the trigger",
    );
    return { settings: {}, findings: [missing, ...needs] };
  }
  if (isOwn) return { settings: {}, findings: needs };
  if (needs.length > 0) return { settings: { "prometheus-server-alias": alias }, findings: needs };
  const here =
    "named in an annotation: allow it with --allow-prometheus-server, or give its URL to check with --prometheus-server when it is the adapter's own";
  const foreign = { ...lost(`${where}.metadata.serverAddress`, `the trigger asks ${url}`, here), differs: false };
  return { settings: { "prometheus-server": url }, findings: [foreign] };
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && String(value).trim() !== "";
}

function tls(unsafeSsl: unknown, where: string, place: string): Finding[] {
  if (!isSet(unsafeSsl)) return [];
  const key = `${where}.metadata.unsafeSsl`;
  const isUnsafe = goBool(String(unsafeSsl));
  if (isUnsafe === false) return [];
  if (isUnsafe) {
    return [
      lost(key, "the trigger does not verify certificates", `certificates are always verified: set the CA in ${place}`),
    ];
  }
  const message = `unsafeSsl ${JSON.stringify(unsafeSsl)} is not a boolean of Go`;
  return [lost(key, message, "certificates are always verified", "refuses the trigger")];
}

function urlUser(address: string): string | undefined {
  return /^[a-z]+:\/\/([^/?#]*)@/i.exec(address)?.[1];
}

function trimmed(url: string): string {
  return url.replace(/\/$/, "");
}

/** A name for a server, from its host, port and path, and the name of its credentials. */
function aliasOf(url: string, credentials: string): string {
  const address = url.replace(/^[a-z]+:\/\//i, "");
  const name = `${address}${credentials === "" ? "" : `-${credentials}`}`.replace(/[^A-Za-z0-9]+/g, "-");
  return name.slice(0, LONGEST_ALIAS).replace(/^-|-$/g, "") || "prometheus";
}
