import { readFile } from "node:fs/promises";
import { faultLine } from "hpa-metrics";
import type { ApiServer } from "../api/server.ts";
import { pause } from "../collection.ts";
import type { Flags } from "../flags.ts";
import { type Kubernetes, KubernetesError, reason } from "../kubernetes.ts";
import type { Log } from "../log.ts";
import { API_SERVICE, settleCaBundle } from "./caBundle.ts";
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

/** While something is missing or wrong; doubles up to LAST_RETRY_MS. */
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 15_000;
/** Between two looks at a Secret and an APIService that are right. */
const KEEP_MS = 30_000;

/**
 * Gives the API its serving certificate and stays until `signal` aborts: the given files, else the pair that all
 * replicas keep in one Secret (with the APIService's `caBundle` kept right), else, where no Secret is named, a pair in
 * `--cert-dir` with one warning, as the reference does. Ready only once it serves what the API server can trust.
 */
export async function serveCertificate(options: ServingSourceOptions, signal: AbortSignal): Promise<void> {
  const { flags, log } = options;
  const follow = flags.servingSecret && !flags.tlsCertFile ? pairKeeper(options, flags.servingSecret) : undefined;
  let retryMs = FIRST_RETRY_MS;
  let told = "";
  while (!signal.aborted) {
    let waitMs = KEEP_MS;
    try {
      if (follow) waitMs = await follow();
      else return await serveOnce(options);
      retryMs = FIRST_RETRY_MS;
      told = "";
    } catch (error) {
      const sentence = `ASM_SERVING_PAIR: ${reason(error)}`;
      if (sentence !== told) log.error({ code: "ASM_SERVING_PAIR" }, `${sentence} Trying again until it works.`);
      told = sentence;
      waitMs = retryMs;
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    }
    await pause(waitMs, signal);
  }
}

async function serveOnce({ flags, api, log, onReady }: ServingSourceOptions): Promise<void> {
  if (flags.tlsCertFile && flags.tlsKeyFile) {
    const [cert, key] = await Promise.all([readFile(flags.tlsCertFile, "utf8"), readFile(flags.tlsKeyFile, "utf8")]);
    api.setCertificate({ cert, key });
  } else {
    const { namespace, name } = flags.servingService;
    const { serving, warning } = await pairFromDirectory(flags.certDir, { serviceName: name, namespace });
    if (warning) log.warn({ code: warning.code }, faultLine(warning));
    api.setCertificate(serving);
  }
  onReady();
}

/**
 * Each call agrees with the other replicas on the pair of the Secret, serves it when it is another one than before, and
 * sets `caBundle` to its authority, so that replicas never undo each other. Returns how long to wait for the next, ms.
 */
function pairKeeper(options: ServingSourceOptions, secret: { namespace: string; name: string }): () => Promise<number> {
  const { kubernetes, flags, api, log } = options;
  const { namespace, name } = flags.servingService;
  let served = "";
  let told = "";
  const tell = (sentence: string) => {
    if (sentence !== told && sentence !== "") log.warn({ code: "ASM_CA_BUNDLE" }, `ASM_CA_BUNDLE: ${sentence}`);
    told = sentence;
  };
  return async () => {
    const { pair, made } = await agreeOnPair(pairSecret(kubernetes, secret), { serviceName: name, namespace }).catch(
      (error: unknown) => {
        throw new Error(
          `the serving pair cannot be kept in Secret ${secret.namespace}/${secret.name} (${reason(error)}). Create it, empty, and allow get and update of it.`,
        );
      },
    );
    if (made !== "nothing")
      log.info({}, `A new ${made} was made and kept in Secret ${secret.namespace}/${secret.name}.`);
    if (pair.serving.cert !== served) api.setCertificate(pair.serving);
    served = pair.serving.cert;
    options.onReady();
    try {
      const bundle = await settleCaBundle(kubernetes, flags.servingService, pair.authority.cert);
      if (bundle.state === "patched") log.info({}, `APIService ${API_SERVICE} now trusts this adapter's authority.`);
      tell(
        bundle.state === "foreign"
          ? `APIService ${API_SERVICE} belongs to the Service ${bundle.owner}, not to ${namespace}/${name}, so no HPA reads from here. Remove that adapter first.`
          : "",
      );
      return KEEP_MS;
    } catch (error) {
      // The APIService comes after the first ready pod.
      if (error instanceof KubernetesError && error.status === 404) return FIRST_RETRY_MS;
      tell(
        `APIService ${API_SERVICE} cannot be kept right (${reason(error)}). Allow get and patch of this one APIService, or give it the authority by hand.`,
      );
      return LAST_RETRY_MS;
    }
  };
}
