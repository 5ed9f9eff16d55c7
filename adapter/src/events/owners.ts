import { createTokenBucket, type TokenBucket } from "../kubernetes/tokenBucket.ts";
import { namespaceOf } from "./event.ts";

/** What was told about one subject of an HPA and not taken back yet. */
export interface Told {
  code: string;
  first: number;
  last: number;
  lastMs: number;
  count: number;
}

/** What is remembered of one HPA. */
export interface Owner {
  budget: TokenBucket;
  /** By subject. */
  told: Map<string, Told>;
}

/** The HPAs about which something is remembered, `MOST_OWNERS` at most. */
export interface Owners {
  get(hpa: string): Owner | undefined;
  /** The owner, a new one if need be; `undefined` where there is no place for it. */
  take(hpa: string): Owner | undefined;
  forget(hpa: string): void;
}

/**
 * HPAs about which something is remembered. Beyond it one of the namespace with most of them is forgotten: one that is well, or, for a
 * namespace with fewer, any. The news of a namespace that has most of them itself, all in trouble, finds no place.
 */
const MOST_OWNERS = 10_000;
/** Events of one HPA at once, and per second: so that a flapping one leaves the others room. */
const OWN_BURST = 10;
const OWN_PER_SECOND = 1 / 60;

/** None yet. `nowMs` is a clock that only grows. */
export function createOwners(nowMs: () => number): Owners {
  const namespaces = new Map<string, Map<string, Owner>>();
  let size = 0;

  const get = (hpa: string) => namespaces.get(namespaceOf(hpa))?.get(hpa);

  const forget = (hpa: string) => {
    const namespace = namespaceOf(hpa);
    const own = namespaces.get(namespace);
    if (own?.delete(hpa)) size--;
    if (own?.size === 0) namespaces.delete(namespace);
  };

  /** Makes room for one more owner in a namespace; false where there is none. */
  const makeRoom = (namespace: string): boolean => {
    const count = (own: ReadonlyMap<string, Owner> | undefined) => own?.size ?? 0;
    let largest = namespaces.get(namespace);
    for (const own of namespaces.values()) if (count(own) > count(largest)) largest = own;
    const isOwn = largest === namespaces.get(namespace);
    let chosen: string | undefined;
    for (const [hpa, { told }] of largest ?? []) {
      if (told.size === 0) {
        chosen = hpa;
        break;
      }
      if (!isOwn) chosen ??= hpa;
    }
    if (chosen === undefined) return false;
    forget(chosen);
    return true;
  };

  return {
    get,
    take(hpa) {
      const known = get(hpa);
      if (known) return known;
      const namespace = namespaceOf(hpa);
      if (size >= MOST_OWNERS && !makeRoom(namespace)) return undefined;
      const owner: Owner = { budget: createTokenBucket(OWN_BURST, OWN_PER_SECOND, nowMs), told: new Map() };
      const own = namespaces.get(namespace) ?? new Map<string, Owner>();
      namespaces.set(namespace, own.set(hpa, owner));
      size++;
      return owner;
    },
    forget,
  };
}
