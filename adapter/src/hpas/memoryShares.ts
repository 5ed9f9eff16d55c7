/** Limits the memory that each namespace uses, so that one namespace cannot use up the memory of the others. */
export interface MemoryShares {
  /**
   * Reserves a number of characters for an HPA and releases its previous reservation. Returns false and reserves
   * nothing if the namespace would exceed its share.
   */
  take(namespace: string, id: string, characters: number): boolean;
  /** Releases the reservation of an HPA. */
  release(namespace: string, id: string): void;
}

/**
 * Maximum number of characters that the adapter stores for all HPAs: about 30,000 metrics in the form that the guide
 * uses. One character takes three to four bytes, because the query template is stored beside the query's text. All of
 * them fit into the pod's 256 MiB.
 */
const MOST_CHARACTERS = 16 * 1024 * 1024;
/** Characters that every namespace can always reserve: about 140 metrics. */
const GUARANTEED_CHARACTERS = 64 * 1024;

/**
 * Creates an empty set of reservations. Above the guaranteed amount, a namespace may use at most half of what remains
 * for all namespaces. The first large namespace therefore gets a third of the total, the next one a third of the rest,
 * and so on.
 * Source: dynamic thresholds for shared buffers (Choudhury and Hahne, IEEE/ACM Transactions on Networking 6(2), 1998).
 */
export function createMemoryShares(most = MOST_CHARACTERS, guaranteed = GUARANTEED_CHARACTERS): MemoryShares {
  const taken = new Map<string, Map<string, number>>();
  const sums = new Map<string, number>();
  let all = 0;

  const set = (namespace: string, id: string, characters: number) => {
    const own = taken.get(namespace) ?? new Map<string, number>();
    const change = characters - (own.get(id) ?? 0);
    if (characters === 0) own.delete(id);
    else own.set(id, characters);
    all += change;
    if (own.size === 0) {
      taken.delete(namespace);
      sums.delete(namespace);
    } else {
      taken.set(namespace, own);
      sums.set(namespace, (sums.get(namespace) ?? 0) + change);
    }
  };

  const release = (namespace: string, id: string) => {
    if (taken.get(namespace)?.has(id)) set(namespace, id, 0);
  };

  return {
    take(namespace, id, characters) {
      release(namespace, id);
      const sum = (sums.get(namespace) ?? 0) + characters;
      if (sum > guaranteed && sum > (most - all - characters) / 2) return false;
      set(namespace, id, characters);
      return true;
    },
    release,
  };
}
