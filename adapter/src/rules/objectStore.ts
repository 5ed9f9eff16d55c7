import { equalityOf, formatSelector, matchesSelector, type Selector } from "../kubernetes/labelSelector.ts";

type Labels = Readonly<Record<string, string>>;

/** Names and labels of the objects of one kind in one namespace. */
export interface ObjectStore {
  put(name: string, labels: Labels): void;
  remove(name: string): void;
  /** The names of the objects that a selector matches, sorted. The same array while they are the same. */
  names(selector: Selector): readonly string[];
  size(): number;
}

/** Selectors whose names are cached. The oldest are removed. */
const MOST_SELECTORS = 2_000;

/**
 * Creates an empty store. Objects with equal labels share them: of 20 pods of one ReplicaSet, the labels are stored once.
 * A selector with an equality, as nearly all have, looks only at the objects with that label.
 */
export function createObjectStore(): ObjectStore {
  const objects = new Map<string, { readonly labels: Labels; readonly key: string }>();
  const labelSets = new Map<string, { readonly labels: Labels; uses: number }>();
  /** Label -> value -> names. Only for labels that a selector has asked for. */
  const indexes = new Map<string, Map<string, Set<string>>>();
  const cache = new Map<string, { version: number; names: readonly string[] }>();
  let version = 0;

  const share = (labels: Labels, key: string): Labels => {
    const known = labelSets.get(key) ?? { labels, uses: 0 };
    known.uses++;
    labelSets.set(key, known);
    return known.labels;
  };
  const unshare = (key: string) => {
    const known = labelSets.get(key);
    if (known && --known.uses === 0) labelSets.delete(key);
  };
  const index = (name: string, labels: Labels, isAdded: boolean) => {
    for (const [label, byValue] of indexes) {
      const value = labels[label];
      if (value === undefined) continue;
      const names = byValue.get(value) ?? new Set();
      if (isAdded) byValue.set(value, names.add(name));
      else if (names.delete(name) && names.size === 0) byValue.delete(value);
    }
  };
  const remove = (name: string) => {
    const known = objects.get(name);
    if (!known) return;
    objects.delete(name);
    index(name, known.labels, false);
    unshare(known.key);
    version++;
  };

  const indexOf = (label: string): Map<string, Set<string>> => {
    const known = indexes.get(label);
    if (known) return known;
    const byValue = new Map<string, Set<string>>();
    indexes.set(label, byValue);
    for (const [name, { labels }] of objects) {
      const value = labels[label];
      if (value !== undefined) byValue.set(value, (byValue.get(value) ?? new Set()).add(name));
    }
    return byValue;
  };

  const find = (selector: Selector): string[] => {
    const equal = equalityOf(selector);
    const candidates = equal ? (indexOf(equal[0]).get(equal[1]) ?? []) : objects.keys();
    const names: string[] = [];
    for (const name of candidates) {
      const labels = objects.get(name)?.labels;
      if (labels && matchesSelector(selector, labels)) names.push(name);
    }
    return names.sort();
  };

  return {
    put(name, labels) {
      const key = JSON.stringify(Object.entries(labels).sort());
      if (objects.get(name)?.key === key) return;
      remove(name);
      const shared = share(labels, key);
      objects.set(name, { labels: shared, key });
      index(name, shared, true);
      version++;
    },
    remove,
    names(selector) {
      const text = formatSelector(selector);
      const known = cache.get(text);
      if (known?.version === version) return known.names;
      const found = find(selector);
      const names = known && isEqual(known.names, found) ? known.names : found;
      cache.delete(text);
      cache.set(text, { version, names });
      const [oldest] = cache.keys();
      if (cache.size > MOST_SELECTORS && oldest !== undefined) cache.delete(oldest);
      return names;
    },
    size: () => objects.size,
  };
}

function isEqual(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}
