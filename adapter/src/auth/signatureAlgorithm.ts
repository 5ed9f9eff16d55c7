import type { KeyObject } from "node:crypto";
import { type DerElement, readOid, readSmallNumber } from "./derElement.ts";

/** Accepted algorithms: RSA (PKCS #1) and ECDSA with SHA-256, SHA-384 and SHA-512, and Ed25519. */
const ACCEPTED: ReadonlySet<string> = new Set([
  "1.2.840.113549.1.1.11",
  "1.2.840.113549.1.1.12",
  "1.2.840.113549.1.1.13",
  "1.2.840.10045.4.3.2",
  "1.2.840.10045.4.3.3",
  "1.2.840.10045.4.3.4",
]);
const ED25519 = "1.3.101.112";
const RSA_PSS = "1.2.840.113549.1.1.10";
const MGF1 = "1.2.840.113549.1.1.8";
/** Hashes for RSA-PSS (SHA-256, SHA-384 and SHA-512), with the length of the salt in bytes. */
const PSS_HASHES: ReadonlyMap<string, number> = new Map([
  ["2.16.840.1.101.3.4.2.1", 32],
  ["2.16.840.1.101.3.4.2.2", 48],
  ["2.16.840.1.101.3.4.2.3", 64],
]);
const WHAT = "the signature algorithm";

/**
 * Whether Go accepts this AlgorithmIdentifier for certificates. MD5, SHA-1 and DSA are never accepted. RSA-PSS must use
 * the same SHA-2 hash throughout, with a salt as long as the hash (crypto/x509/x509.go: getSignatureAlgorithmFromAI,
 * checkSignature).
 * @throws MalformedDer
 */
export function isAcceptedSignature(identifier: DerElement): boolean {
  const [algorithm, parameters] = identifier.children;
  const name = readOid(algorithm, WHAT);
  if (name === RSA_PSS) return parameters !== undefined && isAcceptedPss(parameters);
  return name === ED25519 ? parameters === undefined : ACCEPTED.has(name);
}

function isAcceptedPss({ children }: DerElement): boolean {
  const [hash, mask, salt, ...more] = children;
  const tags = [hash, mask, salt].map((part) => part?.tag);
  if (more.length > 0 || tags.join() !== "160,161,162") return false;
  const [maskName, maskHash] = mask?.children[0]?.children ?? [];
  const name = readOid(hash?.children[0]?.children[0], WHAT);
  return (
    readOid(maskName, WHAT) === MGF1 &&
    readOid(maskHash?.children[0], WHAT) === name &&
    readSmallNumber(salt?.children[0], WHAT) === PSS_HASHES.get(name)
  );
}

const CURVES: ReadonlySet<string | undefined> = new Set(["secp224r1", "prime256v1", "secp384r1", "secp521r1"]);
const MIN_RSA_BITS = 1024;
/** Maximum length of an RSA key, as in Go (crypto/tls: maxRSAKeySize). Longer keys make signature checks slower. */
const MAX_RSA_BITS = 8192;

/** Whether Go accepts this key for signatures: RSA of 1024 to 8192 bits, ECDSA on a NIST curve, or Ed25519. */
export function isAcceptedKey({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  if (asymmetricKeyType === "ed25519") return true;
  if (asymmetricKeyType === "ec") return CURVES.has(asymmetricKeyDetails?.namedCurve);
  const bits = asymmetricKeyDetails?.modulusLength ?? 0;
  return asymmetricKeyType === "rsa" && bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS;
}
