import { type Identity, isHpaController, MASTERS_GROUP } from "../kubernetes/userInfo.ts";

/** Requests of each kind of reader that are answered at a time. Nobody waits for a place: a refusal is an answer too. */
export interface ConcurrencyLimits {
  /** The HPA controller has five workers, and a few more when it is told to; each reads one metric at a time. */
  readonly hpaController: number;
  /** The API server's own probes, discovery and OpenAPI readers. */
  readonly cluster: number;
  readonly others: number;
}

export const CONCURRENCY_LIMITS: ConcurrencyLimits = { hpaController: 512, cluster: 128, others: 256 };

const CLUSTER_USERS: ReadonlySet<string> = new Set(["system:kube-aggregator", "system:aggregator"]);

/**
 * Places for requests, so many for each kind of reader: whatever others do, those of the HPA controller are its own.
 * Taking one gives its release, or `undefined` when all are taken.
 */
export function createConcurrencyLimits(limits: ConcurrencyLimits): (identity: Identity) => (() => void) | undefined {
  const taken: Record<keyof ConcurrencyLimits, number> = { hpaController: 0, cluster: 0, others: 0 };
  return (identity) => {
    const kind = kindOf(identity);
    if (taken[kind] >= limits[kind]) return undefined;
    taken[kind] += 1;
    return () => {
      taken[kind] -= 1;
    };
  };
}

function kindOf(identity: Identity): keyof ConcurrencyLimits {
  if (isHpaController(identity)) return "hpaController";
  return CLUSTER_USERS.has(identity.user) || identity.groups.includes(MASTERS_GROUP) ? "cluster" : "others";
}
