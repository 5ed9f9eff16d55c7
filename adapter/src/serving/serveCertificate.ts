import { existsSync } from "node:fs";

import type { Flags } from "../flags/flags.ts";
import { type Kubernetes, problemOf } from "../kubernetes/client.ts";
import { type Log, logProblem } from "../kubernetes/log.ts";
import { pause } from "../kubernetes/pause.ts";
import type { CaBundleContests } from "./caBundleContest.ts";
import type { KeyedCertificate } from "./certificateAuthority.ts";
import { followFiles, pairFromDirectory } from "./certificateFiles.ts";
import { createPairKeeper } from "./certificateRotation.ts";
import { pairSecret } from "./certificateSecret.ts";
import type { MissingApi } from "./missingApi.ts";
import type { ServingCertificate } from "./servingCertificate.ts";

export interface ServingSourceOptions {
  kubernetes: Kubernetes;
  flags: Pick<Flags, "servingSecret" | "servingService" | "tlsCertFile" | "tlsKeyFile" | "certDir">;
  api: { setCertificate(certificate: ServingCertificate): void };
  log: Log;
  clock: { wall(): number; monotonic(): number };
  onReady(): void;
  /** The APIServices of the adapter. Learns when another program removes the adapter's authorities from one of them. */
  contests: CaBundleContests;
  /** Learns whether the custom metrics API is registered. */
  missingApi: MissingApi;
  /** Called with the authorities (PEM) that signed the shared pair; never without that pair. */
  onAuthorities(authorities: readonly string[]): void;
}

/** First retry delay after an error, in ms. It doubles up to LAST_RETRY_MS. */
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 15_000;
/**
 * Sets the serving certificate of the API and updates it until `signal` aborts. The first available source is used:
 * 1. the files of `--tls-cert-file` and `--tls-private-key-file`
 * 2. the pair that all replicas share in one Secret; the `caBundle` of each APIService is updated too
 * 3. without a Secret, the pair in `--cert-dir`
 * 4. a generated self-signed pair, with one warning, as in kube-metrics-adapter
 *
 * Calls `onReady` when it serves a certificate.
 */
export async function serveCertificate(options: ServingSourceOptions, signal: AbortSignal): Promise<void> {
  const { flags, log, onReady } = options;
  const keep = flags.servingSecret && keepsPair(flags) ? keeper(options, flags.servingSecret) : undefined;
  let retryMs = FIRST_RETRY_MS;
  let told = "";
  while (!signal.aborted) {
    let waitMs: number;
    try {
      if (!keep) return await serveGiven(options, signal);
      waitMs = await keep();
      onReady();
      retryMs = FIRST_RETRY_MS;
      told = "";
    } catch (error) {
      const found = problemOf(error, "ASM_SERVING_PAIR");
      if (found.message !== told) logProblem(log, found);
      told = found.message;
      waitMs = retryMs;
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    }
    await pause(waitMs, signal);
  }
}

/** Whether the adapter makes its serving certificate itself, and so has a CA to write into its APIServices. */
export function keepsPair({ servingSecret, tlsCertFile }: Pick<Flags, "servingSecret" | "tlsCertFile">): boolean {
  return servingSecret !== undefined && !tlsCertFile;
}

function keeper(options: ServingSourceOptions, secret: Flags["servingService"]) {
  const { kubernetes, flags, api, contests, missingApi, onAuthorities, log, clock } = options;
  return createPairKeeper({
    ...{ kubernetes, contests, missingApi, onAuthorities },
    store: pairSecret(kubernetes, secret),
    secret: `${secret.namespace}/${secret.name}`,
    service: flags.servingService,
    serve: (certificate) => api.setCertificate(certificate),
    log,
    clock,
  });
}

async function serveGiven({ flags, api, log, onReady }: ServingSourceOptions, signal: AbortSignal): Promise<void> {
  const serve = (certificate: KeyedCertificate) => api.setCertificate(certificate);
  const { tlsCertFile: cert, tlsKeyFile: key } = flags;
  if (cert && key) return followFiles({ cert, key }, serve, log, signal, onReady);
  const { namespace, name } = flags.servingService;
  const { files, made } = await pairFromDirectory(flags.certDir, { serviceName: name, namespace });
  if (!made) return followFiles(files, serve, log, signal, onReady);
  logProblem(log, made.warning);
  serve(made.serving);
  onReady();
  // A volume may get its files later, for example from cert-manager.
  while (!(existsSync(files.cert) && existsSync(files.key))) {
    await pause(FIRST_RETRY_MS, signal);
    if (signal.aborted) return;
  }
  await followFiles(files, serve, log, signal, onReady);
}
