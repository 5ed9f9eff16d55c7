import type { X509Certificate } from "node:crypto";
import {
  type DerElement,
  expectTag,
  MalformedDer,
  readBoolean,
  readDer,
  readOid,
  readSmallNumber,
  TAG,
} from "./derElement.ts";
import { type NameConstraints, readNameConstraints } from "./nameConstraints.ts";
import { isAcceptedSignature } from "./signatureAlgorithm.ts";
import { countNames, readSubjectNames, type SubjectNames } from "./subjectNames.ts";

/** The fields of a certificate that chain verification needs and `node:crypto` does not provide. */
export interface CertificateFacts {
  /** X.509 version: 1, 2 or 3. */
  readonly version: number;
  /** Issuer in DER, compared byte by byte as in Go. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly publicKey: Uint8Array;
  /** Whether the signature algorithm is accepted for certificates. */
  readonly isSignatureAccepted: boolean;
  readonly basicConstraints: BasicConstraints | undefined;
  /** Whether the certificate has key usages without certificate signing (keyCertSign). */
  readonly mayNotSign: boolean;
  /** Object identifiers of the extended key usages. Empty when the usage is not limited. */
  readonly usages: readonly string[];
  readonly names: SubjectNames | undefined;
  /** The encoded extension that contains `names`. */
  readonly rawNames: Uint8Array | undefined;
  readonly nameConstraints: NameConstraints | undefined;
  /** Whether the certificate has policy constraints or policy mappings. */
  readonly hasPolicyRules: boolean;
}

interface BasicConstraints {
  readonly authority: boolean;
  /** Maximum number of intermediates below this certificate. */
  readonly pathLength: number | undefined;
}

/** The facts, or why the certificate is refused: it cannot be parsed, or a critical extension is not understood. */
export type ReadFacts = { readonly facts: CertificateFacts } | { readonly problem: string };

const cache = new WeakMap<X509Certificate, ReadFacts>();

/** Parses a certificate of at most 16 KiB. The result is cached for as long as the certificate object exists. */
export function readFacts(certificate: X509Certificate): ReadFacts {
  const known = cache.get(certificate);
  if (known) return known;
  const read = parseFacts(certificate.raw);
  cache.set(certificate, read);
  return read;
}

/** Parses a DER-encoded certificate. Never throws. */
export function parseFacts(raw: Uint8Array): ReadFacts {
  try {
    return { facts: certificateFacts(readDer(raw, "the certificate")) };
  } catch (error) {
    // An unexpected parser error must not fail the request.
    return { problem: error instanceof MalformedDer ? error.message : "the certificate cannot be parsed" };
  }
}

const WHAT = "the certificate";

function certificateFacts(certificate: DerElement): CertificateFacts {
  const [body, algorithm, signature, ...more] = expectTag(certificate, TAG.sequence, WHAT).children;
  expectTag(signature, TAG.bitString, WHAT);
  const fields = [...expectTag(body, TAG.sequence, WHAT).children];
  const version = fields[0]?.tag === 0xa0 ? readSmallNumber(fields.shift()?.children[0], "the version") + 1 : 1;
  const serial = expectTag(fields.shift(), TAG.integer, "the serial number");
  const next = () => expectTag(fields.shift(), TAG.sequence, WHAT);
  const [inner, issuer, , subject, publicKey] = [next(), next(), next(), next(), next()];
  // Skip issuerUniqueID and subjectUniqueID. They have no effect.
  if (fields[0]?.tag === 0x81) fields.shift();
  if (fields[0]?.tag === 0x82) fields.shift();
  const wrapped = version === 3 && fields[0]?.tag === 0xa3 ? fields.shift() : undefined;
  const isOdd = fields.length > 0 || more.length > 0 || version > 3 || (serial.content[0] ?? 0x80) >= 0x80;
  if (isOdd || Buffer.compare(inner.raw, expectTag(algorithm, TAG.sequence, WHAT).raw) !== 0) {
    throw new MalformedDer(`${WHAT} is not a valid X.509 certificate`);
  }
  return {
    version,
    issuer: issuer.raw,
    subject: subject.raw,
    publicKey: publicKey.raw,
    isSignatureAccepted: isAcceptedSignature(inner),
    ...extensionFacts(wrapped ? readExtensions(wrapped) : new Map()),
  };
}

interface Extension {
  readonly critical: boolean;
  readonly value: Uint8Array;
}

function readExtensions(wrapped: DerElement): ReadonlyMap<string, Extension> {
  const extensions = new Map<string, Extension>();
  for (const extension of expectTag(wrapped.children[0], TAG.sequence, "the extensions").children) {
    const parts = [...expectTag(extension, TAG.sequence, "an extension").children];
    const id = readOid(parts.shift(), "an extension's name");
    const flag = parts[0]?.tag === TAG.boolean ? parts.shift() : undefined;
    const { content } = expectTag(parts.shift(), TAG.octetString, "an extension");
    if (parts.length > 0 || extensions.has(id)) throw new MalformedDer("an extension occurs twice or has extra parts");
    extensions.set(id, { critical: flag !== undefined && readBoolean(flag, "an extension"), value: content });
  }
  return extensions;
}

const BASIC_CONSTRAINTS = "2.5.29.19";
const KEY_USAGE = "2.5.29.15";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const SUBJECT_NAMES = "2.5.29.17";
const NAME_CONSTRAINTS = "2.5.29.30";
const POLICY_MAPPINGS = "2.5.29.33";
const POLICY_CONSTRAINTS = "2.5.29.36";
/** CRL distribution points, policies and inhibit anyPolicy. Go treats them as understood. They have no effect here. */
const WITHOUT_EFFECT = ["2.5.29.31", "2.5.29.32", "2.5.29.54"];
/**
 * Extensions that may be critical. Key identifiers and authority information are not among them: like Go, the adapter
 * refuses a certificate in which they are critical.
 */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  ...[BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_KEY_USAGE, SUBJECT_NAMES, NAME_CONSTRAINTS],
  ...[POLICY_MAPPINGS, POLICY_CONSTRAINTS],
  ...WITHOUT_EFFECT,
]);

function extensionFacts(extensions: ReadonlyMap<string, Extension>) {
  const value = <T>(id: string, read: (value: Uint8Array) => T): T | undefined => {
    const extension = extensions.get(id);
    return extension && read(extension.value);
  };
  const names = value(SUBJECT_NAMES, readSubjectNames);
  for (const [id, { critical }] of extensions) {
    const isUnderstood = UNDERSTOOD.has(id) && (id !== SUBJECT_NAMES || (names && countNames(names) > 0));
    if (critical && !isUnderstood) throw new MalformedDer(`critical extension ${id.slice(0, 100)} is not understood`);
  }
  return {
    basicConstraints: value(BASIC_CONSTRAINTS, readBasicConstraints),
    mayNotSign: value(KEY_USAGE, forbidsSigning) ?? false,
    usages: value(EXTENDED_KEY_USAGE, readUsages) ?? [],
    names,
    rawNames: extensions.get(SUBJECT_NAMES)?.value,
    nameConstraints: value(NAME_CONSTRAINTS, readNameConstraints),
    hasPolicyRules: extensions.has(POLICY_CONSTRAINTS) || extensions.has(POLICY_MAPPINGS),
  };
}

function readBasicConstraints(value: Uint8Array): BasicConstraints {
  const what = "the basic constraints extension";
  const parts = [...expectTag(readDer(value, what), TAG.sequence, what).children];
  const flag = parts[0]?.tag === TAG.boolean ? parts.shift() : undefined;
  const pathLength = parts.length > 0 ? readSmallNumber(parts.shift(), what) : undefined;
  if (parts.length > 0) throw new MalformedDer(`${what} cannot be read`);
  return { authority: flag !== undefined && readBoolean(flag, what), pathLength };
}

const KEY_CERT_SIGN = 0x04;

/** Whether the key usages exclude certificate signing. As in Go, a key usage without any bit has no effect. */
function forbidsSigning(value: Uint8Array): boolean {
  const what = "the key usage extension";
  const [, first = 0, second = 0] = expectTag(readDer(value, what), TAG.bitString, what).content;
  return (first | second) !== 0 && (first & KEY_CERT_SIGN) === 0;
}

function readUsages(value: Uint8Array): readonly string[] {
  const what = "the extended key usage extension";
  return expectTag(readDer(value, what), TAG.sequence, what).children.map((usage) => readOid(usage, what));
}
