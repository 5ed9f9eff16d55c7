import { hash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { KubernetesError } from "../kubernetes/client.ts";
import { createReviewPlaces, type ReviewLimits } from "./reviewLimits.ts";

/** How long an answer counts, ms from when it came. */
export interface Lifetime {
  /** It is given without a question. */
  readonly freshMs: number;
  /** After that it is still given, at once, while it is asked again in the background; an error there changes nothing. */
  readonly staleMs?: number;
  /** It is a no: kept apart from the others, so that no number of refusals takes the place of one. */
  readonly refused?: boolean;
}

/** More questions are open than may be. */
export class TooManyReviews extends Error {
  constructor() {
    super("too many reviews are under way");
  }
}

/** Answers of the API server about users, kept for seconds. An answer that is known comes without a promise. */
export type ReviewCache<V> = (key: string, source: string, ask: () => Promise<V>) => V | Promise<V>;

export interface ReviewCacheOptions extends ReviewLimits {
  /** Answers of each kind, good ones and refusals; the least recently used goes first. */
  readonly capacity: number;
  /** Monotonic ms. */
  readonly now: () => number;
}

/** What was answered well within this time is asked about again beyond all limits, ms: whoever has it is no stranger. */
const RENEWABLE_MS = 10 * 60_000;

/**
 * A bounded cache of answers. Equal questions asked at once are one question, whoever asks. A new question takes one of the
 * places of its source and of all (see `ReviewLimits`) and rejects with `TooManyReviews` where there is none. Errors are not
 * kept. Keys should be hashes: they stay in memory.
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

/** A map of at most `capacity` answers; reading one makes it the last to go. */
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

/** A cache key for anything that JSON can hold: the hash of its text, as short for a user with many groups as for any other. */
export function accessKey(value: unknown): string {
  return hash("sha256", JSON.stringify(value), "base64");
}

const PAUSES_MS = [100, 300];
const PASSING = [0, 429, 500, 502, 503, 504];
/** A server that took longer than this to fail is not in a moment's trouble. */
const PATIENCE_MS = 2000;

/**
 * Asks the API server about a user, up to three times while its answer is one that may pass: none at all, too many requests,
 * an internal error or a time-out (apiserver/pkg/util/webhook asks five times, over longer than a reader here would wait).
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
