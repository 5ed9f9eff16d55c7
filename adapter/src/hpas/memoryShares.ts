/** Shares of a stated amount of memory, so that no namespace takes it from the others. */
export interface MemoryShares {
  /** Takes so many characters for an HPA, in place of what it took before; false, and nothing is taken, beyond the namespace's share. */
  take(namespace: string, id: string, characters: number): boolean;
  /** Gives back what an HPA took. */
  release(namespace: string, id: string): void;
}

/**
 * Characters that the adapter keeps of all HPAs: about 30,000 metrics in the guide's form. One takes three to four bytes, with
 * the query's template beside its text, so that all of them fit into the pod's 256 MiB.
 */
const MOST_CHARACTERS = 16 * 1024 * 1024;
/** What every namespace may take, whatever the others have taken: about 140 metrics. */
const GUARANTEED_CHARACTERS = 64 * 1024;

/**
 * Nothing is taken yet. Beyond what is guaranteed a namespace may take half as much as is left for all, so the first greedy
 * one gets a third of everything, the next a third of what it left, and so on. Source of the rule: dynamic
 * thresholds for shared buffers (Choudhury and Hahne, IEEE/ACM Transactions on Networking 6(2), 1998).
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
