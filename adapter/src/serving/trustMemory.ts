/** Wait in ms until an authority counts as published. Every API server and every replica has then read the change. */
const PUBLISHED_MS = 5 * 60_000;
/** How long an authority that is not in the Secret stays in `caBundle`, in ms. A replica may still use it. */
const RETIRED_MS = 10 * 60_000;

/**
 * How long one replica has seen each authority in `caBundle`.
 * A restart clears this state, so that the replica only waits longer.
 */
export interface TrustMemory {
  /** Records the authorities that are in `caBundle` now. */
  see(present: readonly string[]): void;
  /** Whether an authority has been in `caBundle` for long enough to serve certificates that it signs. */
  isPublished(authorityPem: string): boolean;
  /** Whether an authority in `caBundle` that is not in the adapter's Secret may stay there for now. */
  mayStay(authorityPem: string): boolean;
}

/** Creates an empty record. @param monotonic clock in milliseconds that never goes back */
export function createTrustMemory(monotonic: () => number): TrustMemory {
  let seen = new Map<string, number>();
  let foreign = new Map<string, number>();
  return {
    see(present) {
      const now = monotonic();
      seen = new Map(present.map((pem) => [pem, seen.get(pem) ?? now]));
      foreign = new Map([...foreign].filter(([pem]) => seen.has(pem)));
    },
    isPublished: (pem) => monotonic() - (seen.get(pem) ?? Number.POSITIVE_INFINITY) >= PUBLISHED_MS,
    mayStay(pem) {
      const since = foreign.get(pem) ?? monotonic();
      foreign.set(pem, since);
      return monotonic() - since < RETIRED_MS;
    },
  };
}
