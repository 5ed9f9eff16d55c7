import { type Kubernetes, reason } from "../kubernetes/client.ts";
import type { Log } from "../kubernetes/log.ts";
import { API_SERVICE, type CaBundleState, settleCaBundle } from "./caBundle.ts";
import type { KeyedCertificate } from "./certificateAuthority.ts";
import { agreeOnPair, type PairStore } from "./certificateSecret.ts";
import { trustedAuthorities } from "./certificateState.ts";
import { certificatesOf, expiryOf } from "./pem.ts";
import { createTrustMemory } from "./trustMemory.ts";

export interface PairKeeperOptions {
  kubernetes: Kubernetes;
  store: PairStore;
  /** `namespace/name` of the Secret behind `store`, for messages. */
  secret: string;
  /** The Service that the APIService must lead to. */
  service: { namespace: string; name: string };
  /** New handshakes use this certificate from now on. @throws when it cannot be used */
  serve(certificate: KeyedCertificate): void;
  log: Log;
  clock: { wall(): number; monotonic(): number };
}

/** Between two looks at a Secret and an APIService that are right, ms: how long a spoilt `caBundle` may cost reads. */
const KEEP_MS = 10_000;
/** From a new `caBundle` to serving what it trusts, ms: API servers follow their watch in far less. */
const SPREAD_MS = 3_000;
const ABSENT_MS = 1_000;
const REFUSED_MS = 15_000;
/** With less left a certificate gives way to its successor even if nobody can say that the API server trusts that. */
const LAST_DAY_MS = 86_400_000;

/**
 * Each call agrees with the other replicas on what the Secret holds, has `caBundle` trust it, and serves its certificate:
 * at once if nothing is served yet, else only after `caBundle` has been found right, so that no handshake of the API
 * server meets a certificate that it does not know. Returns how long to wait for the next call, ms.
 * @throws when the Secret cannot be kept; what is served stays.
 */
export function createPairKeeper(options: PairKeeperOptions): () => Promise<number> {
  const { kubernetes, store, secret, service, serve, log, clock } = options;
  const memory = createTrustMemory(clock.monotonic);
  const tell = teller(log);
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
      const remedy = "Create it, empty, and allow get and update of it";
      throw new Error(`the serving pair cannot be kept in Secret ${secret} (${reason(error)}). ${remedy}.`);
    });
    if (made !== "nothing")
      log.info({}, `A new ${made} was made and kept in Secret ${secret}${why ? `: ${why}` : ""}.`);

    const { state } = await settle(trustedAuthorities(pair));
    const { cert } = pair.serving;
    const isLast = served === undefined || expiryOf(served) - clock.wall() < LAST_DAY_MS;
    if (cert !== served && (isLast || !["patched", "unknown"].includes(state))) {
      serve(pair.serving);
      served = cert;
    }
    if (state === "patched") return SPREAD_MS;
    if (state === "absent") return ABSENT_MS;
    return state === "unknown" ? REFUSED_MS : KEEP_MS;
  };
}

/** Logs what became of `caBundle`, each trouble once until it is another. */
function teller(log: Log) {
  const warn = told(log);
  return (
    settled: CaBundleState | { state: "unknown"; error: unknown },
    { namespace, name }: PairKeeperOptions["service"],
  ) => {
    if (settled.state === "foreign") {
      warn(
        `APIService ${API_SERVICE} belongs to the Service ${settled.owner}, not to ${namespace}/${name}, so no HPA reads from here. Remove that adapter first.`,
      );
    } else if (settled.state === "unknown") {
      warn(
        `APIService ${API_SERVICE} cannot be kept right (${reason(settled.error)}). Allow get and patch of this one APIService, or give it the authority by hand.`,
      );
    } else warn("");
    if (settled.state === "patched") log.info({}, `APIService ${API_SERVICE} now trusts this adapter's authorities.`);
  };
}

/** Warns with a sentence once until it is another; an empty one is no trouble. */
function told(log: Log): (sentence: string) => void {
  let last = "";
  return (sentence) => {
    if (sentence !== last && sentence !== "") log.warn({ code: "ASM_CA_BUNDLE" }, `ASM_CA_BUNDLE: ${sentence}`);
    last = sentence;
  };
}
