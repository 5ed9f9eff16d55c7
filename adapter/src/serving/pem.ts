import { X509Certificate } from "node:crypto";

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates of a PEM bundle as they stand in it, whether they can be read or not. */
export function pemBlocks(bundle: string): string[] {
  return bundle.match(BLOCK) ?? [];
}

/** The certificates of a PEM bundle that can be read, each in the one form that equal certificates share; others are left out. */
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

/** When a certificate in PEM expires, Unix ms. @throws when it cannot be read. */
export function expiryOf(certPem: string): number {
  return new X509Certificate(certPem).validToDate.getTime();
}
