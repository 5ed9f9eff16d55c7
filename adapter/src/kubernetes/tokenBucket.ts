/** Token bucket rate limiter: it allows a burst, then a fixed number of tokens per second. */
export interface TokenBucket {
  /** Takes one token. Returns false when the bucket is empty. */
  take(): boolean;
  /** Whether the bucket is full. A full bucket is equivalent to a new one. */
  isFull(): boolean;
}

/** Creates a full bucket. `nowMs` is a monotonic clock in milliseconds. */
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
