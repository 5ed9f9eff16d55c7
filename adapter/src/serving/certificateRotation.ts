import { type Problem, ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import { type Kubernetes, reason } from "../kubernetes/client.ts";
import { type Log, logProblem } from "../kubernetes/log.ts";
import { API_SERVICE, type ServiceName } from "./apiService.ts";
import { type CaBundleState, settleCaBundle } from "./caBundle.ts";
import type { CaBundleContest } from "./caBundleContest.ts";
import type { KeyedCertificate } from "./certificateAuthority.ts";
import { agreeOnPair, type PairStore } from "./certificateSecret.ts";
import { trustedAuthorities } from "./certificateState.ts";
import { certificatesOf, expiryOf } from "./pem.ts";
import { createTrustMemory } from "./trustMemory.ts";

export interface PairKeeperOptions {
  kubernetes: Kubernetes;
  store: PairStore;
  /** `namespace/name` of the Secret in `store`, for messages. */
  secret: string;
  /** The Service to which the APIService must refer. */
  service: ServiceName;
  /** Learns when another program removes the adapter's authorities from the `caBundle`. */
  contest: CaBundleContest;
  /** Called with the authorities (PEM) whose certificates the replicas serve, each time that they agree on them. */
  onAuthorities?(authorities: readonly string[]): void;
  /** Sets the certificate for new handshakes. @throws when it cannot be used */
  serve(certificate: KeyedCertificate): void;
  log: Log;
  clock: { wall(): number; monotonic(): number };
}

/**
 * Interval between two checks of a correct Secret and APIService, in ms.
 * It limits how long a wrong `caBundle` can make requests fail.
 */
const KEEP_MS = 10_000;
/** Delay between a new `caBundle` and serving its certificate, in ms. API servers see the change much earlier. */
const SPREAD_MS = 3_000;
const ABSENT_MS = 1_000;
const REFUSED_MS = 15_000;
/**
 * Remaining lifetime, in ms, below which the new certificate replaces the old one even when it is unknown whether the
 * API server trusts the new one.
 */
const LAST_DAY_MS = 86_400_000;

/**
 * Creates the certificate rotation. Each call agrees with the other replicas on the certificate state in the Secret,
 * updates `caBundle`, and serves the certificate. The first certificate is served at once. A later one is served only
 * after a call finds `caBundle` correct, so that the API server does not get a certificate that it does not trust.
 * Returns the delay until the next call, in ms.
 * @throws when the Secret cannot be read or written. The served certificate stays in use.
 */
export function createPairKeeper(options: PairKeeperOptions): () => Promise<number> {
  const { kubernetes, store, secret, service, contest, serve, log, clock } = options;
  const memory = createTrustMemory(clock.monotonic);
  const tell = teller(log);
  const tellContest = told(log);
  let served: string | undefined;

  const settle = async (authorities: readonly string[]): Promise<CaBundleState | { state: "unknown" }> => {
    const settled = await settleCaBundle(kubernetes, service, authorities, (pem) => memory.mayStay(pem)).catch(
      (error: unknown) => ({ state: "unknown" as const, error }),
    );
    tell(settled, service);
    if ("present" in settled) memory.see(settled.present);
    return settled;
  };

  return async () => {
    const agree = agreeOnPair(store, { serviceName: service.name, namespace: service.namespace }, clock.wall, (pem) =>
      certificatesOf(pem).every((one) => memory.isPublished(one)),
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
    const settled = await settle(authorities);
    const { state } = settled;
    const { cert } = pair.serving;
    const isLast = served === undefined || expiryOf(served) - clock.wall() < LAST_DAY_MS;
    if (cert !== served && (isLast || !["patched", "unknown"].includes(state))) {
      serve(pair.serving);
      served = cert;
    }
    const contestMs = settled.state === "unknown" ? undefined : contest.see(settled, authorities);
    tellContest(contest.problem());
    if (contestMs !== undefined) return contestMs;
    if (state === "patched") return SPREAD_MS;
    if (state === "absent") return ABSENT_MS;
    return state === "unknown" ? REFUSED_MS : KEEP_MS;
  };
}

/** Creates a logger for the state of `caBundle`. It logs a problem again only after the problem changes. */
function teller(log: Log) {
  const warn = told(log);
  return (settled: CaBundleState | { state: "unknown"; error: unknown }, { namespace, name }: ServiceName) => {
    if (settled.state === "foreign") {
      const message = `APIService ${API_SERVICE} belongs to the Service ${settled.owner}, not to ${namespace}/${name}, so no HPA uses this adapter`;
      const remedy = "Take the APIService over with `takeOver`, or remove the other adapter first.";
      warn(problem("ASM_CA_BUNDLE", message, { remedy }));
    } else if (settled.state === "unknown") {
      const message = `APIService ${API_SERVICE} cannot be updated (${reason(settled.error)})`;
      const remedy = "Allow get and patch of this one APIService, or set its caBundle yourself.";
      warn(problem("ASM_CA_BUNDLE", message, { remedy }));
    } else warn(undefined);
    if (settled.state === "patched") log.info({}, `APIService ${API_SERVICE} now trusts this adapter's authorities.`);
  };
}

/** Creates a logger that logs a problem only when its message changes. */
function told(log: Log): (found: Problem | undefined) => void {
  let last: string | undefined;
  return (found) => {
    if (found && found.message !== last) logProblem(log, found);
    last = found?.message;
  };
}
