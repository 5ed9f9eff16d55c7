import { link, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Problem, ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import { watchFiles } from "../fileChanges.ts";
import { reason } from "../kubernetes/client.ts";
import { type Log, logProblem } from "../kubernetes/log.ts";
import { withOwnSignal } from "../kubernetes/pause.ts";
import type { KeyedCertificate } from "./certificateAuthority.ts";
import { expiryOf } from "./pem.ts";
import { makeServingPair, type ServingService } from "./servingCertificate.ts";

/** Paths of a certificate and its key. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
  /** Path of the CA certificates (PEM) for client certificates. Absent when no client certificate is requested. */
  readonly clientCa?: string;
}

/** The contents of the files. */
export interface CertificateTexts extends KeyedCertificate {
  readonly clientCa?: string;
}

/**
 * Serves the certificate from two files, and reloads it when the files change, until `signal` aborts.
 * When the new files cannot be served, for example a new certificate with the old key, the earlier certificate stays in
 * use and one error is logged.
 * @throws when the files cannot be served at the start.
 */
export async function followFiles(
  files: CertificateFiles,
  serve: (certificate: CertificateTexts) => void,
  log: Log,
  signal: AbortSignal,
  onServing: () => void,
): Promise<void> {
  // Removes the watches when the start fails, because the caller may try again.
  await withOwnSignal(signal, (own) => follow(files, serve, log, own.signal, onServing));
}

async function follow(...[files, serve, log, signal, onServing]: Parameters<typeof followFiles>): Promise<void> {
  const change = watchFiles(
    Object.values(files),
    (directory, error) =>
      logProblem(log, problem("ASM_CERTIFICATE_WATCH", `${directory} cannot be watched (${reason(error)})`)),
    signal,
  );
  let served = await read(files);
  serve(served);
  onServing();
  let refused = "";
  while (!signal.aborted) {
    await change.next();
    if (signal.aborted) return;
    try {
      const found = await read(files);
      if (found.cert === served.cert && found.key === served.key && found.clientCa === served.clientCa) continue;
      if (expiryOf(found.cert) < Date.now()) throw new Error("the certificate has expired");
      serve(found);
      served = found;
      refused = "";
      log.info({}, `The serving certificate was read anew from ${files.cert}.`);
    } catch (error) {
      const sentence = `${files.cert} and ${files.key} hold no pair that can be served (${reason(error)}); the one before stays`;
      if (sentence !== refused) logProblem(log, problem("ASM_SERVING_CERTIFICATE", sentence));
      refused = sentence;
    }
  }
}

async function read({ cert, key, clientCa }: CertificateFiles): Promise<CertificateTexts> {
  const [certText, keyText] = await Promise.all([readText(cert), readText(key)]);
  return { cert: certText, key: keyText, ...(clientCa ? { clientCa: await readFile(clientCa, "utf8") } : {}) };
}

/** Reads a file that must not be empty: TLS takes an empty text as no certificate, and then every handshake fails. */
async function readText(path: string): Promise<string> {
  const text = await readFile(path, "utf8");
  if (text.trim() === "") throw new Error(`${path} is empty`);
  return text;
}

/**
 * The certificate files of a directory. When they do not exist, `made` is a self-signed pair with a warning.
 * Nothing in the cluster trusts that pair.
 */
export interface DirectoryPair {
  readonly files: CertificateFiles;
  readonly made?: { readonly serving: KeyedCertificate; readonly warning: Problem };
}

/** Lifetime of the generated certificate, in days. It is the same as its authority's, because it is never renewed. */
const DAYS = 365;

/**
 * Finds `tls.crt` and `tls.key` in a directory. When one is missing, it makes a pair and writes it, with its authority
 * (`ca.crt`), to the directory. When the directory is not writable or has one of these files, the pair stays in memory.
 * Throws `ASM_CERT_DIR_UNREADABLE`.
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
  const where = kept ? `in ${directory}` : `in memory, because ${directory} is not writable or has part of a pair`;
  const warning = problem(
    "ASM_SELF_SIGNED_CERTIFICATE",
    `serving with a certificate generated at start ${where}; the API server accepts it only with insecureSkipTLSVerify or its authority as caBundle`,
  );
  return { files, made: { serving, warning } };
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    const message = `${path} of --cert-dir cannot be read (${codeOf(error)})`;
    throw new ProblemError(problem("ASM_CERT_DIR_UNREADABLE", message), { cause: error });
  }
}

/** Writes new files. Each appears with its whole text, because the process can end at any moment. */
async function keep(directory: string, files: readonly (readonly [name: string, text: string])[]): Promise<boolean> {
  let own: string | undefined;
  try {
    await mkdir(directory, { recursive: true });
    own = await mkdtemp(join(directory, ".new-"));
    for (const [name, text] of files) {
      await writeFile(join(own, name), text, { mode: 0o600 });
      // Never overwrites an existing file. A single file belongs to someone else, and a link may point to another place.
      await link(join(own, name), join(directory, name));
    }
    return true;
  } catch {
    return false;
  } finally {
    if (own) await rm(own, { recursive: true, force: true });
  }
}

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : String(error);
}
