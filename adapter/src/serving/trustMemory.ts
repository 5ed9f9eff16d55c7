/** Long enough for every API server to have read a new `caBundle`, and for every replica to have looked at the Secret. */
const PUBLISHED_MS = 5 * 60_000;
/** An authority that the Secret no longer names may still be that of a replica which has not looked at it since. */
const RETIRED_MS = 10 * 60_000;

/** What one replica has seen of `caBundle` and for how long; a restart forgets it, which only makes it more patient. */
export interface TrustMemory {
  /** Takes what `caBundle` holds now. */
  see(present: readonly string[]): void;
  /** Whether an authority has stood in `caBundle` long enough for what it signs to be served. */
  isPublished(authorityPem: string): boolean;
  /** Whether an authority in `caBundle` that is not among ours stays for now. */
  mayStay(authorityPem: string): boolean;
}

/** @param monotonic ms that only grow */
export function createTrustMemory(monotonic: () => number): TrustMemory {
  let seen = new Map<string, number>();
  let strangers = new Map<string, number>();
  return {
    see(present) {
      const now = monotonic();
      seen = new Map(present.map((pem) => [pem, seen.get(pem) ?? now]));
      strangers = new Map([...strangers].filter(([pem]) => seen.has(pem)));
    },
    isPublished: (pem) => monotonic() - (seen.get(pem) ?? Number.POSITIVE_INFINITY) >= PUBLISHED_MS,
    mayStay(pem) {
      const since = strangers.get(pem) ?? monotonic();
      strangers.set(pem, since);
      return monotonic() - since < RETIRED_MS;
    },
  };
}
