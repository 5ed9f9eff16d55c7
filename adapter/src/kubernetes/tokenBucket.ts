/** A bucket of tokens: a burst at once, and then so many a second. */
export interface TokenBucket {
  /** Takes one token; false when there is none. */
  take(): boolean;
  /** Whether nothing was taken that has not come back, so that a new one would be the same. */
  isFull(): boolean;
}

/** A full bucket. `nowMs` is a clock that only grows. */
export function createTokenBucket(burst: number, perSecond: number, nowMs: () => number): TokenBucket {
  let tokens = burst;
  let filledAt = nowMs();
  const fill = () => {
    const now = nowMs();
    tokens = Math.min(burst, tokens + ((now - filledAt) / 1000) * perSecond);
    filledAt = now;
  };
  return {
    take() {
      fill();
      if (tokens < 1) return false;
      tokens--;
      return true;
    },
    isFull() {
      fill();
      return tokens >= burst;
    },
  };
}
