import "reflect-metadata"; // @peculiar/x509 needs it first
import { webcrypto } from "node:crypto";
import { isIP } from "node:net";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

/** A certificate or public key and its private key (PKCS #8), both PEM. */
export interface KeyPair {
  certPem: string;
  keyPem: string;
}

/** When a certificate counts. */
interface Validity {
  notBefore: Date;
  notAfter: Date;
}

export interface Authority {
  readonly certPem: string;
  /** A certificate for TLS servers. Names are DNS names and IP addresses. */
  issueServer(commonName: string, names: readonly string[]): Promise<KeyPair>;
  /** A certificate for TLS clients, good for a year unless said otherwise: Kubernetes reads the user from the common name, its groups from the organizations. */
  issueClient(commonName: string, organizations?: readonly string[], validity?: Validity): Promise<KeyPair>;
  /** For a member of etcd, which is client and server to itself. */
  issuePeer(commonName: string, names: readonly string[]): Promise<KeyPair>;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const day = 24 * 60 * 60 * 1000;

/** A new certificate authority, good for a year. Its key stays in memory. */
export async function createAuthority(commonName: string): Promise<Authority> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [commonName] }],
    keys,
    signingAlgorithm: algorithm,
    ...validity(),
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  const issue = (commonName: string, organizations: readonly string[], extensions: Extension[], valid = validity()) =>
    sign(certificate, keys.privateKey, commonName, organizations, extensions, valid);
  const { clientAuth, serverAuth } = ExtendedKeyUsage;
  return {
    certPem: `${certificate.toString("pem")}\n`,
    issueServer: (name, names) =>
      issue(name, [], [alternativeNames(names), new ExtendedKeyUsageExtension([serverAuth])]),
    issueClient: (name, organizations = [], valid = validity()) =>
      issue(name, organizations, [new ExtendedKeyUsageExtension([clientAuth])], valid),
    issuePeer: (name, names) =>
      issue(name, [], [alternativeNames(names), new ExtendedKeyUsageExtension([serverAuth, clientAuth])]),
  };
}

/** The key pair with which the API server signs ServiceAccount tokens and with which it checks them. */
export async function createTokenKeys(): Promise<{ publicPem: string; privatePem: string }> {
  const keys = await newKeys();
  const publicDer = await webcrypto.subtle.exportKey("spki", keys.publicKey);
  return {
    publicPem: `${PemConverter.encode(publicDer, "PUBLIC KEY")}\n`,
    privatePem: await privatePem(keys.privateKey),
  };
}

async function sign(
  issuer: X509Certificate,
  signingKey: webcrypto.CryptoKey,
  commonName: string,
  organizations: readonly string[],
  extensions: Extension[],
  valid: Validity,
): Promise<KeyPair> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.create({
    subject: [{ CN: [commonName] }, ...organizations.map((organization) => ({ O: [organization] }))],
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    ...valid,
    extensions: [new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true), ...extensions],
  });
  return { certPem: `${certificate.toString("pem")}\n`, keyPem: await privatePem(keys.privateKey) };
}

function alternativeNames(names: readonly string[]): Extension {
  return new SubjectAlternativeNameExtension(
    names.map((value) => ({ type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const), value })),
  );
}

// A day back, so that a clock which is set right meanwhile does no harm.
function validity(): Validity {
  return { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + 365 * day) };
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")}\n`;
}
