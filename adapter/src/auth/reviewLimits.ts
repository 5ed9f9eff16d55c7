/** How many questions about users may be under way at the API server. */
export interface ReviewLimits {
  /** Of all sources that have brought nothing good lately. */
  readonly total: number;
  /** Of one source, whatever it has brought. */
  readonly perSource: number;
}

/** Places for questions under way. Nobody waits for one: a refusal is an answer too. */
export interface ReviewPlaces {
  /** Takes a place and gives its release, which counts once; `undefined` where the source may have no more. */
  take(source: string): (() => void) | undefined;
  /** The source brought what the API server found good: for ten minutes only its own limit counts. */
  vouch(source: string): void;
}

const VOUCHED_MS = 10 * 60_000;
/** Sources that are remembered as good; the one that was good longest ago goes first. */
const CAPACITY = 1024;

/**
 * Places for each source (an address, a user) and for all together, so that neither one source nor many new ones keep out those
 * that have brought something good.
 * @param now monotonic ms
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
