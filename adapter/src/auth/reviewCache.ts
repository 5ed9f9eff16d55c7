import { hash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { KubernetesError } from "../kubernetes/client.ts";
import { createReviewPlaces, type ReviewLimits } from "./reviewLimits.ts";

/** How long a review result is used, in milliseconds after it arrives. */
export interface Lifetime {
  /** The result is served from the cache without a new review. */
  readonly freshMs: number;
  /** After `freshMs`, the stale result is served while a background review runs. An error there has no effect. */
  readonly staleMs?: number;
  /** The result is a refusal. Refusals have their own store, so that they never evict positive results. */
  readonly refused?: boolean;
}

/** Too many reviews are in flight. */
export class TooManyReviews extends Error {
  constructor() {
    super("too many reviews are under way");
  }
}

/** Short-lived cache of review results. A cached result is returned without a promise. */
export type ReviewCache<V> = (key: string, source: string, ask: () => Promise<V>) => V | Promise<V>;

export interface ReviewCacheOptions extends ReviewLimits {
  /** Maximum number of positive results, and of refusals. The least recently used is evicted first. */
  readonly capacity: number;
  /** Monotonic clock in milliseconds. */
  readonly now: () => number;
}

/** A positive result that expired less than this many milliseconds ago is reviewed again without any limit. */
const RENEWABLE_MS = 10 * 60_000;

/**
 * Creates a bounded cache of review results. Concurrent requests with the same key share one review.
 * A new review counts toward the concurrency limits of its source and of all sources (see `ReviewLimits`).
 * Above a limit, it rejects with `TooManyReviews`. Errors are not cached. Use hashes as keys: keys stay in memory.
 */
export function createReviewCache<V>(
  { capacity, now, ...limits }: ReviewCacheOptions,
  lifetime: (value: V) => Lifetime,
): ReviewCache<V> {
  const good = createStore<V>(capacity);
  const refused = createStore<V>(capacity);
  const open = new Map<string, Promise<V>>();
  const places = createReviewPlaces(limits, now);

  const keep = (key: string, source: string, value: V) => {
    const { freshMs, staleMs = 0, refused: isRefused = false } = lifetime(value);
    const freshUntil = now() + freshMs;
    good.delete(key);
    refused.delete(key);
    (isRefused ? refused : good).set(key, { value, freshUntil, until: freshUntil + staleMs });
    if (!isRefused) places.vouch(source);
  };
  const question = (key: string, source: string, ask: () => Promise<V>): Promise<V> => {
    const asked = open.get(key);
    if (asked !== undefined) return asked;
    const before = good.get(key);
    const isRenewal = before !== undefined && now() < before.until + RENEWABLE_MS;
    const release = isRenewal ? () => {} : places.take(source);
    if (!release) return Promise.reject(new TooManyReviews());
    const answer = ask()
      .then((value) => {
        keep(key, source, value);
        return value;
      })
      .finally(() => {
        open.delete(key);
        release();
      });
    open.set(key, answer);
    return answer;
  };

  return (key, source, ask) => {
    const known = good.get(key) ?? refused.get(key);
    const at = now();
    if (!known || at >= known.until) return question(key, source, ask);
    if (at >= known.freshUntil) question(key, source, ask).catch(() => undefined);
    return known.value;
  };
}

interface Kept<V> {
  readonly value: V;
  readonly freshUntil: number;
  readonly until: number;
}

/** Creates an LRU map of at most `capacity` results. */
function createStore<V>(capacity: number) {
  const kept = new Map<string, Kept<V>>();
  return {
    get(key: string): Kept<V> | undefined {
      const found = kept.get(key);
      if (found) kept.delete(key);
      if (found) kept.set(key, found);
      return found;
    },
    set(key: string, answer: Kept<V>): void {
      kept.set(key, answer);
      const [oldest] = kept.size > capacity ? kept.keys() : [];
      if (oldest !== undefined) kept.delete(oldest);
    },
    delete: (key: string) => kept.delete(key),
  };
}

/** The cache key of a JSON value: the SHA-256 hash of its text. Its length does not depend on the value. */
export function accessKey(value: unknown): string {
  return hash("sha256", JSON.stringify(value), "base64");
}

const PAUSES_MS = [100, 300];
const PASSING = [0, 429, 500, 502, 503, 504];
/** No retry when the attempts so far took longer than this, in milliseconds. */
const PATIENCE_MS = 2000;

/**
 * Runs a review and retries it after a transient error: no response, too many requests, an internal error or a timeout.
 * It makes at most three attempts. apiserver/pkg/util/webhook makes five, over a longer time than a client here waits.
 */
export async function askAgain<T>(ask: () => Promise<T>): Promise<T> {
  const began = performance.now();
  for (const wait of PAUSES_MS) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof KubernetesError) || !PASSING.includes(error.status)) throw error;
      if (performance.now() - began > PATIENCE_MS) throw error;
      await pause(wait, undefined, { ref: false });
    }
  }
  return ask();
}
