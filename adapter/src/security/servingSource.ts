import { readFile } from "node:fs/promises";
import { faultLine } from "hpa-metrics";
import type { ApiServer } from "../api/server.ts";
import { pause } from "../collection.ts";
import type { Flags } from "../flags.ts";
import { type Kubernetes, KubernetesError, reason } from "../kubernetes.ts";
import type { Log } from "../log.ts";
import { keepCaBundle } from "./caBundle.ts";
import { pairFromDirectory } from "./certificateDirectory.ts";
import { agreeOnPair } from "./pairAgreement.ts";
import { pairSecret } from "./pairSecret.ts";

export interface ServingSourceOptions {
  kubernetes: Kubernetes;
  flags: Pick<Flags, "servingSecret" | "servingService" | "tlsCertFile" | "tlsKeyFile" | "certDir">;
  api: Pick<ApiServer, "setCertificate">;
  log: Log;
  onReady(): void;
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 15_000;

/**
 * Gives the API its serving certificate and stays until `signal` aborts: the given files, else the pair that all
 * replicas keep in one Secret (with the APIService's `caBundle` kept right), else, without a Secret to keep it in, a
 * pair in `--cert-dir` with one warning, as the reference does.
 */
export async function serveCertificate(options: ServingSourceOptions, signal: AbortSignal): Promise<void> {
  const { flags } = options;
  let retryMs = FIRST_RETRY_MS;
  while (!signal.aborted) {
    try {
      if (flags.tlsCertFile && flags.tlsKeyFile)
        return await serveFiles(options, flags.tlsCertFile, flags.tlsKeyFile, signal);
      if (flags.servingSecret) return await servePair(options, flags.servingSecret, signal);
      return await serveDirectory(options, signal);
    } catch (error) {
      options.log.error(
        { code: "ASM_SERVING_PAIR" },
        `ASM_SERVING_PAIR: no serving certificate yet (${reason(error)}). Trying again in ${retryMs / 1000} s.`,
      );
      await pause(retryMs, signal);
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    }
  }
}

async function serveFiles(
  options: ServingSourceOptions,
  certFile: string,
  keyFile: string,
  signal: AbortSignal,
): Promise<void> {
  const [cert, key] = await Promise.all([readFile(certFile, "utf8"), readFile(keyFile, "utf8")]);
  options.api.setCertificate({ cert, key });
  options.onReady();
  await aborted(signal);
}

async function servePair(
  options: ServingSourceOptions,
  secret: { namespace: string; name: string },
  signal: AbortSignal,
): Promise<void> {
  const { kubernetes, flags, api, log } = options;
  const { namespace, name } = flags.servingService;
  try {
    const { pair, made } = await agreeOnPair(pairSecret(kubernetes, secret), { serviceName: name, namespace });
    api.setCertificate(pair.serving);
    if (made !== "nothing")
      log.info({}, `A new ${made} was made and kept in Secret ${secret.namespace}/${secret.name}.`);
    options.onReady();
    await keepCaBundle(kubernetes, flags.servingService, pair.authority.cert, log, signal);
  } catch (error) {
    if (!(error instanceof KubernetesError && (error.status === 403 || error.status === 404))) throw error;
    log.warn(
      { code: "ASM_SERVING_SECRET" },
      `ASM_SERVING_SECRET: Secret ${secret.namespace}/${secret.name} cannot be used (${error.message}); a pair in ${flags.certDir} is served instead. Create the Secret and allow get and update of it.`,
    );
    await serveDirectory(options, signal);
  }
}

async function serveDirectory({ flags, api, log, onReady }: ServingSourceOptions, signal: AbortSignal): Promise<void> {
  const { namespace, name } = flags.servingService;
  const { serving, warning } = await pairFromDirectory(flags.certDir, { serviceName: name, namespace });
  if (warning) log.warn({ code: warning.code }, faultLine(warning));
  api.setCertificate(serving);
  onReady();
  await aborted(signal);
}

async function aborted(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
