import { createTokenBucket, type TokenBucket } from "../kubernetes/tokenBucket.ts";
import { type HpaEvent, namespaceOf } from "./event.ts";

/** Events that wait to be written, by namespace: each namespace in turn, none with more than its share. */
export interface EventQueue {
  /** Takes an event; false when its namespace or all together are beyond their rate, or too many wait. */
  push(event: HpaEvent): boolean;
  /** The next one to write. */
  shift(): HpaEvent | undefined;
  /** Forgets all that wait. */
  clear(): void;
}

/** Events at once and per second, in the whole cluster: an outage of Prometheus must not become one of the API server. */
const BURST = 100;
const PER_SECOND = 10;
/** Of one namespace: a fifth of the burst and a tenth of the rate, so that the others have theirs. */
const NAMESPACE_BURST = 20;
const NAMESPACE_PER_SECOND = 1;
/** Events that wait while the API server is slow, in all and of one namespace. */
const LONGEST_QUEUE = 200;
const NAMESPACE_QUEUE = 20;
/** Namespaces of which something is remembered. Beyond it those that have their whole burst again are forgotten, then the oldest. */
const MOST_NAMESPACES = 1_000;

interface Share {
  readonly budget: TokenBucket;
  readonly events: HpaEvent[];
}

/** Nothing waits. `nowMs` is a clock that only grows. */
export function createEventQueue(nowMs: () => number): EventQueue {
  const shares = new Map<string, Share>();
  /** Namespaces with events that wait, the next in turn first. */
  const turns = new Set<string>();
  const all = createTokenBucket(BURST, PER_SECOND, nowMs);
  let length = 0;

  const prune = () => {
    if (shares.size < MOST_NAMESPACES) return;
    for (const [namespace, { events, budget }] of shares)
      if (events.length === 0 && budget.isFull()) shares.delete(namespace);
    const [oldest] = [...shares].find(([, { events }]) => events.length === 0) ?? [];
    if (shares.size >= MOST_NAMESPACES && oldest !== undefined) shares.delete(oldest);
  };

  const shareOf = (namespace: string): Share => {
    const known = shares.get(namespace);
    if (known) return known;
    prune();
    const share = { budget: createTokenBucket(NAMESPACE_BURST, NAMESPACE_PER_SECOND, nowMs), events: [] };
    shares.set(namespace, share);
    return share;
  };

  return {
    push(event) {
      const namespace = namespaceOf(event.hpa);
      const { budget, events } = shareOf(namespace);
      if (length >= LONGEST_QUEUE || events.length >= NAMESPACE_QUEUE) return false;
      if (!budget.take() || !all.take()) return false;
      events.push(event);
      turns.add(namespace);
      length++;
      return true;
    },
    shift() {
      const [namespace] = turns;
      if (namespace === undefined) return undefined;
      turns.delete(namespace);
      const events = shares.get(namespace)?.events ?? [];
      const event = events.shift();
      if (events.length > 0) turns.add(namespace);
      length--;
      return event;
    },
    clear() {
      for (const namespace of turns) shares.get(namespace)?.events.splice(0);
      turns.clear();
      length = 0;
    },
  };
}
