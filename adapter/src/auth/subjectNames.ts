import { type DerElement, expectTag, MalformedDer, readDer, TAG } from "./derElement.ts";

/** The names of a subject alternative name extension to which name constraints apply. */
export interface SubjectNames {
  readonly dns: readonly string[];
  readonly email: readonly string[];
  readonly uri: readonly string[];
  /** IP addresses of 4 or 16 octets. */
  readonly ip: readonly Uint8Array[];
}

/** Identifier octets of a GeneralName (RFC 5280, 4.2.1.6). Other forms are not read. */
export const NAME_TAG = { email: 0x81, dns: 0x82, uri: 0x86, ip: 0x87 } as const;

/**
 * Parses the value of the subject alternative name extension. As in Go, names of other forms are ignored. If no name
 * remains, a critical extension is treated as not understood.
 * @throws MalformedDer for a name that is not ASCII, or an IP address that does not have 4 or 16 octets
 */
export function readSubjectNames(value: Uint8Array): SubjectNames {
  const what = "the subject alternative name extension";
  const names = expectTag(readDer(value, what), TAG.sequence, what).children;
  const of = (tag: number) => names.filter((name) => name.tag === tag);
  const ip = of(NAME_TAG.ip).map(({ content }) => content);
  if (ip.some(({ length }) => length !== 4 && length !== 16)) {
    throw new MalformedDer(`${what} has an IP address that is not 4 or 16 octets long`);
  }
  const texts = (tag: number) => of(tag).map((name) => ascii(name, what));
  return { dns: texts(NAME_TAG.dns), email: texts(NAME_TAG.email), uri: texts(NAME_TAG.uri), ip };
}

/** The number of names. */
export function countNames({ dns, email, uri, ip }: SubjectNames): number {
  return dns.length + email.length + uri.length + ip.length;
}

/** Reads the text of an IA5String. @throws MalformedDer when it is not ASCII. */
export function ascii({ content }: DerElement, what: string): string {
  if (content.some((octet) => octet > 0x7f)) throw new MalformedDer(`${what} has a name that is not ASCII`);
  return Buffer.from(content).toString("latin1");
}

/**
 * Whether a text is a domain name: labels of visible ASCII, separated by single dots, without a trailing dot.
 * The empty text is a domain name (crypto/x509: domainNameValid).
 */
export function isDomain(text: string): boolean {
  return text === "" || (/^[!-~]+$/.test(text) && text.split(".").every((label) => label !== ""));
}

/** A parsed email address. */
export interface Mailbox {
  /** Local part, case-sensitive. */
  readonly local: string;
  /** Domain in lower case. */
  readonly domain: string;
}

const LOCAL_PART = /^[\w!#$%&'*+\-/=?^`{|}~]+(?:\.[\w!#$%&'*+\-/=?^`{|}~]+)*$/;

/**
 * Parses an email address of the form `local@domain`. `undefined` for any other text.
 * Unlike Go, also `undefined` for a local part with quotes or backslashes.
 */
export function readMailbox(text: string): Mailbox | undefined {
  const at = text.indexOf("@");
  const [local, domain] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1).toLowerCase()];
  return LOCAL_PART.test(local) && isDomain(domain) ? { local, domain } : undefined;
}

/** Maximum length of untrusted client text in a log line, in UTF-16 code units. */
const MAX_QUOTED = 200;

/** Formats untrusted client text for a log line: as a JSON string, truncated to 200 characters. */
export function briefly(text: string): string {
  const quoted = JSON.stringify(text.slice(0, MAX_QUOTED + 1));
  return quoted.length <= MAX_QUOTED ? quoted : `${quoted.slice(0, MAX_QUOTED - 4)}…"`;
}
