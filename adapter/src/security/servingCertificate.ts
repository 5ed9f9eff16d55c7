import { createPrivateKey, X509Certificate } from "node:crypto";
import { issueCertificate, type KeyedCertificate, makeAuthority } from "./authority.ts";

/** The Service through which the aggregator reaches us; its DNS names stand in the serving certificate. */
export interface ServingService {
  readonly serviceName: string;
  readonly namespace: string;
}

/** A serving certificate with the authority that signed it, all PEM. `authority.cert` is the APIService's `caBundle`. */
export interface ServingPair {
  readonly authority: KeyedCertificate;
  readonly serving: KeyedCertificate;
}

/** A pair read back, or why it cannot be served; `authority` is there when it can still sign a new certificate. */
export type PairResult =
  | { readonly ok: true; readonly pair: ServingPair }
  | { readonly ok: false; readonly reason: string; readonly authority?: KeyedCertificate };

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3650;
const SERVING_DAYS = 365;
/** A certificate with fewer days left is made anew. */
const RENEW_DAYS = 30;
/** Clocks of a cluster differ; a certificate is valid a little before it is made. */
const SKEW_MS = 300_000;

const KEYS = { authorityCert: "ca.crt", authorityKey: "ca.key", cert: "tls.crt", key: "tls.key" } as const;

/** The names that the aggregator (`<service>.<namespace>.svc`) and clients inside the cluster use. */
export function servingHosts({ serviceName, namespace }: ServingService): string[] {
  return [`${serviceName}.${namespace}.svc`, `${serviceName}.${namespace}.svc.cluster.local`];
}

/**
 * Makes a serving certificate of one year, by `authority` or by a new one of ten years. Keys are P-256.
 * @param now Unix ms
 */
export async function makeServingPair(
  service: ServingService,
  now: number,
  authority?: KeyedCertificate,
): Promise<ServingPair> {
  const notBefore = new Date(now - SKEW_MS);
  const validFor = (days: number) => ({ notBefore, notAfter: new Date(now + days * DAY_MS) });
  // The time in its name keeps two authorities apart when both are trusted.
  const name = `asm-metrics-adapter-ca@${Math.floor(now / 1000)}`;
  const issuer = authority ?? (await makeAuthority(name, validFor(AUTHORITY_DAYS)));
  const [commonName = ""] = servingHosts(service);
  const request = { commonName: shortened(commonName), hosts: servingHosts(service), usages: ["server"] } as const;
  return { authority: issuer, serving: await issueCertificate(issuer, { ...request, ...validFor(SERVING_DAYS) }) };
}

/** A common name holds 64 characters at most; nothing reads it where DNS names are there. */
function shortened(name: string): string {
  return name.slice(0, 64);
}

/** The pair as the data of a Secret: base64 under `ca.crt`, `ca.key`, `tls.crt` and `tls.key`. */
export function encodePair({ authority, serving }: ServingPair): Record<string, string> {
  const encode = (text: string) => Buffer.from(text).toString("base64");
  return {
    [KEYS.authorityCert]: encode(authority.cert),
    [KEYS.authorityKey]: encode(authority.key),
    [KEYS.cert]: encode(serving.cert),
    [KEYS.key]: encode(serving.key),
  };
}

/** Reads the data of a Secret and checks that it can be served for `service` at `now` (Unix ms) for some time to come. */
export function readPair(data: Readonly<Record<string, string>>, service: ServingService, now: number): PairResult {
  const decode = (key: string) => Buffer.from(data[key] ?? "", "base64").toString("utf8");
  const authority = { cert: decode(KEYS.authorityCert), key: decode(KEYS.authorityKey) };
  const authorityFault = fault("the authority", authority, now);
  if (authorityFault) return { ok: false, reason: authorityFault };
  const serving = { cert: decode(KEYS.cert), key: decode(KEYS.key) };
  const reason = fault("the serving certificate", serving, now) ?? mismatch(serving, authority, service);
  return reason ? { ok: false, reason, authority } : { ok: true, pair: { authority, serving } };
}

function fault(what: string, { cert, key }: KeyedCertificate, now: number): string | undefined {
  if (cert.trim() === "" || key.trim() === "") return `${what} is missing`;
  try {
    const certificate = new X509Certificate(cert);
    if (!certificate.checkPrivateKey(createPrivateKey(key))) return `${what} does not belong to its key`;
    if (now < certificate.validFromDate.getTime()) return `${what} is not valid yet`;
    const left = certificate.validToDate.getTime() - now;
    return left < RENEW_DAYS * DAY_MS ? `${what} expires on ${certificate.validTo}` : undefined;
  } catch {
    return `${what} or its key cannot be read`;
  }
}

function mismatch(serving: KeyedCertificate, authority: KeyedCertificate, service: ServingService): string | undefined {
  const certificate = new X509Certificate(serving.cert);
  const issuer = new X509Certificate(authority.cert);
  if (!issuer.ca || !certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) {
    return "the serving certificate is not signed by the authority beside it";
  }
  const host = servingHosts(service).find((name) => certificate.checkHost(name, { subject: "never" }) === undefined);
  return host ? `the serving certificate is not for ${host}` : undefined;
}
