/** How long an answer counts, ms from when it came. */
export interface Lifetime {
  /** It is given without a question. */
  readonly freshMs: number;
  /** After that it is still given, at once, while it is asked again in the background; an error there changes nothing. */
  readonly staleMs?: number;
}

/** More questions are open than may be. */
export class TooManyReviews extends Error {
  constructor() {
    super("too many reviews are under way");
  }
}

interface Kept<V> {
  readonly value: V;
  readonly freshUntil: number;
  readonly until: number;
}

/** Answers of the API server about users, kept for seconds. An answer that is known comes without a promise. */
export type ReviewCache<V> = (key: string, ask: () => Promise<V>) => V | Promise<V>;

/**
 * A bounded cache of answers: the least recently used goes first, equal questions asked at once are one question, and
 * no more than `maxOpen` questions are open at a time (another one rejects with `TooManyReviews`). Errors are not kept.
 * @param now monotonic ms
 */
export function createReviewCache<V>(
  { capacity, maxOpen, now }: { capacity: number; maxOpen: number; now: () => number },
  lifetime: (value: V) => Lifetime,
): ReviewCache<V> {
  const kept = new Map<string, Kept<V>>();
  const open = new Map<string, Promise<V>>();

  const question = (key: string, ask: () => Promise<V>): Promise<V> => {
    const asked = open.get(key);
    if (asked !== undefined) return asked;
    if (open.size >= maxOpen) return Promise.reject(new TooManyReviews());
    const answer = ask()
      .then((value) => {
        const { freshMs, staleMs = 0 } = lifetime(value);
        const came = now();
        kept.delete(key);
        kept.set(key, { value, freshUntil: came + freshMs, until: came + freshMs + staleMs });
        const [oldest] = kept.size > capacity ? kept.keys() : [];
        if (oldest !== undefined) kept.delete(oldest);
        return value;
      })
      .finally(() => open.delete(key));
    open.set(key, answer);
    return answer;
  };

  return (key, ask) => {
    const known = kept.get(key);
    const at = now();
    if (!known || at >= known.until) {
      kept.delete(key);
      return question(key, ask);
    }
    if (at >= known.freshUntil) question(key, ask).catch(() => undefined);
    else {
      kept.delete(key);
      kept.set(key, known);
    }
    return known.value;
  };
}
