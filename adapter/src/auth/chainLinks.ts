import type { KeyObject, X509Certificate } from "node:crypto";
import { type CertificateFacts, readFacts } from "./certificateFacts.ts";
import { isAcceptedKey } from "./signatureAlgorithm.ts";
import { briefly } from "./subjectNames.ts";

/** A certificate that a trusted authority signed, directly or through others that were sent; or such an authority itself. */
export interface Link {
  readonly certificate: X509Certificate;
  readonly facts: CertificateFacts;
  readonly trusted: boolean;
  /** Who signed it: the trusted authorities first. */
  readonly issuers: Link[];
}

/** Signatures that are checked for one client; Go's own bound for a chain (crypto/x509: maxChainSignatureChecks). */
const MAX_SIGNATURE_CHECKS = 100;

/**
 * The link of the first certificate that was sent, `undefined` when no trusted authority stands behind it. Works from the
 * authorities down, so that a certificate that none of them signed is never parsed and its key verifies nothing: an untrusted client costs
 * one check with an authority's key for each certificate that bears the authority's name as issuer.
 * @param onFault why a certificate that a trusted authority stands behind is not used
 */
export function linkToAuthorities(
  sent: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
  now: number,
  onFault: (fault: string) => void,
): Link | undefined {
  const links = new Map<X509Certificate, Link>();
  let checks = 0;

  const linkOf = (certificate: X509Certificate, trusted: boolean): Link | undefined => {
    const link = links.get(certificate) ?? usableLink(certificate, { trusted, now, onFault });
    if (link) links.set(certificate, link);
    return link;
  };
  const below = (issuer: Link, key: KeyObject): Link[] =>
    sent.flatMap((certificate) => {
      if (certificate === issuer.certificate || certificate.issuer !== issuer.certificate.subject) return [];
      checks += 1;
      if (checks > MAX_SIGNATURE_CHECKS || !certificate.verify(key)) return [];
      const link = linkOf(certificate, false);
      if (!link || Buffer.compare(link.facts.issuer, issuer.facts.subject) !== 0) return [];
      link.issuers.push(issuer);
      return link.issuers.length === 1 ? [link] : [];
    });

  const named = new Set(sent.map(({ issuer }) => issuer));
  let issuers = authorities.filter(({ subject }) => named.has(subject)).flatMap((root) => linkOf(root, true) ?? []);
  while (issuers.length > 0) {
    issuers = issuers.flatMap((issuer) => {
      const key = signingKey(issuer, onFault);
      return key ? below(issuer, key) : [];
    });
  }
  const [leaf] = sent;
  return leaf && links.get(leaf);
}

/** A link without issuers; `undefined`, with the reason told, for a certificate that no chain may hold. */
export function usableLink(
  certificate: X509Certificate,
  { trusted, now, onFault }: { trusted: boolean; now: number; onFault: (fault: string) => void },
): Link | undefined {
  const read = readFacts(certificate);
  const fault = "fault" in read ? `${describe(certificate)} is refused: ${read.fault}` : dateFault(certificate, now);
  if (fault !== undefined || "fault" in read) {
    if (fault !== undefined) onFault(fault);
    return undefined;
  }
  // An authority is trusted for its key, whoever signed that.
  if (!trusted && !read.facts.isSignatureAccepted) {
    onFault(`${describe(certificate)} is signed with an algorithm that is not accepted, such as SHA-1`);
    return undefined;
  }
  return { certificate, facts: read.facts, trusted, issuers: [] };
}

/** Why the certificate is not valid at `now`, Unix ms. Nothing is parsed for it. */
export function dateFault(certificate: X509Certificate, now: number): string | undefined {
  if (now < certificate.validFromDate.getTime()) return `${describe(certificate)} is not valid yet`;
  if (now > certificate.validToDate.getTime()) return `${describe(certificate)} expired on ${certificate.validTo}`;
  return undefined;
}

/** For a log line: the subject, cut. */
export function describe(certificate: X509Certificate): string {
  return `certificate ${briefly(certificate.subject)}`;
}

/** The key of a certificate that may sign others (crypto/x509/x509.go: CheckSignatureFrom). */
function signingKey({ certificate, facts, trusted }: Link, onFault: (fault: string) => void): KeyObject | undefined {
  const { version, basicConstraints, mayNotSign } = facts;
  // Certificates before version 3 cannot say that they are authorities; the operator can.
  const isAuthority = basicConstraints ? basicConstraints.authority : trusted && version < 3;
  if (!isAuthority || mayNotSign) {
    onFault(`${describe(certificate)} may not sign certificates`);
    return undefined;
  }
  try {
    const key = certificate.publicKey;
    if (isAcceptedKey(key)) return key;
  } catch {
    // A key that OpenSSL cannot read.
  }
  onFault(`${describe(certificate)} has a key that is not accepted`);
  return undefined;
}
