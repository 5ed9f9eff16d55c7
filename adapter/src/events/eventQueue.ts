import { createTokenBucket, type TokenBucket } from "../kubernetes/tokenBucket.ts";
import { type HpaEvent, namespaceOf } from "./event.ts";

/** Queue of events to write. It takes one event from each namespace in turn, and limits each namespace. */
export interface EventQueue {
  /** Adds an event. Returns false when the namespace or the cluster is over its rate, or when a queue is full. */
  push(event: HpaEvent): boolean;
  /** Removes and returns the next event to write. */
  shift(): HpaEvent | undefined;
  /** Removes all pending events. */
  clear(): void;
}

/**
 * Rate limit for the whole cluster: burst, and events per second. An outage of Prometheus must not overload the API
 * server.
 */
const BURST = 100;
const PER_SECOND = 10;
/**
 * Rate limit per namespace: a fifth of the burst and a tenth of the rate, so that other namespaces can write theirs.
 */
const NAMESPACE_BURST = 20;
const NAMESPACE_PER_SECOND = 1;
/** Maximum number of pending events while the API server is slow: in total and per namespace. */
const LONGEST_QUEUE = 200;
const NAMESPACE_QUEUE = 20;
/**
 * Maximum number of namespaces in memory. Above it, namespaces with a full burst are removed first, then the oldest.
 */
const MOST_NAMESPACES = 1_000;

interface Share {
  readonly budget: TokenBucket;
  readonly events: HpaEvent[];
}

/** Creates an empty queue. `nowMs` is a monotonic clock. */
export function createEventQueue(nowMs: () => number): EventQueue {
  const shares = new Map<string, Share>();
  /** Namespaces with pending events, the next in turn first. */
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
