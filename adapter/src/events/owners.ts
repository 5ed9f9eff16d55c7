import { createTokenBucket, type TokenBucket } from "../kubernetes/tokenBucket.ts";
import { namespaceOf } from "./event.ts";

/** A reported problem of one subject of an HPA that has not ended. */
export interface Told {
  code: string;
  first: number;
  last: number;
  lastMs: number;
  count: number;
}

/** Event state of one HPA. */
export interface Owner {
  budget: TokenBucket;
  /** Reported problems by subject. */
  told: Map<string, Told>;
}

/** Event state of at most `MOST_OWNERS` HPAs. */
export interface Owners {
  get(hpa: string): Owner | undefined;
  /** Returns the HPA's state and creates it if necessary. Returns `undefined` when the limit is reached. */
  take(hpa: string): Owner | undefined;
  forget(hpa: string): void;
}

/**
 * Maximum number of HPAs with event state. Above it, the namespace with the most HPAs loses one: an HPA without a
 * reported problem, or any HPA when the new HPA is of another namespace. When the new HPA is of that namespace and all
 * its HPAs have problems, the new HPA is not added.
 */
const MOST_OWNERS = 10_000;
/** Rate limit per HPA: burst, and events per second. An unstable HPA leaves capacity for the others. */
const OWN_BURST = 10;
const OWN_PER_SECOND = 1 / 60;

/** Creates empty state. `nowMs` is a monotonic clock. */
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

  /** Removes one HPA to add another in a namespace. Returns false when none can be removed. */
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
