import { X509Certificate } from "node:crypto";

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The text of a base64 value of a Kubernetes object. Empty when there is none. */
export function fromBase64(value: unknown): string {
  return Buffer.from(String(value ?? ""), "base64").toString("utf8");
}

/** A text in base64, as Kubernetes objects carry bytes. */
export function toBase64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** The certificate blocks of a PEM bundle, unchanged, including those that cannot be parsed. */
export function pemBlocks(bundle: string): string[] {
  return bundle.match(BLOCK) ?? [];
}

/**
 * The certificates of a PEM bundle in a canonical form, without duplicates.
 * Certificates that cannot be parsed are left out.
 */
export function certificatesOf(bundle: string): string[] {
  const found = pemBlocks(bundle).flatMap((block) => {
    try {
      return [new X509Certificate(block).toString()];
    } catch {
      return [];
    }
  });
  return [...new Set(found)];
}

/** The expiry time of a PEM certificate, in Unix ms. @throws when it cannot be parsed */
export function expiryOf(certPem: string): number {
  return new X509Certificate(certPem).validToDate.getTime();
}
