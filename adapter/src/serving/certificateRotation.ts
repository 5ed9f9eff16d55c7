import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import { type Kubernetes, reason } from "../kubernetes/client.ts";
import type { Log } from "../kubernetes/log.ts";
import type { ServiceName } from "./apiService.ts";
import { createApiServiceTrust, told } from "./apiServiceTrust.ts";
import type { CaBundleContests } from "./caBundleContest.ts";
import type { KeyedCertificate } from "./certificateAuthority.ts";
import { agreeOnPair, type PairStore } from "./certificateSecret.ts";
import { trustedAuthorities } from "./certificateState.ts";
import type { MissingApi } from "./missingApi.ts";
import { certificatesOf, expiryOf } from "./pem.ts";

export interface PairKeeperOptions {
  kubernetes: Kubernetes;
  store: PairStore;
  /** `namespace/name` of the Secret in `store`, for messages. */
  secret: string;
  /** The Service to which the APIServices must refer. */
  service: ServiceName;
  /** The APIServices of the APIs that the adapter serves, and for each who removes the adapter's authorities from it. */
  contests: CaBundleContests;
  /** Learns whether the custom metrics API is registered. */
  missingApi: MissingApi;
  /** Called with the authorities (PEM) whose certificates the replicas serve, each time that they agree on them. */
  onAuthorities?(authorities: readonly string[]): void;
  /** Sets the certificate for new handshakes. @throws when it cannot be used */
  serve(certificate: KeyedCertificate): void;
  log: Log;
  clock: { wall(): number; monotonic(): number };
}

/**
 * Remaining lifetime, in ms, below which the new certificate replaces the old one even when it is unknown whether the
 * API server trusts the new one.
 */
const LAST_DAY_MS = 86_400_000;

/**
 * Creates the certificate rotation. Each call agrees with the other replicas on the certificate state in the Secret,
 * updates `caBundle` of each APIService, and serves the certificate. The first certificate is served at once. A later one
 * is served only after a call finds each `caBundle` correct, so that the API server does not get a certificate that it does
 * not trust. An APIService that is missing, belongs to another adapter or cannot be written does not stop the others.
 * Returns the delay until the next call, in ms.
 * @throws when the Secret cannot be read or written. The served certificate stays in use.
 */
export function createPairKeeper(options: PairKeeperOptions): () => Promise<number> {
  const { kubernetes, store, secret, service, contests, missingApi, serve, log, clock } = options;
  const trusts = [...contests].map(([name, contest]) =>
    createApiServiceTrust(name, contest, { kubernetes, service, log, monotonic: clock.monotonic }),
  );
  const tellMissing = told(log);
  let served: string | undefined;

  /** Whether each API server that connects to this adapter trusts the authority. Until one does, no APIService is ours. */
  const isPublished = (authorityPem: string): boolean => {
    const ours = trusts.filter((trust) => trust.isOurs());
    return (ours.length > 0 ? ours : trusts).every((trust) => trust.isPublished(authorityPem));
  };

  return async () => {
    const agree = agreeOnPair(store, { serviceName: service.name, namespace: service.namespace }, clock.wall, (pem) =>
      certificatesOf(pem).every((one) => isPublished(one)),
    );
    const {
      pair,
      made,
      reason: why,
    } = await agree.catch((error: unknown) => {
      if (error instanceof ProblemError) throw error;
      const message = `the serving pair cannot be kept in Secret ${secret} (${reason(error)})`;
      const remedy = "Create an empty Secret with this name, and allow get and update of it";
      throw new ProblemError(problem("ASM_SERVING_PAIR", message, { remedy }));
    });
    if (made !== "nothing")
      log.info({}, `A new ${made} was made and kept in Secret ${secret}${why ? `: ${why}` : ""}.`);

    const authorities = trustedAuthorities(pair);
    options.onAuthorities?.(authorities);
    const all = await Promise.all(trusts.map((trust) => trust.settle(authorities)));
    for (const [index, { state }] of all.entries()) missingApi.see(trusts[index]?.name ?? "", state);
    tellMissing(missingApi.problem());
    const { cert } = pair.serving;
    const isLast = served === undefined || expiryOf(served) - clock.wall() < LAST_DAY_MS;
    if (cert !== served && (isLast || !all.some(({ state }) => state === "patched" || state === "unknown"))) {
      serve(pair.serving);
      served = cert;
    }
    return Math.min(...all.map(({ waitMs }) => waitMs));
  };
}
