import type { KeyObject, X509Certificate } from "node:crypto";
import { type CertificateFacts, readFacts } from "./certificateFacts.ts";
import { isAcceptedKey } from "./signatureAlgorithm.ts";
import { briefly } from "./subjectNames.ts";

/** A certificate that chains to a trusted authority, directly or through other sent certificates, or the authority. */
export interface Link {
  readonly certificate: X509Certificate;
  readonly facts: CertificateFacts;
  readonly trusted: boolean;
  /** The certificates that signed this one. Trusted authorities come first. */
  readonly issuers: Link[];
}

/** Maximum number of signature checks per client. Go has the same limit (crypto/x509: maxChainSignatureChecks). */
const MAX_SIGNATURE_CHECKS = 100;

/**
 * Links the first sent certificate to the trusted authorities. `undefined` when it does not chain to any of them.
 * The search starts at the authorities. A certificate that does not chain to one of them is never parsed, and its key
 * is never used. An untrusted client therefore costs one signature check, with an authority's key, for each certificate
 * that names the authority as its issuer.
 * @param onFault called with the reason why a certificate that chains to a trusted authority is not used
 */
export function linkToAuthorities(
  sent: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
  now: number,
  onProblem: (problem: string) => void,
): Link | undefined {
  const links = new Map<X509Certificate, Link>();
  let checks = 0;

  const linkOf = (certificate: X509Certificate, trusted: boolean): Link | undefined => {
    const link = links.get(certificate) ?? usableLink(certificate, { trusted, now, onProblem });
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
      const key = signingKey(issuer, onProblem);
      return key ? below(issuer, key) : [];
    });
  }
  const [leaf] = sent;
  return leaf && links.get(leaf);
}

/** A link without issuers. For a certificate that no chain may contain, calls `onProblem` and returns `undefined`. */
export function usableLink(
  certificate: X509Certificate,
  { trusted, now, onProblem }: { trusted: boolean; now: number; onProblem: (problem: string) => void },
): Link | undefined {
  const read = readFacts(certificate);
  const problem =
    "problem" in read ? `${describe(certificate)} is refused: ${read.problem}` : dateProblem(certificate, now);
  if (problem !== undefined || "problem" in read) {
    if (problem !== undefined) onProblem(problem);
    return undefined;
  }
  // An authority is trusted because of its key. The signature on its certificate does not matter.
  if (!trusted && !read.facts.isSignatureAccepted) {
    onProblem(`${describe(certificate)} is signed with an algorithm that is not accepted, such as SHA-1`);
    return undefined;
  }
  return { certificate, facts: read.facts, trusted, issuers: [] };
}

/** Why the certificate is not valid at `now` (Unix ms). It does not parse the certificate's DER. */
export function dateProblem(certificate: X509Certificate, now: number): string | undefined {
  if (now < certificate.validFromDate.getTime()) return `${describe(certificate)} is not valid yet`;
  if (now > certificate.validToDate.getTime()) return `${describe(certificate)} expired on ${certificate.validTo}`;
  return undefined;
}

/** Describes a certificate for a log line by its subject, truncated. */
export function describe(certificate: X509Certificate): string {
  return `certificate ${briefly(certificate.subject)}`;
}

/** The key of a certificate that may sign certificates (crypto/x509/x509.go: CheckSignatureFrom). */
function signingKey(
  { certificate, facts, trusted }: Link,
  onProblem: (problem: string) => void,
): KeyObject | undefined {
  const { version, basicConstraints, mayNotSign } = facts;
  // A certificate before version 3 cannot state that it is an authority. It is one when the operator trusts it.
  const isAuthority = basicConstraints ? basicConstraints.authority : trusted && version < 3;
  if (!isAuthority || mayNotSign) {
    onProblem(`${describe(certificate)} may not sign certificates`);
    return undefined;
  }
  try {
    const key = certificate.publicKey;
    if (isAcceptedKey(key)) return key;
  } catch {
    // OpenSSL cannot read the key.
  }
  onProblem(`${describe(certificate)} has a key that is not accepted`);
  return undefined;
}
