import { watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { pause, withOwnSignal } from "../collection.ts";
import { reason } from "../kubernetes.ts";
import type { Log } from "../log.ts";
import type { KeyedCertificate } from "./authority.ts";
import { expiryOf } from "./pem.ts";

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
