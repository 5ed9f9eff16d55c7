import { X509Certificate } from "node:crypto";
import type * as pulumi from "@pulumi/pulumi";
import type { Mistake } from "../validation/inputErrors";
import { missingMistakes } from "../validation/inputErrors";
import { later, type Now, now } from "../validation/inputs";

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
}

/** User name and password for a Prometheus server. */
export interface PrometheusBasicAuth {
  /** User name. */
  username: pulumi.Input<string>;
  /** Password, stored as a secret. */
  password: pulumi.Input<string>;
}

const REMEDY = "Give the base URL alone, such as http://prometheus.istio-system.svc:9090";

/** Everything that is wrong with what is known of an endpoint, each with its property path; none may be left out. */
export function endpointMistakes(path: string, endpoint: Now<PrometheusEndpoint | undefined>): Mistake[] {
  if (endpoint === later) return [];
  if (typeof endpoint !== "object" || endpoint === null) {
    return missingMistakes(path, undefined, "Say where Prometheus answers, such as { url: … }");
  }
  return [
    ...urlMistakes(`${path}.url`, now(endpoint.url)),
    ...headerValueMistakes(`${path}.authorization`, now(endpoint.authorization)),
    ...basicAuthMistakes(`${path}.basicAuth`, now(endpoint.basicAuth)),
    ...authTwiceMistakes(path, endpoint),
    ...caBundleMistakes(`${path}.caBundle`, now(endpoint.caBundle)),
    ...headerMistakes(`${path}.headers`, now(endpoint.headers)),
  ];
}

/** Everything that is wrong with the URL of a Prometheus; it may not be left out. */
export function urlMistakes(path: string, url: Now<string | undefined>): Mistake[] {
  if (url === later) return [];
  if (!isGiven(url)) return missingMistakes(path, url, REMEDY);
  const wrong = (message: string, remedy = REMEDY): Mistake[] => [{ path, code: "ASM_URL_INVALID", message, remedy }];
  // The text of the URL is never repeated: with a token in it, the error would show it to more people.
  const parsed = URL.parse(String(url));
  if (parsed === null || !["http:", "https:"].includes(parsed.protocol)) {
    return wrong("The URL of Prometheus is no http or https URL");
  }
  if (parsed.username !== "" || parsed.password !== "") {
    return wrong("The URL of Prometheus holds credentials", "Give them as basicAuth, and the base URL alone as url");
  }
  if (parsed.search !== "" || parsed.hash !== "") return wrong("The URL of Prometheus has a query or a fragment");
  return [];
}

function basicAuthMistakes(path: string, basicAuth: Now<PrometheusBasicAuth | undefined>): Mistake[] {
  if (basicAuth === later || !isGiven(basicAuth)) return [];
  const { username, password } = basicAuth;
  const remedy = "Give both a username and a password";
  return [
    ...missingMistakes(`${path}.username`, now<string | undefined>(username), remedy),
    ...missingMistakes(`${path}.password`, now<string | undefined>(password), remedy),
  ];
}

function authTwiceMistakes(path: string, { authorization, basicAuth, headers }: PrometheusEndpoint): Mistake[] {
  const names = Object.keys(knownHeaders(now(headers))).filter((name) => name.toLowerCase() === "authorization");
  const given = [
    ...(isGiven(authorization) ? ["authorization"] : []),
    ...(isGiven(basicAuth) ? ["basicAuth"] : []),
    ...names.map((name) => `headers[${JSON.stringify(name)}]`),
  ];
  const second = given[1];
  if (second === undefined) return [];
  return [
    {
      path: `${path}.${second}`,
      code: "ASM_AUTHORIZATION_TWICE",
      message: `The Authorization header is given ${given.length} times: ${given.join(" and ")}`,
      remedy: "Keep one of them",
    },
  ];
}

function knownHeaders(headers: Now<PrometheusEndpoint["headers"]>): object {
  return headers === later || typeof headers !== "object" || headers === null ? {} : headers;
}

/** Programs without types also leave a value out as null. */
function isGiven<T>(value: T | undefined | null): value is T {
  return value !== undefined && value !== null;
}

/** RFC 9110, 5.6.2: token. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** RFC 9110, 5.5: visible characters with spaces and tabs between them, and what HTTP/1.1 still lets through above ASCII. */
const VALUE = /^[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?$/;

/** Headers that belong to the connection or to the body; no client lets its user set them. */
const RESERVED = ["connection", "content-length", "content-type", "host", "transfer-encoding", "upgrade"];

/** The mistakes of the known names and values of headers. */
export function headerMistakes(path: string, headers: Now<PrometheusEndpoint["headers"]>): Mistake[] {
  if (headers === later || typeof headers !== "object" || headers === null) return [];
  return Object.entries(headers).flatMap(([name, value]) => {
    const entry = `${path}[${JSON.stringify(name)}]`;
    return [...nameMistakes(entry, name), ...valueMistakes(entry, now<string | undefined>(value))];
  });
}

/** The mistake (none or one) of a header's value. The value is never repeated: it may be a secret. */
export function headerValueMistakes(path: string, value: Now<string | undefined>): Mistake[] {
  if (value === undefined || value === null) return [];
  return valueMistakes(path, value);
}

function nameMistakes(path: string, name: string): Mistake[] {
  if (!NAME.test(name)) {
    return wrong(path, `${JSON.stringify(name)} is no name of a header`, "Use letters, digits and '-'");
  }
  if (!RESERVED.includes(name.toLowerCase())) return [];
  return wrong(path, `${name} is a header of the connection or of its body`, "Leave it out");
}

function valueMistakes(path: string, value: Now<string | undefined>): Mistake[] {
  if (value === later || (typeof value === "string" && VALUE.test(value))) return [];
  const message = "The value is empty, starts or ends with white space, or has a character that no header can carry";
  return wrong(path, message, "Give one line of text; a file's last line end does not belong to it");
}

function wrong(path: string, message: string, remedy: string): Mistake[] {
  return [{ path, code: "ASM_HEADER_INVALID", message, remedy }];
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** The mistake (none or one) of certificates in PEM. */
export function caBundleMistakes(path: string, bundle: Now<string | undefined>): Mistake[] {
  if (bundle === later || bundle === undefined || bundle === null || holdsCertificates(String(bundle))) return [];
  return [
    {
      path,
      code: "ASM_CERTIFICATE_INVALID",
      message: "caBundle is not one or more certificates in PEM",
      remedy: 'Give the text of the file, from "-----BEGIN CERTIFICATE-----" on, and not its path or its base64',
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
