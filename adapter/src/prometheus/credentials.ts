import { X509Certificate } from "node:crypto";
import { statSync } from "node:fs";
import { validateHeaderValue } from "node:http";
import { createSecureContext } from "node:tls";
import { reason } from "../kubernetes/client.ts";
import { pemBlocks } from "../serving/pem.ts";
import { type HttpConfig, HttpConfigError, readHttpConfig, requestHeaders, secretText } from "./httpConfig.ts";

/** The credentials of a request to one Prometheus. The object stays the same until the content of the files changes. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string | string[]>>;
  /**
   * TLS options. The object stays the same until the content of the TLS files changes, so connections are cached by it.
   */
  readonly tls: TlsOptions;
}

/** Options of a TLS connection. Certificates and keys are PEM. */
export interface TlsOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** Selects the credentials for one Prometheus, also while their files are replaced. */
export interface CredentialSource {
  /**
   * Returns the credentials to send now. Reads changed files again. If the new files are not usable (missing,
   * incomplete, or a certificate with the key of another one), the last good state stays in use.
   * @throws HttpConfigError or a file error if there is no good state
   */
  choose(): Credentials;
  /** Records that the server accepted these credentials. */
  accept(credentials: Credentials): void;
  /**
   * Records that the server rejected these credentials. Returns other credentials to try, if any: the ones that the
   * server accepted last, or the ones that the files have now.
   */
  refuse(credentials: Credentials): Credentials | undefined;
}

/**
 * How long rejected credentials are not the first choice, in ms. The files and the server seldom change at the same
 * time.
 */
const REFUSED_MS = 5_000;

/**
 * Creates the credentials of one Prometheus.
 * @param onUnusable called once for each reason why the files are not usable. The reason has file names, never file
 * contents
 */
export function createCredentials(given: HttpConfig, onUnusable: (sentence: string) => void): CredentialSource {
  let config = given;
  let stamp = "";
  let latest: Credentials | undefined;
  let good: Credentials | undefined;
  let refused: { credentials: Credentials; at: number } | undefined;
  let told = "";

  const read = (): Credentials => {
    const now = stampOf(config);
    if (latest && now === stamp) return latest;
    try {
      if (config.file) config = readHttpConfig(config.file);
      const [headers, tls] = [checkedHeaders(config), checkedTls(config)];
      stamp = stampOf(config) === now ? now : "";
      if (!latest || !isEqual([headers, tls], [latest.headers, latest.tls])) {
        latest = { headers, tls: latest && isEqual(tls, latest.tls) ? latest.tls : tls };
      }
      told = "";
    } catch (error) {
      if (!latest) throw error;
      const sentence = reason(error);
      if (sentence !== told) onUnusable(sentence);
      told = sentence;
    }
    return latest;
  };

  return {
    choose() {
      const now = read();
      const isRefused = refused?.credentials === now && performance.now() - refused.at < REFUSED_MS;
      return isRefused && good ? good : now;
    },
    accept(credentials) {
      good = credentials;
    },
    refuse(credentials) {
      refused = { credentials, at: performance.now() };
      return [good, latest].find((other) => other && other !== credentials);
    },
  };
}

function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/**
 * Returns a stamp of the files' state without reading them. A mounted Secret changes when its link points to another
 * file.
 */
function stampOf(config: HttpConfig): string {
  const { file, authorization, basicAuth, headers, tls } = config;
  const values = [
    ...[authorization?.credentials, basicAuth?.username, basicAuth?.password, tls?.ca, tls?.cert, tls?.key],
    ...headers.map(({ value }) => value),
  ];
  const files = [file, ...values.map((value) => (value && "file" in value ? value.file : undefined))];
  return files.map((path) => (path ? stampOfFile(path) : "")).join(" ");
}

function stampOfFile(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat ? `${stat.ino}.${stat.size}.${stat.mtimeNs}.${stat.ctimeNs}` : "none";
}

function checkedHeaders(config: HttpConfig): Record<string, string | string[]> {
  const headers = requestHeaders(config);
  for (const [name, values] of Object.entries(headers)) {
    for (const value of [values].flat()) {
      if (value.trim() === "" || /^Bearer\s*$/.test(value)) throw problem(config, `the header ${name} would be empty`);
      try {
        validateHeaderValue(name, value);
      } catch {
        throw problem(config, `the header ${name} would hold a line end or another character that no header may hold`);
      }
    }
  }
  return headers;
}

function checkedTls(config: HttpConfig): TlsOptions {
  if (!config.tls) return {};
  const { ca, cert, key, serverName, insecureSkipVerify } = config.tls;
  const options: TlsOptions = {
    ...(ca ? { ca: secretText(ca) } : {}),
    ...(cert ? { cert: secretText(cert) } : {}),
    ...(key ? { key: secretText(key) } : {}),
    ...(serverName ? { servername: serverName } : {}),
    ...(insecureSkipVerify ? { rejectUnauthorized: false } : {}),
  };
  if (options.ca !== undefined && !isBundle(options.ca))
    throw problem(config, "ca is not one or more whole certificates");
  // Node takes an empty text as unset, and would then connect without the client certificate.
  if (options.cert === "" || options.key === "") throw problem(config, "cert or key is empty");
  try {
    createSecureContext(options);
  } catch (error) {
    throw problem(config, `cert and key cannot be used together (${reason(error)})`);
  }
  return options;
}

/** Whether a PEM bundle has only whole certificates. OpenSSL accepts a truncated bundle as a shorter one. */
function isBundle(pem: string): boolean {
  const blocks = pemBlocks(pem);
  try {
    for (const block of blocks) new X509Certificate(block);
  } catch {
    return false;
  }
  return blocks.length > 0 && blocks.length === pem.split("-----BEGIN ").length - 1;
}

function problem({ file, authorization }: HttpConfig, sentence: string): HttpConfigError {
  const token = authorization && "file" in authorization.credentials ? authorization.credentials.file : undefined;
  return new HttpConfigError(`${file ?? token ?? "the credentials"}: ${sentence}`);
}
