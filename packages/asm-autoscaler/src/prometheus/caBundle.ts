import { X509Certificate } from "node:crypto";
import { later, type Now } from "../arguments/later";
import type { Mistake } from "../arguments/mistake";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** The mistake (none or one) of certificates in PEM. */
export function caBundleMistakes(path: string, bundle: Now<string | undefined>): Mistake[] {
  if (bundle === later || bundle === undefined || bundle === null || holdsCertificates(String(bundle))) return [];
  return [
    {
      path,
      code: "ASM_CERTIFICATE_INVALID",
      message: "caBundle is not one or more certificates in PEM",
      remedy: 'Give the text of the file, from "-----BEGIN CERTIFICATE-----" on, and not its path or its base64',
    },
  ];
}

function holdsCertificates(text: string): boolean {
  const certificates = text.match(CERTIFICATE) ?? [];
  return certificates.length > 0 && certificates.every(isCertificate);
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem) instanceof X509Certificate;
  } catch {
    return false;
  }
}
