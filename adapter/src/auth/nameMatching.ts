import { isIP } from "node:net";
import { countSubtrees, type IpRange, type NameConstraints } from "./nameConstraints.ts";
import { briefly, countNames, isDomain, type Mailbox, readMailbox, type SubjectNames } from "./subjectNames.ts";

/** Comparisons of a name with a subtree that one certificate may cost; Go has been slowed down this way (CVE-2025-58187). */
const MAX_COMPARISONS = 20_000;

/**
 * Why the names of a certificate break the constraints of an authority above it, or `undefined` where they do not. Follows Go's
 * crypto/x509/constraints.go: each name must be under a permitted subtree of its form, where there is one, and under no
 * excluded one; once there are constraints, a name that cannot be compared is a fault. The common name is no name here.
 * Stricter than Go: quoted mailboxes, URIs with escapes in their host and IPv4 addresses written as IPv6 are faults.
 */
export function constraintFault(names: SubjectNames, constraints: NameConstraints): string | undefined {
  if (countNames(names) * countSubtrees(constraints) > MAX_COMPARISONS) return "has too many names to be compared";
  const { permitted, excluded } = constraints;
  for (const name of names.dns) {
    const domain = isDomain(name) ? name.toLowerCase() : undefined;
    const fault = judge("DNS name", name, domain, permitted.dns, excluded.dns, isUnderDomain);
    if (fault) return fault;
  }
  for (const name of names.email) {
    const fault = judge("email address", name, readMailbox(name), permitted.email, excluded.email, isMailboxUnder);
    if (fault) return fault;
  }
  for (const name of names.uri) {
    const fault = judge("URI", name, readUriHost(name), permitted.uri, excluded.uri, isUnderDomain);
    if (fault) return fault;
  }
  for (const address of names.ip) {
    const text = [...address].join(".");
    const comparable = isMapped(address) ? undefined : address;
    const fault = judge("IP address", text, comparable, permitted.ip, excluded.ip, isInRange);
    if (fault) return fault;
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

/** `domain` and `subtree` in lower case. A subtree with a dot at its start is that of the domains below it alone. */
function isUnderDomain(domain: string, subtree: string, side: Side): boolean {
  if (subtree === "") return true;
  if (domain.endsWith(subtree)) {
    const rest = domain.length - subtree.length;
    if (rest === 0 || subtree.startsWith(".") || domain[rest - 1] === ".") return true;
  }
  // A wildcard stands for a name that may be the excluded one.
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

/** The host of a URI in lower case; `undefined` where it is absent, an address, or written with escapes. */
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

/** Whether it is an IPv4 address in the form ::ffff:a.b.c.d, which Go takes for one or the other. */
function isMapped(address: Uint8Array): boolean {
  return (
    address.length === 16 &&
    address.subarray(0, 10).every((octet) => octet === 0) &&
    address[10] === 0xff &&
    address[11] === 0xff
  );
}
