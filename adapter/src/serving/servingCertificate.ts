import { createPrivateKey, X509Certificate } from "node:crypto";
import { issueCertificate, type KeyedCertificate, makeAuthority } from "./certificateAuthority.ts";

/** A certificate (leaf first, then any intermediates) and its private key, both PEM. */
export interface ServingCertificate {
  readonly cert: string;
  readonly key: string;
}

/** The Service through which the aggregator connects to the adapter. The serving certificate has its DNS names. */
export interface ServingService {
  readonly serviceName: string;
  readonly namespace: string;
}

/** A serving certificate with the authority that signed it, all PEM. */
export interface ServingPair {
  readonly authority: KeyedCertificate;
  readonly serving: KeyedCertificate;
}

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 365;
const SERVING_DAYS = 30;
/** A certificate is renewed after this fraction of its lifetime. The remaining third is the reserve for failures. */
const RENEW_AT = 2 / 3;
/** An authority signs nothing after this fraction of its lifetime, even when its successor is not published yet. */
const LAST_AT = 0.95;
/** Allowed clock skew in ms. A certificate is valid from this long before it is made. */
const SKEW_MS = 300_000;

/** The DNS names that the aggregator (`<service>.<namespace>.svc`) and clients in the cluster use. */
function servingHosts({ serviceName, namespace }: ServingService): string[] {
  return [`${serviceName}.${namespace}.svc`, `${serviceName}.${namespace}.svc.cluster.local`];
}

/** Makes an authority that is valid for one year. @param now Unix ms */
export function makeServingAuthority(now: number): Promise<KeyedCertificate> {
  // The time in the name distinguishes two authorities when both are trusted.
  return makeAuthority(`asm-metrics-adapter-ca@${Math.floor(now / 1000)}`, validity(now, AUTHORITY_DAYS));
}

/**
 * Makes a serving certificate that is valid for `days` (default 30). It is signed by `authority`, or by a new authority
 * that is valid for one year. The certificate does not outlive its authority. Keys are P-256.
 * @param now Unix ms
 */
export async function makeServingPair(
  service: ServingService,
  now: number,
  authority?: KeyedCertificate,
  days = SERVING_DAYS,
): Promise<ServingPair> {
  const issuer = authority ?? (await makeServingAuthority(now));
  const { notBefore, notAfter } = validity(now, days);
  const last = new X509Certificate(issuer.cert).validToDate.getTime();
  const [commonName = ""] = servingHosts(service);
  const request = { commonName: shortened(commonName), hosts: servingHosts(service), usages: ["server"] } as const;
  const serving = await issueCertificate(issuer, {
    ...request,
    notBefore,
    notAfter: new Date(Math.min(notAfter.getTime(), last)),
  });
  return { authority: issuer, serving };
}

function validity(now: number, days: number) {
  return { notBefore: new Date(now - SKEW_MS), notAfter: new Date(now + days * DAY_MS) };
}

/** Truncates a common name to its maximum of 64 characters. Clients ignore it, because there are DNS names. */
function shortened(name: string): string {
  return name.slice(0, 64);
}

/** Why an authority and its key cannot be used at `now` (Unix ms). An authority near its expiry cannot sign. */
export function authorityProblem(authority: KeyedCertificate, now: number): string | undefined {
  return (
    problem("the authority", authority, now, LAST_AT) ??
    (new X509Certificate(authority.cert).ca ? undefined : "the authority is a certificate that may sign no other")
  );
}

/** Why a serving certificate cannot be served for `service` at `now` (Unix ms), or is due for renewal. */
export function servingProblem(
  serving: KeyedCertificate,
  authority: KeyedCertificate,
  service: ServingService,
  now: number,
): string | undefined {
  return problem("the serving certificate", serving, now, RENEW_AT) ?? mismatch(serving, authority, service);
}

/** Whether a certificate is due for renewal. @param now Unix ms */
export function isDueForRenewal(certPem: string, now: number): boolean {
  return lifeSpent(new X509Certificate(certPem), now) >= RENEW_AT;
}

/** The elapsed fraction of a certificate's lifetime at `now` (Unix ms): 0 at the start, 1 at the expiry. */
function lifeSpent(certificate: X509Certificate, now: number): number {
  const from = certificate.validFromDate.getTime();
  return (now - from) / (certificate.validToDate.getTime() - from);
}

function problem(what: string, { cert, key }: KeyedCertificate, now: number, lastAt: number): string | undefined {
  if (cert.trim() === "" || key.trim() === "") return `${what} is missing`;
  try {
    const certificate = new X509Certificate(cert);
    if (!certificate.checkPrivateKey(createPrivateKey(key))) return `${what} does not belong to its key`;
    if (now < certificate.validFromDate.getTime()) return `${what} is not valid yet`;
    return lifeSpent(certificate, now) >= lastAt ? `${what} expires on ${certificate.validTo}` : undefined;
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
