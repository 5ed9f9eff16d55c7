/** Speed of a query, from its last evaluation. `unknown` before the first evaluation. */
export type Speed = "quick" | "unknown" | "slow";

/** All speeds, in the order in which they get free connections. */
export const SPEEDS = ["quick", "unknown", "slow"] as const;

/** A request that takes longer than this is slow, in ms. It is as long as a read waits. */
export const SLOW_REQUEST_MS = 900;

/**
 * Concurrency limit of one namespace on one server. Eight requests at once answer 160 queries per second of 50 ms each,
 * or 1,600 of 5 ms each. If all eight become slow at once, they use less than half of the queries that Prometheus runs
 * (20).
 */
const MOST_UNDER_WAY = 8;
/**
 * Concurrency limit of one namespace for slow requests and requests of unknown speed. The others are for its quick
 * requests.
 */
const MOST_HEAVY = 6;
/**
 * Concurrency limit of one namespace for requests of unknown speed: two at first, and one more for each quick answer.
 */
const FIRST_UNKNOWN = 2;
/**
 * Maximum number of queued requests of one namespace. It is more than the namespace's share can answer in the longest
 * wait if each takes 50 ms (1,600). One request uses about 500 bytes of memory.
 */
export const MOST_QUEUED = 2_000;

type Counts = Record<Speed, number>;

export function noCounts(): Counts {
  return { quick: 0, unknown: 0, slow: 0 };
}

export function sum({ quick, unknown, slow }: Counts): number {
  return quick + unknown + slow;
}

/** The requests of one namespace on one server: the in-flight requests, and the queued requests in order of arrival. */
export class Lane<T> {
  readonly underWay = noCounts();
  readonly queues: Readonly<Record<Speed, Set<T>>> = { quick: new Set(), unknown: new Set(), slow: new Set() };
  readonly namespace: string;
  /**
   * Whether the last request of unknown speed was slow. Further requests of unknown speed then count as slow until one
   * is quick.
   */
  isSuspect = false;
  #mostUnknown = FIRST_UNKNOWN;

  constructor(namespace: string) {
    this.namespace = namespace;
  }

  queued(): number {
    const { quick, unknown, slow } = this.queues;
    return quick.size + unknown.size + slow.size;
  }

  /** Number of in-flight and queued requests. */
  load(): number {
    return sum(this.underWay) + this.queued();
  }

  /** Whether one more request of this speed is within the namespace's concurrency limits. */
  hasRoom(speed: Speed): boolean {
    const { unknown, slow } = this.underWay;
    if (sum(this.underWay) >= MOST_UNDER_WAY) return false;
    if (speed === "quick") return true;
    return unknown + slow < MOST_HEAVY && (speed === "slow" || unknown < this.#mostUnknown);
  }

  /** Returns the speed that a request counts as. */
  speedOf(speed: Speed): Speed {
    return speed === "unknown" && this.isSuspect ? "slow" : speed;
  }

  /** Updates the concurrency limit for requests of unknown speed after one of them. */
  learn(wasSlow: boolean): void {
    this.isSuspect = wasSlow;
    this.#mostUnknown = wasSlow ? FIRST_UNKNOWN : Math.min(MOST_HEAVY, this.#mostUnknown + 1);
  }

  /** Whether the lane can be removed and created again without a loss of state. */
  isIdle(): boolean {
    return this.load() === 0 && !this.isSuspect;
  }
}
