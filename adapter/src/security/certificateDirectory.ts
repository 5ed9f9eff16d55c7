import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Fault, faultLine } from "hpa-metrics";
import type { KeyedCertificate } from "./authority.ts";
import type { CertificateFiles } from "./certificateFiles.ts";
import { makeServingPair, type ServingService } from "./servingCertificate.ts";

/** The files to follow. Where they are not there, a certificate that was made here, so that nothing in the cluster trusts it, with a warning. */
export interface DirectoryPair {
  readonly files: CertificateFiles;
  readonly made?: { readonly serving: KeyedCertificate; readonly warning: Fault };
}

/** Nobody renews what is made here, so it lasts as long as its authority. */
const DAYS = 365;

/**
 * The pair `tls.crt` and `tls.key` of a directory; without them one of our own, kept in the directory with its authority
 * (`ca.crt`) where that can be written, else in memory. Throws `ASM_CERT_DIR_UNREADABLE`.
 */
export async function pairFromDirectory(directory: string, service: ServingService): Promise<DirectoryPair> {
  const files = { cert: join(directory, "tls.crt"), key: join(directory, "tls.key") };
  const [cert, key] = await Promise.all([readIfThere(files.cert), readIfThere(files.key)]);
  if (cert !== undefined && key !== undefined) return { files };

  const { authority, serving } = await makeServingPair(service, Date.now(), undefined, DAYS);
  const kept = await keep(directory, [
    ["ca.crt", authority.cert],
    ["tls.crt", serving.cert],
    ["tls.key", serving.key],
  ]);
  const where = kept ? `in ${directory}` : `in memory, since ${directory} cannot be written`;
  const warning: Fault = {
    code: "ASM_SELF_SIGNED_CERTIFICATE",
    severity: "warning",
    message: `serving with a certificate made at start ${where}; the API server accepts it only with insecureSkipTLSVerify or its authority as caBundle`,
    remedy:
      "Grant the rights of our RBAC so that the adapter keeps its own Secret and caBundle, or put tls.crt and tls.key into --cert-dir",
  };
  return { files, made: { serving, warning } };
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    const message = `${path} of --cert-dir cannot be read (${codeOf(error)})`;
    const remedy = "Make it readable for the adapter's user, or leave --cert-dir out";
    throw new Error(faultLine({ code: "ASM_CERT_DIR_UNREADABLE", severity: "error", message, remedy }), {
      cause: error,
    });
  }
}

async function keep(directory: string, files: readonly (readonly [name: string, text: string])[]): Promise<boolean> {
  try {
    await mkdir(directory, { recursive: true });
    // Never over a file that is there: half a pair is somebody's, and a link may lead elsewhere.
    for (const [name, text] of files) await writeFile(join(directory, name), text, { flag: "wx", mode: 0o600 });
    return true;
  } catch {
    return false;
  }
}

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : String(error);
}
