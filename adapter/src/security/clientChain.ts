import type { X509Certificate } from "node:crypto";

const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
const ANY_USAGE = "2.5.29.37.0";
/** Leaf and root included. A longer chain is an attack on our time. */
const MAX_CHAIN = 8;

/** A chain that ends at a trusted authority holds until `notAfter` (Unix ms), when its first certificate expires. */
export type ChainVerdict = { ok: true; notAfter: number } | { ok: false; reason: string };

/**
 * Verifies a client certificate against the given authorities and no others, with the certificates that the client sent
 * along as possible intermediates: signatures, validity, CA flags and the usage "client authentication" (or none stated),
 * as Go's `x509.Certificate.Verify` does for Kubernetes. Name and path length constraints are not read.
 */
export function verifyClientChain(
  leaf: X509Certificate,
  authorities: readonly X509Certificate[],
  now: number,
): ChainVerdict {
  const fault = certificateFault(leaf, now);
  if (fault) return { ok: false, reason: fault };
  const chain = buildChain(leaf, authorities, now);
  if (!chain) return { ok: false, reason: `${describe(leaf)} is not signed by a trusted authority` };
  return { ok: true, notAfter: Math.min(...chain.map((certificate) => certificate.validToDate.getTime())) };
}

/** The other certificates of the handshake, in the order sent. */
function sentAlong(leaf: X509Certificate): X509Certificate[] {
  const list: X509Certificate[] = [];
  for (let next = leaf.issuerCertificate; next && list.length < MAX_CHAIN; next = next.issuerCertificate)
    list.push(next);
  return list;
}

/**
 * The shortest chain to a trusted authority. Each intermediate is tried once, so that a stranger who sends authorities
 * that all sign each other cannot make us try every order of them.
 */
function buildChain(
  leaf: X509Certificate,
  authorities: readonly X509Certificate[],
  now: number,
): readonly X509Certificate[] | undefined {
  let unused = sentAlong(leaf);
  let chains: (readonly X509Certificate[])[] = [[leaf]];
  for (let length = 2; length <= MAX_CHAIN && chains.length > 0; length++) {
    const longer: (readonly X509Certificate[])[] = [];
    for (const chain of chains) {
      const last = chain.at(-1) ?? leaf;
      const root = authorities.find((authority) => signed(last, authority, now));
      if (root) return [...chain, root];
      const issuers = unused.filter((issuer) => signed(last, issuer, now));
      unused = unused.filter((certificate) => !issuers.includes(certificate));
      longer.push(...issuers.map((issuer) => [...chain, issuer]));
    }
    chains = longer;
  }
  return undefined;
}

function signed(certificate: X509Certificate, issuer: X509Certificate, now: number): boolean {
  return (
    issuer.ca &&
    certificate.checkIssued(issuer) &&
    certificateFault(issuer, now) === undefined &&
    certificate.verify(issuer.publicKey)
  );
}

function certificateFault(certificate: X509Certificate, now: number): string | undefined {
  if (now < certificate.validFromDate.getTime()) return `${describe(certificate)} is not valid yet`;
  if (now > certificate.validToDate.getTime()) return `${describe(certificate)} expired on ${certificate.validTo}`;
  // `keyUsage` holds the extended key usages; it is undefined where the extension is absent.
  const usages: readonly string[] | undefined = certificate.keyUsage;
  if (usages && !usages.includes(CLIENT_AUTH) && !usages.includes(ANY_USAGE)) {
    return `${describe(certificate)} is not for client authentication`;
  }
  return undefined;
}

function describe(certificate: X509Certificate): string {
  return `client certificate ${JSON.stringify(certificate.subject)}`;
}
