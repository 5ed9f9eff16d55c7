import type { X509Certificate } from "node:crypto";
import { dateProblem, describe, type Link, linkToAuthorities, usableLink } from "./chainLinks.ts";
import { constraintProblem } from "./nameMatching.ts";

const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
const ANY_USAGE = "2.5.29.37.0";
/** Maximum number of certificates that a client may send, and of certificates in a chain with its authority. */
export const MAX_CHAIN = 8;
/** Maximum size of all certificates that a client sends, in bytes. */
const MAX_CHAIN_BYTES = 32 * 1024;
/** Maximum number of issuer candidates that are tried for one client, over all its possible chains. */
const MAX_CANDIDATES = 100;

/** Result of the verification. The chain is valid until `notAfter` (Unix ms), when its first certificate expires. */
export type ChainVerdict = { ok: true; notAfter: number } | { ok: false; reason: string };

/**
 * Verifies a client certificate against the given authorities only. The client certificate is the first of `sent`.
 * The others are possible intermediates. The rules are those of Go's `x509.Certificate.Verify` with the usage "client
 * authentication", which Kubernetes uses:
 * - signatures: only SHA-2 and Ed25519; the signature on the authority itself is not checked
 * - validity, basic constraints, key usage, name constraints, and extended key usages along the chain
 * - path lengths: each intermediate counts, also a self-issued one
 * - critical extensions: no certificate, also not the authority, may have one that is not understood
 *
 * An authority's own certificate, when a client presents it, is a chain of one certificate.
 *
 * More than eight certificates, or more than 32 KiB in total, are refused before any is parsed. A certificate of more
 * than 16 KiB is never parsed.
 *
 * Stricter than Go, it refuses:
 * - name constraints in a form that is not checked, even when they are not critical
 * - name constraints with a minimum or a maximum, and the cases that `constraintProblem` names
 * - policy constraints and policy mappings below the authority
 * - chains of more than eight certificates, and RSA keys of more than 8192 bits
 *
 * Less strict than Go:
 * - It does not check the syntax of extensions that have no effect here: CRL distribution points, policies, key
 *   identifiers, authority information, and URIs without constraints.
 * - It ignores an intermediate that cannot be parsed. Go ends the handshake.
 *
 * Key identifiers are not used to select an issuer.
 */
export function verifyClientChain(
  sent: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
  now: number,
): ChainVerdict {
  const [leaf] = sent;
  const problem = leaf ? (sizeProblem(sent) ?? dateProblem(leaf, now)) : "the client sent no certificate";
  if (!leaf || problem !== undefined) return { ok: false, reason: problem ?? "" };
  const problems: string[] = [];
  const onProblem = (found: string) => problems.push(found);

  const isAuthority = authorities.some(({ raw }) => raw.equals(leaf.raw));
  const start = isAuthority
    ? usableLink(leaf, { trusted: true, now, onProblem })
    : linkToAuthorities(sent, authorities, now, onProblem);
  const chain = start && findChain(start, onProblem);
  if (!chain) return { ok: false, reason: problems.at(-1) ?? `${describe(leaf)} is not signed by a trusted authority` };
  return { ok: true, notAfter: Math.min(...chain.map(({ certificate }) => certificate.validToDate.getTime())) };
}

function sizeProblem(sent: readonly X509Certificate[]): string | undefined {
  if (sent.length > MAX_CHAIN) return `the client sent more than ${MAX_CHAIN} certificates`;
  const bytes = sent.reduce((sum, { raw }) => sum + raw.length, 0);
  return bytes > MAX_CHAIN_BYTES ? `the client sent certificates of more than ${MAX_CHAIN_BYTES} bytes` : undefined;
}

/** Finds the first valid chain from the link to a trusted authority. */
function findChain(start: Link, onProblem: (problem: string) => void): readonly Link[] | undefined {
  let candidates = 0;

  const holds = (chain: readonly Link[]): boolean => {
    const problem = usageProblem(chain) ?? policyProblem(chain) ?? namesProblem(chain);
    if (problem !== undefined) onProblem(problem);
    return problem === undefined;
  };
  const search = (chain: readonly Link[], last: Link): readonly Link[] | undefined => {
    if (last.trusted) return holds(chain) ? chain : undefined;
    for (const issuer of last.issuers) {
      candidates += 1;
      if (candidates > MAX_CANDIDATES) return undefined;
      if (isRepeated(issuer, chain)) continue;
      const problem = lengthProblem(issuer, chain);
      if (problem !== undefined) onProblem(problem);
      const found = problem === undefined ? search([...chain, issuer], issuer) : undefined;
      if (found) return found;
    }
    return undefined;
  };
  return search([start], start);
}

/**
 * Whether the chain already has a certificate with the same subject, key and names.
 * This ends the loop when two authorities have signed each other.
 */
function isRepeated({ facts }: Link, chain: readonly Link[]): boolean {
  const isSame = (some: Uint8Array | undefined, other: Uint8Array | undefined) =>
    some && other ? Buffer.compare(some, other) === 0 : some === other;
  return chain.some(
    ({ facts: { subject, publicKey, rawNames } }) =>
      isSame(subject, facts.subject) && isSame(publicKey, facts.publicKey) && isSame(rawNames, facts.rawNames),
  );
}

function lengthProblem({ certificate, facts }: Link, chain: readonly Link[]): string | undefined {
  if (chain.length >= MAX_CHAIN) return `the chain has more than ${MAX_CHAIN} certificates`;
  const pathLength = facts.basicConstraints?.pathLength ?? Number.POSITIVE_INFINITY;
  const intermediates = chain.length - 1;
  if (intermediates <= pathLength) return undefined;
  return `${describe(certificate)} allows ${pathLength} intermediates below it, and there are ${intermediates}`;
}

/** Checks the extended key usages. The usages of an authority also limit the certificates below it. */
function usageProblem(chain: readonly Link[]): string | undefined {
  const limited = chain.find(
    ({ facts: { usages } }) => usages.length > 0 && !usages.includes(CLIENT_AUTH) && !usages.includes(ANY_USAGE),
  );
  return limited && `${describe(limited.certificate)} is not for client authentication`;
}

function policyProblem(chain: readonly Link[]): string | undefined {
  const limited = chain.find(({ facts, trusted }) => facts.hasPolicyRules && !trusted);
  return limited && `${describe(limited.certificate)} has policy constraints, which the adapter does not check`;
}

/** Checks the name constraints. The constraints of a certificate apply to all certificates below it. */
function namesProblem(chain: readonly Link[]): string | undefined {
  for (const [index, { certificate, facts }] of chain.entries()) {
    for (const above of chain.slice(index + 1)) {
      const { nameConstraints } = above.facts;
      const problem = facts.names && nameConstraints && constraintProblem(facts.names, nameConstraints);
      if (problem !== undefined) return `${describe(certificate)} ${problem}`;
    }
  }
  return undefined;
}
