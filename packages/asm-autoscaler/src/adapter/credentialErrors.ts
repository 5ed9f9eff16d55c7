import type * as pulumi from "@pulumi/pulumi";
import type { PrometheusEndpoint } from "../prometheus/endpoint";
import { entryPath, type InputError, missingErrors, nameErrors, objectName } from "../validation/inputErrors";
import { isGiven, type Known, knownValue, UNKNOWN } from "../validation/inputs";
import { CREDENTIAL_KEYS, type CredentialArguments, type MetricsAdapterCredentialsArgs } from "./credentials";

/** All errors of credentials, each with its path. */
export function credentialErrors(args: CredentialArguments): InputError[] {
  const { prometheusCredentials, additionalPrometheusCredentials, prometheus, additionalPrometheus } = args;
  const other = knownValue(additionalPrometheusCredentials);
  return [
    ...(isGiven(prometheusCredentials)
      ? oneServerErrors("prometheusCredentials", knownValue(prometheusCredentials), "prometheus", prometheus)
      : []),
    ...Object.entries(other === UNKNOWN ? {} : (other ?? {})).flatMap(([alias, credentials]) =>
      oneServerErrors(
        entryPath("additionalPrometheusCredentials", alias),
        knownValue(credentials),
        entryPath("additionalPrometheus", alias),
        additionalPrometheus?.[alias],
      ),
    ),
  ];
}

function oneServerErrors(
  path: string,
  credentials: Known<MetricsAdapterCredentialsArgs>,
  serverPath: string,
  server: pulumi.Input<PrometheusEndpoint> | undefined,
): InputError[] {
  if (!isGiven(server)) return [misplaced(path, `${path} is for ${serverPath}, which is not set`, `Set ${serverPath}`)];
  if (credentials === UNKNOWN) return [];
  return [
    ...sourceErrors(path, credentials),
    ...keyErrors(path, credentials),
    ...twiceErrors(path, credentials, serverPath, knownValue(server)),
  ];
}

/** Errors of where the credentials are. */
function sourceErrors(path: string, { secretName, secretProviderClass }: MetricsAdapterCredentialsArgs): InputError[] {
  const remedy = "Set exactly one of secretName and secretProviderClass";
  const isTwice = isGiven(secretName) && isGiven(secretProviderClass);
  if (!isGiven(secretName) && !isGiven(secretProviderClass))
    return missingErrors(`${path}.secretName`, undefined, remedy);
  return [
    ...(isTwice ? [misplaced(`${path}.secretProviderClass`, "The credentials are in two places", remedy)] : []),
    ...nameErrors(`${path}.secretName`, knownValue(secretName), objectName),
    ...(isTwice ? [] : nameErrors(`${path}.secretProviderClass`, knownValue(secretProviderClass), objectName)),
  ];
}

/** Keys of a Secret, and files of a store: these may be in folders. */
const KEY = { pattern: /^[-._a-zA-Z0-9]+$/, longest: 253, allowed: "letters, digits, '-', '_' and '.'" };
const FILE = { ...KEY, pattern: /^(?!\.\.)[-._a-zA-Z0-9]+(\/(?!\.\.)[-._a-zA-Z0-9]+)*$/ };

function keyErrors(path: string, credentials: MetricsAdapterCredentialsArgs): InputError[] {
  const given = CREDENTIAL_KEYS.filter((name) => isGiven(credentials[name]));
  if (given.length === 0)
    return missingErrors(
      `${path}.tokenKey`,
      undefined,
      `Set the keys that the server needs, of ${CREDENTIAL_KEYS.join(", ")}`,
    );
  const both = "Set both usernameKey and passwordKey";
  const hasUser = isGiven(credentials.usernameKey) || isGiven(credentials.passwordKey);
  return [
    ...given.flatMap((name) =>
      nameErrors(
        `${path}.${name}`,
        knownValue(credentials[name]),
        isGiven(credentials.secretProviderClass) ? FILE : KEY,
      ),
    ),
    ...(hasUser ? missingErrors(`${path}.usernameKey`, credentials.usernameKey, both) : []),
    ...(hasUser ? missingErrors(`${path}.passwordKey`, credentials.passwordKey, both) : []),
  ];
}

/** Errors of what both the credentials and the endpoint set, or the credentials twice. */
function twiceErrors(
  path: string,
  credentials: MetricsAdapterCredentialsArgs,
  serverPath: string,
  server: Known<PrometheusEndpoint>,
): InputError[] {
  const { tokenKey, authorizationKey, usernameKey, passwordKey, caKey } = credentials;
  const endpoint: Partial<PrometheusEndpoint> = server === UNKNOWN || typeof server !== "object" ? {} : server;
  const ways = [
    ...(isGiven(endpoint.authorization) ? [`${serverPath}.authorization`] : []),
    ...(isGiven(endpoint.basicAuth) ? [`${serverPath}.basicAuth`] : []),
    ...(isGiven(tokenKey) ? ["tokenKey"] : []),
    ...(isGiven(authorizationKey) ? ["authorizationKey"] : []),
    ...(isGiven(usernameKey) || isGiven(passwordKey) ? ["usernameKey"] : []),
  ];
  const last = ways.at(-1) ?? "";
  const isTwice = ways.length > 1 && last.endsWith("Key");
  return [
    ...(isTwice
      ? [
          {
            path: `${path}.${last}`,
            code: "ASM_AUTHORIZATION_TWICE" as const,
            message: `The Authorization header is set ${ways.length} times: by ${ways.join(" and ")}`,
          },
        ]
      : []),
    ...(isGiven(caKey) && isGiven(endpoint.caBundle)
      ? [misplaced(`${path}.caKey`, `caKey and ${serverPath}.caBundle are both set`, "Keep one of them")]
      : []),
  ];
}

function misplaced(path: string, message: string, remedy: string): InputError {
  return { path, code: "ASM_ARGUMENT_MISPLACED", message, remedy };
}
