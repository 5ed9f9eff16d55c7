import { type DerElement, expectTag, MalformedDer, readDer, TAG } from "./derElement.ts";

/** The names of a certificate's subject alternative name extension that name constraints are about. */
export interface SubjectNames {
  readonly dns: readonly string[];
  readonly email: readonly string[];
  readonly uri: readonly string[];
  /** Each of 4 or 16 octets. */
  readonly ip: readonly Uint8Array[];
}

/** Identifier octets of a GeneralName (RFC 5280, 4.2.1.6); the other forms are not read. */
export const NAME_TAG = { email: 0x81, dns: 0x82, uri: 0x86, ip: 0x87 } as const;

/**
 * Reads the extension's value. Names of other forms are left out, as Go does; where no name is left, a critical extension
 * is one that is not understood. @throws MalformedDer for a name with other letters than ASCII, or an IP address of another length.
 */
export function readSubjectNames(value: Uint8Array): SubjectNames {
  const what = "the subject alternative name extension";
  const names = expectTag(readDer(value, what), TAG.sequence, what).children;
  const of = (tag: number) => names.filter((name) => name.tag === tag);
  const ip = of(NAME_TAG.ip).map(({ content }) => content);
  if (ip.some(({ length }) => length !== 4 && length !== 16)) {
    throw new MalformedDer(`${what} has an IP address of another length than 4 or 16`);
  }
  const texts = (tag: number) => of(tag).map((name) => ascii(name, what));
  return { dns: texts(NAME_TAG.dns), email: texts(NAME_TAG.email), uri: texts(NAME_TAG.uri), ip };
}

/** How many names there are. */
export function countNames({ dns, email, uri, ip }: SubjectNames): number {
  return dns.length + email.length + uri.length + ip.length;
}

/** The text of an IA5String. @throws MalformedDer for other letters than ASCII. */
export function ascii({ content }: DerElement, what: string): string {
  if (content.some((octet) => octet > 0x7f)) throw new MalformedDer(`${what} has a name that is not ASCII`);
  return Buffer.from(content).toString("latin1");
}

/** Labels of visible ASCII between single dots, none at the end; the empty name is one (crypto/x509: domainNameValid). */
export function isDomain(text: string): boolean {
  return text === "" || (/^[!-~]+$/.test(text) && text.split(".").every((label) => label !== ""));
}

/** An email address. */
export interface Mailbox {
  /** Case-sensitive. */
  readonly local: string;
  /** In lower case. */
  readonly domain: string;
}

const LOCAL_PART = /^[\w!#$%&'*+\-/=?^`{|}~]+(?:\.[\w!#$%&'*+\-/=?^`{|}~]+)*$/;

/** `undefined` for anything but `local@domain`, and, unlike Go, for a local part with quotes or backslashes. */
export function readMailbox(text: string): Mailbox | undefined {
  const at = text.indexOf("@");
  const [local, domain] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1).toLowerCase()];
  return LOCAL_PART.test(local) && isDomain(domain) ? { local, domain } : undefined;
}

/** The longest text of an untrusted client that a log line quotes, in UTF-16 code units. */
const MAX_QUOTED = 200;

/** A text that an untrusted client sent, for a log line: as a JSON string, cut to 200 characters. */
export function briefly(text: string): string {
  const quoted = JSON.stringify(text.slice(0, MAX_QUOTED + 1));
  return quoted.length <= MAX_QUOTED ? quoted : `${quoted.slice(0, MAX_QUOTED - 4)}…"`;
}
