/** Concurrency limits for reviews at the API server. */
export interface ReviewLimits {
  /** Limit for all sources together. It does not apply to a source with a recent positive result. */
  readonly total: number;
  /** Limit for each source. It always applies. */
  readonly perSource: number;
}

/** Limiter for concurrent reviews. It has no queue: above the limit, a review is refused at once. */
export interface ReviewPlaces {
  /** Starts a review and returns its release function, which has an effect only once. `undefined` above the limit. */
  take(source: string): (() => void) | undefined;
  /** Records a positive result of the source. For ten minutes, only the limit per source applies to it. */
  vouch(source: string): void;
}

const VOUCHED_MS = 10 * 60_000;
/** Maximum number of sources with a recorded positive result. The oldest record is evicted first. */
const CAPACITY = 1024;

/**
 * Creates a limiter per source (an address or a user) and for all sources. Neither one source nor many new sources can
 * block a source with a recent positive result.
 * @param now monotonic clock in milliseconds
 */
export function createReviewPlaces({ total, perSource }: ReviewLimits, now: () => number): ReviewPlaces {
  const taken = new Map<string, number>();
  const vouched = new Map<string, number>();
  let open = 0;

  const giveBack = (source: string) => {
    open -= 1;
    const left = (taken.get(source) ?? 1) - 1;
    if (left > 0) taken.set(source, left);
    else taken.delete(source);
  };
  return {
    take(source) {
      const own = taken.get(source) ?? 0;
      const isVouched = now() < (vouched.get(source) ?? Number.NEGATIVE_INFINITY);
      if (own >= perSource || (open >= total && !isVouched)) return undefined;
      open += 1;
      taken.set(source, own + 1);
      let isOpen = true;
      return () => {
        if (isOpen) giveBack(source);
        isOpen = false;
      };
    },
    vouch(source) {
      vouched.delete(source);
      vouched.set(source, now() + VOUCHED_MS);
      const [oldest] = vouched.size > CAPACITY ? vouched.keys() : [];
      if (oldest !== undefined) vouched.delete(oldest);
    },
  };
}
