import "reflect-metadata";
import { createPrivateKey, KeyObject, webcrypto } from "node:crypto";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

/** A certificate and its private key (PKCS #8), both PEM. */
export interface KeyedCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Extended key usage of a certificate: server or client authentication. */
type Usage = "server" | "client";

export interface CertificateRequest {
  readonly commonName: string;
  /** DNS names of a server. */
  readonly hosts?: readonly string[];
  /** Extended key usages. With an empty list, the certificate does not have the extension. */
  readonly usages: readonly Usage[];
  readonly notBefore: Date;
  readonly notAfter: Date;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const USAGE_OIDS = { server: ExtendedKeyUsage.serverAuth, client: ExtendedKeyUsage.clientAuth };

/** Makes a certificate authority with a new P-256 key. It is self-signed, or signed by `parent`. */
export async function makeAuthority(
  commonName: string,
  { notBefore, notAfter }: { notBefore: Date; notAfter: Date },
  parent?: KeyedCertificate,
): Promise<KeyedCertificate> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const extensions = [
    new BasicConstraintsExtension(true, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign | KeyUsageFlags.digitalSignature, true),
    await SubjectKeyIdentifierExtension.create(keys.publicKey),
  ];
  return sign(commonName, keys, { notBefore, notAfter, extensions }, parent);
}

/** Makes a new P-256 key and its certificate, signed by `authority`. */
export async function issueCertificate(
  authority: KeyedCertificate,
  { commonName, hosts = [], usages, notBefore, notAfter }: CertificateRequest,
): Promise<KeyedCertificate> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const names = hosts.map((value) => ({ type: "dns", value }) as const);
  const extensions = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    await AuthorityKeyIdentifierExtension.create(await new X509Certificate(authority.cert).publicKey.export()),
    await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ...(usages.length > 0 ? [new ExtendedKeyUsageExtension(usages.map((usage) => USAGE_OIDS[usage]))] : []),
    ...(names.length > 0 ? [new SubjectAlternativeNameExtension(names)] : []),
  ];
  return sign(commonName, keys, { notBefore, notAfter, extensions }, authority);
}

async function sign(
  commonName: string,
  keys: webcrypto.CryptoKeyPair,
  contents: Pick<Parameters<typeof X509CertificateGenerator.create>[0], "notBefore" | "notAfter" | "extensions">,
  issuer: KeyedCertificate | undefined,
): Promise<KeyedCertificate> {
  const subject = [{ CN: [commonName] }];
  const certificate = await X509CertificateGenerator.create({
    ...contents,
    subject,
    issuer: issuer ? new X509Certificate(issuer.cert).subjectName : subject,
    publicKey: keys.publicKey,
    signingKey: issuer ? await signingKey(issuer.key) : keys.privateKey,
    signingAlgorithm: ALGORITHM,
  });
  const key = KeyObject.from(keys.privateKey).export({ type: "pkcs8", format: "pem" }).toString();
  return { cert: `${certificate.toString("pem")}\n`, key };
}

function signingKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ type: "pkcs8", format: "der" });
  return webcrypto.subtle.importKey("pkcs8", der, ALGORITHM, false, ["sign"]);
}
