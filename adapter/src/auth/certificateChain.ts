import type { X509Certificate } from "node:crypto";
import { dateFault, describe, type Link, linkToAuthorities, usableLink } from "./chainLinks.ts";
import { constraintFault } from "./nameMatching.ts";

const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
const ANY_USAGE = "2.5.29.37.0";
/** Certificates that a client may send, and that a chain may have, its authority included. */
export const MAX_CHAIN = 8;
/** Bytes of all certificates that a client may send. */
const MAX_CHAIN_BYTES = 32 * 1024;
/** Candidates for the next certificate of a chain, over all chains that are tried for a client. */
const MAX_CANDIDATES = 100;

/** A chain that ends at a trusted authority holds until `notAfter` (Unix ms), when its first certificate expires. */
export type ChainVerdict = { ok: true; notAfter: number } | { ok: false; reason: string };

/**
 * Verifies a client certificate, the first of those `sent`, against the given authorities and no others, with the rest of them
 * as possible intermediates, as Go's `x509.Certificate.Verify` does for Kubernetes with the usage "client authentication":
 * signatures (SHA-2 and Ed25519 alone; the authority's own does not count), validity, basic constraints, path lengths (each
 * intermediate counts, self-issued ones too), key usage, extended key usages down the chain, name constraints, and no critical
 * extension that is not understood, on the authority neither. An authority's certificate that a client bears itself is a chain.
 *
 * More than eight certificates or 32 KiB of them are refused before one is parsed; one of more than 16 KiB is never parsed.
 *
 * Where it differs from Go. Stricter: name constraints of a form that is not checked are refused even when they are not
 * critical, with a minimum or maximum, and what `constraintFault` names; so are policy constraints and mappings below the
 * authority, chains of more than eight, and keys of RSA above 8192 bits. Laxer: the syntax of extensions that decide nothing
 * (CRL distribution points, policies, key identifiers, authority information, URIs without constraints) is not checked, and an
 * intermediate that cannot be read is left out, where Go ends the handshake. Key identifiers choose no issuer.
 */
export function verifyClientChain(
  sent: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
  now: number,
): ChainVerdict {
  const [leaf] = sent;
  const fault = leaf ? (sizeFault(sent) ?? dateFault(leaf, now)) : "the client sent no certificate";
  if (!leaf || fault !== undefined) return { ok: false, reason: fault ?? "" };
  const faults: string[] = [];
  const onFault = (found: string) => faults.push(found);

  const isAuthority = authorities.some(({ raw }) => raw.equals(leaf.raw));
  const start = isAuthority
    ? usableLink(leaf, { trusted: true, now, onFault })
    : linkToAuthorities(sent, authorities, now, onFault);
  const chain = start && findChain(start, onFault);
  if (!chain) return { ok: false, reason: faults.at(-1) ?? `${describe(leaf)} is not signed by a trusted authority` };
  return { ok: true, notAfter: Math.min(...chain.map(({ certificate }) => certificate.validToDate.getTime())) };
}

function sizeFault(sent: readonly X509Certificate[]): string | undefined {
  if (sent.length > MAX_CHAIN) return `the client sent more than ${MAX_CHAIN} certificates`;
  const bytes = sent.reduce((sum, { raw }) => sum + raw.length, 0);
  return bytes > MAX_CHAIN_BYTES ? `the client sent certificates of more than ${MAX_CHAIN_BYTES} bytes` : undefined;
}

/** The first chain from the link to a trusted authority that holds. */
function findChain(start: Link, onFault: (fault: string) => void): readonly Link[] | undefined {
  let candidates = 0;

  const holds = (chain: readonly Link[]): boolean => {
    const fault = usageFault(chain) ?? policyFault(chain) ?? namesFault(chain);
    if (fault !== undefined) onFault(fault);
    return fault === undefined;
  };
  const search = (chain: readonly Link[], last: Link): readonly Link[] | undefined => {
    if (last.trusted) return holds(chain) ? chain : undefined;
    for (const issuer of last.issuers) {
      candidates += 1;
      if (candidates > MAX_CANDIDATES) return undefined;
      if (isRepeated(issuer, chain)) continue;
      const fault = lengthFault(issuer, chain);
      if (fault !== undefined) onFault(fault);
      const found = fault === undefined ? search([...chain, issuer], issuer) : undefined;
      if (found) return found;
    }
    return undefined;
  };
  return search([start], start);
}

/** Whether the chain has a certificate of the same subject, key and names: two authorities may have signed each other. */
function isRepeated({ facts }: Link, chain: readonly Link[]): boolean {
  const isSame = (some: Uint8Array | undefined, other: Uint8Array | undefined) =>
    some && other ? Buffer.compare(some, other) === 0 : some === other;
  return chain.some(
    ({ facts: { subject, publicKey, rawNames } }) =>
      isSame(subject, facts.subject) && isSame(publicKey, facts.publicKey) && isSame(rawNames, facts.rawNames),
  );
}

function lengthFault({ certificate, facts }: Link, chain: readonly Link[]): string | undefined {
  if (chain.length >= MAX_CHAIN) return `the chain has more than ${MAX_CHAIN} certificates`;
  const pathLength = facts.basicConstraints?.pathLength ?? Number.POSITIVE_INFINITY;
  const intermediates = chain.length - 1;
  if (intermediates <= pathLength) return undefined;
  return `${describe(certificate)} allows ${pathLength} intermediates below it, and there are ${intermediates}`;
}

/** An authority that states usages limits those below it to them. */
function usageFault(chain: readonly Link[]): string | undefined {
  const limited = chain.find(
    ({ facts: { usages } }) => usages.length > 0 && !usages.includes(CLIENT_AUTH) && !usages.includes(ANY_USAGE),
  );
  return limited && `${describe(limited.certificate)} is not for client authentication`;
}

function policyFault(chain: readonly Link[]): string | undefined {
  const limited = chain.find(({ facts, trusted }) => facts.hasPolicyRules && !trusted);
  return limited && `${describe(limited.certificate)} has policy constraints, which the adapter does not check`;
}

/** Constraints count for all certificates below theirs. */
function namesFault(chain: readonly Link[]): string | undefined {
  for (const [index, { certificate, facts }] of chain.entries()) {
    for (const above of chain.slice(index + 1)) {
      const { nameConstraints } = above.facts;
      const fault = facts.names && nameConstraints && constraintFault(facts.names, nameConstraints);
      if (fault !== undefined) return `${describe(certificate)} ${fault}`;
    }
  }
  return undefined;
}
