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

/** A certificate or public key, and its private key (PKCS #8), both in PEM. */
export interface KeyPair {
  certPem: string;
  keyPem: string;
}

/** The validity period of a certificate. */
interface Validity {
  notBefore: Date;
  notAfter: Date;
}

export interface Authority {
  readonly certPem: string;
  /** Issues a certificate for TLS servers. Names are DNS names and IP addresses. */
  issueServer(commonName: string, names: readonly string[]): Promise<KeyPair>;
  /**
   * Issues a certificate for TLS clients. Default validity: one year. Kubernetes reads the user from the common name
   * and the user's groups from the organizations.
   */
  issueClient(commonName: string, organizations?: readonly string[], validity?: Validity): Promise<KeyPair>;
  /** Issues a certificate for an etcd member, which is both client and server. */
  issuePeer(commonName: string, names: readonly string[]): Promise<KeyPair>;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const day = 24 * 60 * 60 * 1000;

/** Creates a certificate authority that is valid for one year. Its key stays in memory. */
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

/** Creates the key pair with which the API server signs and verifies ServiceAccount tokens. */
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

// The validity starts one day in the past, so that a clock correction does not invalidate the certificate.
function validity(): Validity {
  return { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + 365 * day) };
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")}\n`;
}
