import "reflect-metadata";
import { KeyObject, sign, webcrypto, X509Certificate } from "node:crypto";
import { BasicConstraintsExtension, Extension, X509CertificateGenerator } from "@peculiar/x509";

/** A test certificate and its key pair. */
export interface Made {
  readonly certificate: X509Certificate;
  readonly name: string;
  readonly keys: webcrypto.CryptoKeyPair;
}

/** Options of a test certificate. Defaults: valid from one hour ago to one hour from now, ECDSA with SHA-256. */
export interface Wanted {
  readonly issuer?: Made;
  readonly extensions?: readonly Extension[];
  readonly hash?: "SHA-1" | "SHA-256" | "SHA-384";
  readonly key?: "ECDSA" | "RSASSA-PKCS1-v1_5" | "RSA-PSS" | "Ed25519";
  readonly notAfter?: Date;
  /** The key pair of another certificate, to certify that key a second time. */
  readonly keys?: webcrypto.CryptoKeyPair;
}

const HOUR = 3_600_000;

/** Makes a certificate with exactly the given extensions. It is self-signed when there is no issuer. */
export async function make(name: string, wanted: Wanted = {}): Promise<Made> {
  const { issuer, extensions = [], hash = "SHA-256", key = "ECDSA", notAfter = new Date(Date.now() + HOUR) } = wanted;
  const keys = wanted.keys ?? (await newKeys(key, hash));
  const signingKey = issuer?.keys.privateKey ?? keys.privateKey;
  const made = await X509CertificateGenerator.create({
    subject: [{ CN: [name] }],
    issuer: [{ CN: [issuer?.name ?? name] }],
    notBefore: new Date(Date.now() - HOUR),
    notAfter,
    extensions: [...extensions],
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: { ...signingKey.algorithm, hash, saltLength: 32 } as EcdsaParams,
  });
  return { certificate: new X509Certificate(Buffer.from(made.rawData)), name, keys };
}

type EcdsaParams = webcrypto.EcdsaParams & { namedCurve: string; hash: string; saltLength: number };

function newKeys(name: string, hash: string): Promise<webcrypto.CryptoKeyPair> {
  const rsa = { name, hash, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
  const algorithm = name === "ECDSA" ? { name, namedCurve: "P-256" } : name === "Ed25519" ? { name } : rsa;
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]) as Promise<webcrypto.CryptoKeyPair>;
}

/** Makes a certificate authority with basic constraints and the given `extensions`. */
export function authority(name: string, wanted: Wanted = {}, pathLength?: number): Promise<Made> {
  const basic = new BasicConstraintsExtension(true, pathLength, true);
  return make(name, { ...wanted, extensions: [basic, ...(wanted.extensions ?? [])] });
}

/** Makes an extension with any object identifier. Critical by default. */
export function extension(oid: string, value: Uint8Array, critical = true): Extension {
  return new Extension(oid, critical, value);
}

/** Encodes a DER element: a tag, the length of the contents, and the contents. */
export function der(tag: number, ...contents: Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}

/** A GeneralName: its context tag and its value, for example `[2, "example.com"]`. */
export type Name = readonly [tag: number, value: string | readonly number[]];
const generalName = ([tag, value]: Name) => der(0x80 | tag, Buffer.from(value as string));

/** Makes a subject alternative name extension. Not critical by default. */
export function names(list: readonly Name[], critical = false): Extension {
  return extension("2.5.29.17", der(0x30, ...list.map(generalName)), critical);
}

/** Makes a name constraints extension. Critical by default. */
export function constraints(permitted: readonly Name[], excluded: readonly Name[], critical = true): Extension {
  const subtrees = (list: readonly Name[]) => list.map((name) => der(0x30, generalName(name)));
  const parts = [
    ...(permitted.length > 0 ? [der(0xa0, ...subtrees(permitted))] : []),
    ...(excluded.length > 0 ? [der(0xa1, ...subtrees(excluded))] : []),
  ];
  return extension("2.5.29.30", der(0x30, ...parts), critical);
}

/** The last octet of the object identifiers of RSA signatures with these hashes. */
const RSA_WITH = { md5: "04", sha1: "05", sha256: "0b" } as const;

/** Signs a certificate again with MD5 or SHA-1, which libraries no longer offer. The key must be RSA of 2048 bits. */
export function signedOnceMore({ certificate, ...rest }: Made, issuer: Made, hash: "md5" | "sha1"): Made {
  const name = (octet: string) => Buffer.from(`06092a864886f70d0101${octet}`, "hex");
  const raw = Buffer.from(certificate.raw);
  for (let at = raw.indexOf(name(RSA_WITH.sha256)); at >= 0; at = raw.indexOf(name(RSA_WITH.sha256)))
    name(RSA_WITH[hash]).copy(raw, at);
  // The body is the first element. Four header octets of the outer element precede it, and it has four of its own.
  const body = raw.subarray(4, 4 + 4 + raw.readUInt16BE(6));
  sign(hash, body, KeyObject.from(issuer.keys.privateKey)).copy(raw, raw.length - 256);
  return { certificate: new X509Certificate(raw), ...rest };
}
