import { isIP } from "node:net";
import { countSubtrees, type IpRange, type NameConstraints } from "./nameConstraints.ts";
import { briefly, countNames, isDomain, type Mailbox, readMailbox, type SubjectNames } from "./subjectNames.ts";

/** Maximum comparisons of names with subtrees for one certificate. CVE-2025-58187 is about this cost in Go. */
const MAX_COMPARISONS = 20_000;

/**
 * Why the names of a certificate violate the constraints of an authority above it. `undefined` when they do not.
 * The rules follow Go's crypto/x509/constraints.go. If its form has permitted subtrees, a name must be under one of
 * them. It must not be under an excluded subtree. If there are constraints, a name that cannot be compared is refused.
 * The common name is not checked.
 * Stricter than Go: it refuses quoted mailboxes, URIs with an escaped host, and IPv4 addresses written as IPv6.
 */
export function constraintProblem(names: SubjectNames, constraints: NameConstraints): string | undefined {
  if (countNames(names) * countSubtrees(constraints) > MAX_COMPARISONS) return "has too many names to be compared";
  const { permitted, excluded } = constraints;
  for (const name of names.dns) {
    const domain = isDomain(name) ? name.toLowerCase() : undefined;
    const problem = judge("DNS name", name, domain, permitted.dns, excluded.dns, isUnderDomain);
    if (problem) return problem;
  }
  for (const name of names.email) {
    const problem = judge("email address", name, readMailbox(name), permitted.email, excluded.email, isMailboxUnder);
    if (problem) return problem;
  }
  for (const name of names.uri) {
    const problem = judge("URI", name, readUriHost(name), permitted.uri, excluded.uri, isUnderDomain);
    if (problem) return problem;
  }
  for (const address of names.ip) {
    const text = [...address].join(".");
    const comparable = isMapped(address) ? undefined : address;
    const problem = judge("IP address", text, comparable, permitted.ip, excluded.ip, isInRange);
    if (problem) return problem;
  }
  return undefined;
}

type Side = "permitted" | "excluded";

function judge<N, T>(
  form: string,
  text: string,
  name: N | undefined,
  permitted: readonly T[],
  excluded: readonly T[],
  isUnder: (name: N, subtree: T, side: Side) => boolean,
): string | undefined {
  const what = `has the ${form} ${briefly(text)}, which`;
  if (name === undefined) return `${what} cannot be compared with its authority's name constraints`;
  if (permitted.length > 0 && !permitted.some((subtree) => isUnder(name, subtree, "permitted")))
    return `${what} its authority may not certify`;
  if (excluded.some((subtree) => isUnder(name, subtree, "excluded"))) return `${what} is excluded by its authority`;
  return undefined;
}

/** Whether a domain is under a subtree. Both are in lower case. A leading dot means that only the subdomains match. */
function isUnderDomain(domain: string, subtree: string, side: Side): boolean {
  if (subtree === "") return true;
  if (domain.endsWith(subtree)) {
    const rest = domain.length - subtree.length;
    if (rest === 0 || subtree.startsWith(".") || domain[rest - 1] === ".") return true;
  }
  // A wildcard may also match the excluded name.
  return side === "excluded" && domain.startsWith("*") && parent(domain) !== "" && parent(domain) === parent(subtree);
}

function parent(domain: string): string {
  const dot = domain.indexOf(".");
  return dot < 0 ? "" : domain.slice(dot);
}

function isMailboxUnder({ local, domain }: Mailbox, subtree: string, side: Side): boolean {
  return subtree.includes("@") ? subtree === `${local}@${domain}` : isUnderDomain(domain, subtree, side);
}

const URI_HOST = /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/?#\\]*@)?([\w.*-]+)(?::\d*)?(?:[/?#]|$)/i;

/** The host of a URI in lower case. `undefined` when there is no host, or it is an IP address or contains escapes. */
function readUriHost(text: string): string | undefined {
  const host = URI_HOST.exec(text)?.[1]?.toLowerCase();
  return host !== undefined && isDomain(host) && isIP(host) === 0 ? host : undefined;
}

function isInRange(address: Uint8Array, { address: base, mask }: IpRange): boolean {
  return (
    address.length === base.length &&
    address.every((octet, index) => ((octet ^ (base[index] ?? 0)) & (mask[index] ?? 0)) === 0)
  );
}

/** Whether this is an IPv4-mapped IPv6 address (::ffff:a.b.c.d). Go treats it as IPv4 or as IPv6. */
function isMapped(address: Uint8Array): boolean {
  return (
    address.length === 16 &&
    address.subarray(0, 10).every((octet) => octet === 0) &&
    address[10] === 0xff &&
    address[11] === 0xff
  );
}
