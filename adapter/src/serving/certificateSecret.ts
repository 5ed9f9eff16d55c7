import { setTimeout as pause } from "node:timers/promises";
import { ProblemError, problem, record } from "@asm-autoscaler/hpa-metrics";
import { hasStatus, type Kubernetes } from "../kubernetes/client.ts";
import { encodePair, type PairPlan, planPair } from "./certificateState.ts";
import type { ServingService } from "./servingCertificate.ts";

/**
 * The Secret in which all replicas store their authority and serving pair. The Secret must exist. The adapter does not
 * create it, because the permission to create Secrets also allows tokens for every ServiceAccount in the namespace.
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
        if (hasStatus(error, 409)) return "conflict";
        throw error;
      }
    },
  };
}

/** The stored data of the Secret (base64), and the resource version for the next write. */
export interface StoredPair {
  readonly data: Readonly<Record<string, string>>;
  readonly resourceVersion: string | undefined;
}

/** Shared store of the serving pair. A write succeeds only when the data has not changed since the read. */
export interface PairStore {
  read(): Promise<StoredPair>;
  /** Writes the data. Other keys of the Secret stay. With `resourceVersion` undefined, it creates the data. */
  write(data: Readonly<Record<string, string>>, resourceVersion: string | undefined): Promise<"written" | "conflict">;
}

const TRIES = 5;
const PAUSE_MS = 100;

/**
 * Agrees with the other replicas on one serving pair. A valid stored pair is used. Otherwise it makes what is due and
 * writes it with the resource version that was read. After a conflict, it reads the other replica's pair.
 * Throws `ASM_SERVING_PAIR_CONTENDED` after five conflicts.
 * @param now Unix ms
 * @param isPublished whether `caBundle` has had this authority for long enough to serve certificates from it
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
  throw new ProblemError(problem("ASM_SERVING_PAIR_CONTENDED", message));
}
