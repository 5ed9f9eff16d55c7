import { isIP } from "node:net";
import { type DerElement, expectTag, MalformedDer, readDer, TAG } from "./derElement.ts";
import { ascii, isDomain, NAME_TAG, readMailbox } from "./subjectNames.ts";

/** The permitted or excluded subtrees of an authority, by name form. */
interface Subtrees {
  readonly dns: readonly string[];
  readonly email: readonly string[];
  readonly uri: readonly string[];
  readonly ip: readonly IpRange[];
}

/** An IP address and a mask of the same length, 4 or 16 octets. */
export interface IpRange {
  readonly address: Uint8Array;
  readonly mask: Uint8Array;
}

/** The names that an authority may certify (RFC 5280, 4.2.1.10). A form without permitted subtrees is not limited. */
export interface NameConstraints {
  readonly permitted: Subtrees;
  readonly excluded: Subtrees;
}

const WHAT = "the name constraints extension";
const PERMITTED = 0xa0;
const EXCLUDED = 0xa1;
const NONE: Subtrees = { dns: [], email: [], uri: [], ip: [] };

/**
 * Parses the value of the name constraints extension. @throws MalformedDer when Go's parser refuses it.
 * Unlike Go, it also throws for a form that is not checked: a name other than DNS, IP, email or URI, a minimum or a
 * maximum.
 */
export function readNameConstraints(value: Uint8Array): NameConstraints {
  const parts = [...expectTag(readDer(value, WHAT), TAG.sequence, WHAT).children];
  const permitted = parts[0]?.tag === PERMITTED ? parts.shift() : undefined;
  const excluded = parts[0]?.tag === EXCLUDED ? parts.shift() : undefined;
  if (parts.length > 0) throw new MalformedDer(`${WHAT} cannot be read`);
  const subtrees = [...(permitted?.children ?? []), ...(excluded?.children ?? [])];
  if (subtrees.length === 0) throw new MalformedDer(`${WHAT} is empty`);
  return {
    permitted: permitted ? readSubtrees(permitted.children) : NONE,
    excluded: excluded ? readSubtrees(excluded.children) : NONE,
  };
}

/** The number of subtrees, permitted and excluded. */
export function countSubtrees({ permitted, excluded }: NameConstraints): number {
  const count = ({ dns, email, uri, ip }: Subtrees) => dns.length + email.length + uri.length + ip.length;
  return count(permitted) + count(excluded);
}

function readSubtrees(subtrees: readonly DerElement[]): Subtrees {
  const bases = subtrees.map((subtree) => {
    const [base, ...distances] = expectTag(subtree, TAG.sequence, WHAT).children;
    const isRead = base && distances.length === 0 && Object.values<number>(NAME_TAG).includes(base.tag);
    if (!isRead) throw new MalformedDer(`${WHAT} has a form that the adapter does not check`);
    return base;
  });
  const of = (tag: number) => bases.filter((base) => base.tag === tag);
  const texts = (tag: number) => of(tag).map((base) => ascii(base, WHAT));
  return {
    dns: texts(NAME_TAG.dns).map(domainSubtree),
    email: texts(NAME_TAG.email).map((text) => (text.includes("@") ? mailboxSubtree(text) : domainSubtree(text))),
    uri: texts(NAME_TAG.uri).map((text) => domainSubtree(isIP(text) === 0 ? text : ".")),
    ip: of(NAME_TAG.ip).map(({ content }) => range(content)),
  };
}

/** Reads a domain subtree in lower case. A leading dot means that only the subdomains match. */
function domainSubtree(text: string): string {
  if (text === "." || !isDomain(text.startsWith(".") ? text.slice(1) : text)) {
    throw new MalformedDer(`${WHAT} has a name that is not a domain`);
  }
  return text.toLowerCase();
}

function mailboxSubtree(text: string): string {
  const mailbox = readMailbox(text);
  if (!mailbox) throw new MalformedDer(`${WHAT} has an email address that the adapter does not check`);
  return `${mailbox.local}@${mailbox.domain}`;
}

function range(content: Uint8Array): IpRange {
  const half = content.length / 2;
  const [address, mask] = [content.subarray(0, half), content.subarray(half)];
  if ((half !== 4 && half !== 16) || !isMask(mask)) throw new MalformedDer(`${WHAT} has an IP range that is not valid`);
  return { address, mask };
}

/** Whether the octets are a network mask: ones, then zeros. */
function isMask(mask: Uint8Array): boolean {
  return /^1*0*$/.test([...mask].map((octet) => octet.toString(2).padStart(8, "0")).join(""));
}
