import { setTimeout as pause } from "node:timers/promises";
import { faultLine } from "hpa-metrics";
import { type Kubernetes, KubernetesError } from "../kubernetes/client.ts";
import { record } from "../kubernetes/listWatch.ts";
import { encodePair, type PairPlan, planPair } from "./certificateState.ts";
import type { ServingService } from "./servingCertificate.ts";

/**
 * The Secret in which all replicas keep their authority and serving pair. It must be there: to create Secrets in a
 * namespace is to be able to mint tokens of every ServiceAccount in it, a right that the adapter does not want.
 */
export function pairSecret(
  kubernetes: Kubernetes,
  { namespace, name }: { namespace: string; name: string },
): PairStore {
  const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
  const get = async () => record(await kubernetes.call("GET", path));
  return {
    async read() {
      const { data, metadata } = await get();
      const { resourceVersion } = record(metadata);
      return {
        data: Object.fromEntries(Object.entries(record(data)).map(([key, text]) => [key, String(text)])),
        resourceVersion: typeof resourceVersion === "string" ? resourceVersion : undefined,
      };
    },
    async write(data, resourceVersion) {
      const secret = await get();
      const body = {
        ...secret,
        metadata: { ...record(secret["metadata"]), resourceVersion },
        data: { ...record(secret["data"]), ...data },
      };
      try {
        await kubernetes.call("PUT", path, { body });
        return "written";
      } catch (error) {
        if (error instanceof KubernetesError && error.status === 409) return "conflict";
        throw error;
      }
    },
  };
}

/** What is stored: a Secret's data (base64), and the version to write against; both absent where there is nothing yet. */
export interface StoredPair {
  readonly data: Readonly<Record<string, string>>;
  readonly resourceVersion: string | undefined;
}

/** Where all replicas keep the pair. A write counts only if nobody else wrote since the read. */
export interface PairStore {
  read(): Promise<StoredPair>;
  /** `resourceVersion` undefined creates. Other keys of the Secret stay. */
  write(data: Readonly<Record<string, string>>, resourceVersion: string | undefined): Promise<"written" | "conflict">;
}

const TRIES = 5;
const PAUSE_MS = 100;

/**
 * Agrees with the other replicas on one serving pair: a good one that is stored is used; else what is due is made and
 * written against the version that was read, and on a conflict the winner's is read. Throws `ASM_SERVING_PAIR_CONTENDED`.
 * @param now Unix ms
 * @param isPublished whether the API server has trusted this authority for long enough to serve what it signs
 */
export async function agreeOnPair(
  store: PairStore,
  service: ServingService,
  now: () => number,
  isPublished: (authorityPem: string) => boolean,
): Promise<PairPlan> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const { data, resourceVersion } = await store.read();
    const plan = await planPair(data, service, now(), isPublished);
    if (plan.made === "nothing") return plan;
    if ((await store.write(encodePair(plan.pair), resourceVersion)) === "written") return plan;
    await pause(Math.random() * PAUSE_MS * attempt);
  }
  const message = `the Secret of the serving certificate of ${service.namespace}/${service.serviceName} was changed by somebody else ${TRIES} times in a row and never held a certificate that can be served`;
  const remedy =
    "Find what else writes that Secret, or give a certificate with --tls-cert-file and --tls-private-key-file";
  throw new Error(faultLine({ code: "ASM_SERVING_PAIR_CONTENDED", severity: "error", message, remedy }));
}
