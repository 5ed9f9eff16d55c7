/** How long the last evaluation of a query says that the next one holds its connection; `unknown` before the first. */
export type Speed = "quick" | "unknown" | "slow";

/** In the order in which free connections are given to them. */
export const SPEEDS = ["quick", "unknown", "slow"] as const;

/** A request that takes longer is slow, ms: as long as a read waits. */
export const SLOW_REQUEST_MS = 900;

/**
 * Requests of one namespace that are under way at once on one server. Eight answer 160 queries a second of 50 ms, or 1,600 of
 * 5 ms; and if all of them turn slow at once they hold less than half of what Prometheus runs (20).
 */
const MOST_UNDER_WAY = 8;
/** Those of them that may be slow, so that a namespace's own slow queries leave room for its quick ones. */
const MOST_HEAVY = 6;
/** Requests of unknown speed: two at first, and one more for each that was answered quickly. */
const FIRST_UNKNOWN = 2;
/**
 * Requests of one namespace that wait for a connection. More than its share can answer in the longest wait if each takes
 * 50 ms (1,600); the memory of one is about 500 bytes.
 */
export const MOST_QUEUED = 2_000;

type Counts = Record<Speed, number>;

export function noCounts(): Counts {
  return { quick: 0, unknown: 0, slow: 0 };
}

export function sum({ quick, unknown, slow }: Counts): number {
  return quick + unknown + slow;
}

/** The requests of one namespace on one server: what is under way, and what waits, in the order it came. */
export class Lane<T> {
  readonly underWay = noCounts();
  readonly queues: Readonly<Record<Speed, Set<T>>> = { quick: new Set(), unknown: new Set(), slow: new Set() };
  readonly namespace: string;
  /** Whether its last request of unknown speed was slow. Its next ones count as slow until one of them is quick. */
  isSuspect = false;
  #mostUnknown = FIRST_UNKNOWN;

  constructor(namespace: string) {
    this.namespace = namespace;
  }

  queued(): number {
    const { quick, unknown, slow } = this.queues;
    return quick.size + unknown.size + slow.size;
  }

  /** How much of the server the namespace uses or wants, in requests. */
  load(): number {
    return sum(this.underWay) + this.queued();
  }

  /** Whether its share has room for one more request of this speed. */
  hasRoom(speed: Speed): boolean {
    const { unknown, slow } = this.underWay;
    if (sum(this.underWay) >= MOST_UNDER_WAY) return false;
    if (speed === "quick") return true;
    return unknown + slow < MOST_HEAVY && (speed === "slow" || unknown < this.#mostUnknown);
  }

  /** The speed that a request counts as. */
  speedOf(speed: Speed): Speed {
    return speed === "unknown" && this.isSuspect ? "slow" : speed;
  }

  /** Learns from a request of unknown speed how many of them may be under way. */
  learn(wasSlow: boolean): void {
    this.isSuspect = wasSlow;
    this.#mostUnknown = wasSlow ? FIRST_UNKNOWN : Math.min(MOST_HEAVY, this.#mostUnknown + 1);
  }

  /** Whether nothing would be lost if the lane were made anew. */
  isIdle(): boolean {
    return this.load() === 0 && !this.isSuspect;
  }
}
