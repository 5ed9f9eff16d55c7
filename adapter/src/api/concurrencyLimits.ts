import { type Identity, isHpaController, MASTERS_GROUP } from "../kubernetes/userInfo.ts";

/**
 * Maximum number of concurrent requests per kind of client. A request over the limit is refused at once and never
 * queued.
 */
export interface ConcurrencyLimits {
  /** The HPA controller has five workers by default. Each worker reads one metric at a time. */
  readonly hpaController: number;
  /** The API server's own probes, discovery and OpenAPI readers. */
  readonly cluster: number;
  readonly others: number;
}

export const CONCURRENCY_LIMITS: ConcurrencyLimits = { hpaController: 512, cluster: 128, others: 256 };

const CLUSTER_USERS: ReadonlySet<string> = new Set(["system:kube-aggregator", "system:aggregator"]);

/**
 * Limits concurrent requests per kind of client, so that other clients cannot use up the HPA controller's limit.
 * @returns a function that acquires a slot. It returns the slot's release function, or `undefined` at the limit.
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
