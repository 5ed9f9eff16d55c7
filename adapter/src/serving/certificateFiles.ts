import { watch } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Fault, faultLine } from "hpa-metrics";
import { reason } from "../kubernetes/client.ts";
import { pause, withOwnSignal } from "../kubernetes/listWatch.ts";
import type { Log } from "../kubernetes/log.ts";
import type { KeyedCertificate } from "./certificateAuthority.ts";
import { expiryOf } from "./pem.ts";
import { makeServingPair, type ServingService } from "./servingCertificate.ts";

/** Where a certificate and its key are read from. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
  /** CA certificates that verify client certificates, PEM; absent where none are asked for. */
  readonly clientCa?: string;
}

/** The text of the files. */
export interface CertificateTexts extends KeyedCertificate {
  readonly clientCa?: string;
}

/** A look even when no change was told: file systems over a network tell none. */
const POLL_MS = 30_000;
/** Two files are seldom written at once; what they tell within this time is one change. */
const SETTLE_MS = 100;

/**
 * Serves the certificate of two files now and whenever they hold another one, until `signal` aborts. A mounted Secret
 * swaps a link beside its files, so their directories are watched, not the files. Whatever cannot be served, such as a
 * new certificate beside the old key, leaves the one before in place, with one line in the log.
 * @throws at the start, when there is nothing that can be served.
 */
export async function followFiles(
  files: CertificateFiles,
  serve: (certificate: CertificateTexts) => void,
  log: Log,
  signal: AbortSignal,
  onServing: () => void,
): Promise<void> {
  // Whoever fails at the start and tries again leaves nothing behind.
  await withOwnSignal(signal, (own) => follow(files, serve, log, own.signal, onServing));
}

async function follow(...[files, serve, log, signal, onServing]: Parameters<typeof followFiles>): Promise<void> {
  const change = createChange(files, log, signal);
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
      const sentence = `ASM_SERVING_CERTIFICATE: ${files.cert} and ${files.key} hold no pair that can be served (${reason(error)}); the one before stays. Write both.`;
      if (sentence !== refused) log.error({ code: "ASM_SERVING_CERTIFICATE" }, sentence);
      refused = sentence;
    }
  }
}

async function read({ cert, key, clientCa }: CertificateFiles): Promise<CertificateTexts> {
  const [certText, keyText] = await Promise.all([readFile(cert, "utf8"), readFile(key, "utf8")]);
  return { cert: certText, key: keyText, ...(clientCa ? { clientCa: await readFile(clientCa, "utf8") } : {}) };
}

/** Resolves `next` when a directory of the files has told of a change, or after POLL_MS. */
function createChange(files: CertificateFiles, log: Log, signal: AbortSignal): { next(): Promise<void> } {
  let changed = new AbortController();
  signal.addEventListener("abort", () => changed.abort(), { once: true });
  for (const directory of new Set(Object.values(files).map(dirname))) {
    const blind = (error: unknown) =>
      log.warn(
        { code: "ASM_CERTIFICATE_WATCH" },
        `ASM_CERTIFICATE_WATCH: ${directory} cannot be watched (${reason(error)}); a new certificate in it counts within ${POLL_MS / 1000} s. Raise fs.inotify.max_user_instances of the node if that is too long.`,
      );
    try {
      watch(directory, { signal, persistent: false }, () => changed.abort()).on("error", blind);
    } catch (error) {
      blind(error);
    }
  }
  return {
    async next() {
      await pause(POLL_MS, changed.signal);
      if (changed.signal.aborted) await pause(SETTLE_MS, signal);
      changed = new AbortController();
    },
  };
}

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
