import { createPrivateKey, X509Certificate } from "node:crypto";
import { issueCertificate, type KeyedCertificate, makeAuthority } from "./certificateAuthority.ts";

/** A certificate (leaf first, then any intermediates) and its private key, both PEM. */
export interface ServingCertificate {
  readonly cert: string;
  readonly key: string;
}

/** The Service through which the aggregator reaches us; its DNS names stand in the serving certificate. */
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
/** A certificate is renewed when this part of its life is over, so that a third is left for whatever goes wrong. */
const RENEW_AT = 2 / 3;
/** An authority signs nothing more when this part of its life is over, though nobody has published its successor. */
const LAST_AT = 0.95;
/** Clocks of a cluster differ; a certificate is valid a little before it is made. */
const SKEW_MS = 300_000;

/** The names that the aggregator (`<service>.<namespace>.svc`) and clients inside the cluster use. */
function servingHosts({ serviceName, namespace }: ServingService): string[] {
  return [`${serviceName}.${namespace}.svc`, `${serviceName}.${namespace}.svc.cluster.local`];
}

/** A new authority of one year. @param now Unix ms */
export function makeServingAuthority(now: number): Promise<KeyedCertificate> {
  // The time in its name keeps two authorities apart when both are trusted.
  return makeAuthority(`asm-metrics-adapter-ca@${Math.floor(now / 1000)}`, validity(now, AUTHORITY_DAYS));
}

/**
 * Makes a serving certificate of `days` (30), by `authority` or by a new one of one year, which it does not outlive.
 * Keys are P-256.
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

/** A common name holds 64 characters at most; nothing reads it where DNS names are there. */
function shortened(name: string): string {
  return name.slice(0, 64);
}

/** Why a certificate cannot be used with its key at `now` (Unix ms); an authority that is near its end cannot sign. */
export function authorityFault(authority: KeyedCertificate, now: number): string | undefined {
  return (
    fault("the authority", authority, now, LAST_AT) ??
    (new X509Certificate(authority.cert).ca ? undefined : "the authority is a certificate that may sign no other")
  );
}

/** Why a serving certificate cannot be served for `service`, or is due to be renewed, at `now` (Unix ms). */
export function servingFault(
  serving: KeyedCertificate,
  authority: KeyedCertificate,
  service: ServingService,
  now: number,
): string | undefined {
  return fault("the serving certificate", serving, now, RENEW_AT) ?? mismatch(serving, authority, service);
}

/** Whether so much of a certificate's life is over that its successor should be made. @param now Unix ms */
export function isDueForRenewal(certPem: string, now: number): boolean {
  return lifeSpent(new X509Certificate(certPem), now) >= RENEW_AT;
}

/** The part of a certificate's life that is over at `now`: 0 when it begins, 1 when it expires. */
function lifeSpent(certificate: X509Certificate, now: number): number {
  const from = certificate.validFromDate.getTime();
  return (now - from) / (certificate.validToDate.getTime() - from);
}

function fault(what: string, { cert, key }: KeyedCertificate, now: number, lastAt: number): string | undefined {
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
