import { X509Certificate } from "node:crypto";
import type * as pulumi from "@pulumi/pulumi";
import type { InputError } from "../validation/inputErrors";
import { entryPath, missingErrors } from "../validation/inputErrors";
import { isGiven, type Known, knownValue, UNKNOWN } from "../validation/inputs";

/** HTTP API of a Prometheus server, and the credentials for it. */
export interface PrometheusEndpoint {
  /**
   * Base URL, http or https, with its path prefix, such as http://prometheus.istio-system.svc:9090. Stored as a secret,
   * because the URL of a managed Prometheus can be enough to read it.
   */
  url: pulumi.Input<string>;
  /** Value of the Authorization header, such as "Bearer …", or only the token for ARMS V1. Stored as a secret. */
  authorization?: pulumi.Input<string>;
  /** Basic authentication instead of authorization. For ARMS V2, the id and the secret of an AccessKey. */
  basicAuth?: pulumi.Input<PrometheusBasicAuth>;
  /** CA certificates in PEM that verify the server's certificate, for https. Defaults to the public CAs. */
  caBundle?: pulumi.Input<string>;
  /** Additional headers of each request, such as X-Scope-OrgID with the tenant of a Mimir. Stored as secrets. */
  headers?: pulumi.Input<{ [name: string]: pulumi.Input<string> }>;
  /**
   * Query language of the server. With Server, an adapter sends a query that is not PromQL to it as it is. Defaults to
   * Promql.
   */
  dialect?: pulumi.Input<PrometheusDialect>;
}

/** Query language of a server with Prometheus's HTTP API. */
export const PrometheusDialect = {
  /** PromQL. A query that is not PromQL is an error. */
  Promql: "Promql",
  /** A dialect of its own, such as MetricsQL of VictoriaMetrics or the additional functions of ARMS. */
  Server: "Server",
} as const;

/** Query language of a server with Prometheus's HTTP API. */
export type PrometheusDialect = (typeof PrometheusDialect)[keyof typeof PrometheusDialect];

/** User name and password for a Prometheus server. */
export interface PrometheusBasicAuth {
  /** User name. */
  username: pulumi.Input<string>;
  /** Password, stored as a secret. */
  password: pulumi.Input<string>;
}

const REMEDY = "Set only the base URL, such as http://prometheus.istio-system.svc:9090";

/** Everything that is wrong with what is known of an endpoint, each with its property path; none may be left out. */
export function endpointErrors(path: string, endpoint: Known<PrometheusEndpoint | undefined>): InputError[] {
  if (endpoint === UNKNOWN) return [];
  if (typeof endpoint !== "object" || endpoint === null) {
    return missingErrors(path, undefined, "Set the HTTP API of Prometheus, such as { url: … }");
  }
  return [
    ...urlErrors(`${path}.url`, knownValue(endpoint.url)),
    ...headerValueErrors(`${path}.authorization`, knownValue(endpoint.authorization)),
    ...basicAuthErrors(`${path}.basicAuth`, knownValue(endpoint.basicAuth)),
    ...authTwiceErrors(path, endpoint),
    ...caBundleErrors(`${path}.caBundle`, knownValue(endpoint.caBundle)),
    ...headerErrors(`${path}.headers`, knownValue(endpoint.headers)),
  ];
}

/** Everything that is wrong with the URL of a Prometheus; it may not be left out. */
export function urlErrors(path: string, url: Known<string | undefined>): InputError[] {
  if (url === UNKNOWN) return [];
  if (!isGiven(url)) return missingErrors(path, url, REMEDY);
  const wrong = (message: string, remedy = REMEDY): InputError[] => [
    { path, code: "ASM_URL_INVALID", message, remedy },
  ];
  // The text of the URL is never repeated: with a token in it, the error would show it to more people.
  const parsed = URL.parse(String(url));
  if (parsed === null || !["http:", "https:"].includes(parsed.protocol)) {
    return wrong("The URL of Prometheus is not an http or https URL");
  }
  if (parsed.username !== "" || parsed.password !== "") {
    return wrong("The URL of Prometheus contains credentials", "Set them as basicAuth, and only the base URL as url");
  }
  if (parsed.search !== "" || parsed.hash !== "") return wrong("The URL of Prometheus has a query or a fragment");
  return [];
}

function basicAuthErrors(path: string, basicAuth: Known<PrometheusBasicAuth | undefined>): InputError[] {
  if (basicAuth === UNKNOWN || !isGiven(basicAuth)) return [];
  const { username, password } = basicAuth;
  const remedy = "Set both username and password";
  return [
    ...missingErrors(`${path}.username`, knownValue<string | undefined>(username), remedy),
    ...missingErrors(`${path}.password`, knownValue<string | undefined>(password), remedy),
  ];
}

function authTwiceErrors(path: string, { authorization, basicAuth, headers }: PrometheusEndpoint): InputError[] {
  const names = Object.keys(knownHeaders(knownValue(headers))).filter((name) => name.toLowerCase() === "authorization");
  const given = [
    ...(isGiven(authorization) ? ["authorization"] : []),
    ...(isGiven(basicAuth) ? ["basicAuth"] : []),
    ...names.map((name) => entryPath("headers", name)),
  ];
  const second = given[1];
  if (second === undefined) return [];
  return [
    {
      path: `${path}.${second}`,
      code: "ASM_AUTHORIZATION_TWICE",
      message: `The Authorization header is set ${given.length} times: by ${given.join(" and ")}`,
    },
  ];
}

function knownHeaders(headers: Known<PrometheusEndpoint["headers"]>): object {
  return headers === UNKNOWN || typeof headers !== "object" || headers === null ? {} : headers;
}

/** RFC 9110, 5.6.2: token. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * RFC 9110, 5.5: visible characters with spaces and tabs between them, and what HTTP/1.1 still lets through above
 * ASCII.
 */
const VALUE = /^[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?$/;

/** Headers that belong to the connection or to the body; no client lets its user set them. */
const RESERVED = ["connection", "content-length", "content-type", "host", "transfer-encoding", "upgrade"];

/** The errors of the known names and values of headers. */
function headerErrors(path: string, headers: Known<PrometheusEndpoint["headers"]>): InputError[] {
  if (headers === UNKNOWN || typeof headers !== "object" || headers === null) return [];
  return Object.entries(headers).flatMap(([name, value]) => {
    const entry = entryPath(path, name);
    return [...nameErrors(entry, name), ...valueErrors(entry, knownValue<string | undefined>(value))];
  });
}

/** The error (none or one) of a header's value. The value is never repeated: it may be a secret. */
function headerValueErrors(path: string, value: Known<string | undefined>): InputError[] {
  if (value === undefined || value === null) return [];
  return valueErrors(path, value);
}

function nameErrors(path: string, name: string): InputError[] {
  if (!NAME.test(name)) {
    return wrong(path, `${JSON.stringify(name)} is not a valid header name`, "Use letters, digits and '-'");
  }
  if (!RESERVED.includes(name.toLowerCase())) return [];
  return wrong(path, `${name} is a header of the connection or of its body`, "Remove it");
}

function valueErrors(path: string, value: Known<string | undefined>): InputError[] {
  if (value === UNKNOWN || (typeof value === "string" && VALUE.test(value))) return [];
  const message =
    "The value is empty, starts or ends with white space, or has a character that is not valid in a header";
  return wrong(path, message, "Set one line of text, without the line break at the end of a file");
}

function wrong(path: string, message: string, remedy: string): InputError[] {
  return [{ path, code: "ASM_HEADER_INVALID", message, remedy }];
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** The error (none or one) of certificates in PEM. */
export function caBundleErrors(path: string, bundle: Known<string | undefined>): InputError[] {
  if (bundle === UNKNOWN || bundle === undefined || bundle === null || holdsCertificates(String(bundle))) return [];
  return [
    {
      path,
      code: "ASM_CERTIFICATE_INVALID",
      message: "caBundle is not one or more certificates in PEM",
    },
  ];
}

function holdsCertificates(text: string): boolean {
  const certificates = text.match(CERTIFICATE) ?? [];
  return certificates.length > 0 && certificates.every(isCertificate);
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem) instanceof X509Certificate;
  } catch {
    return false;
  }
}
