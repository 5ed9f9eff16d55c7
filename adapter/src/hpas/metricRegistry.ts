import { canonicalQuery, type MetricSpec } from "hpa-metrics";
import type { Hpa } from "./hpa.ts";
import { createMemoryShares } from "./memoryShares.ts";
import { readWish, sizeOf, type Wish, type WishRules } from "./readHpaMetrics.ts";
import { noMemory, noRoom } from "./tenantLimits.ts";

export type { Wish } from "./readHpaMetrics.ts";

/** A metric that at least one HPA asks for, under the name and labels by which the API serves it. */
export interface Registered {
  spec: MetricSpec;
  /** The HPAs that ask for it, `namespace/name`, in the order they came. */
  hpas: string[];
  /** Set when another HPA of the namespace gave another query for the same name and labels: neither can be served. */
  rival?: { hpa: string; spec: MetricSpec };
}

/** The metrics that HPAs ask for: filled by the watch, read by every request. Nothing else is ever served. */
export interface Catalogue {
  /** Whether it asks for the same as the HPA of that name that was put last. */
  isKnown(hpa: Hpa): boolean;
  /**
   * Takes one HPA in its new state; returns its wish when that changed, `undefined` when it asks for the same. `wish` is what
   * `readWish` gives, where that was worked out before.
   */
  put(hpa: Hpa, wish?: Wish): Wish | undefined;
  /** Forgets an HPA and everything that it alone asked for; false when it was not known. */
  remove(id: string): boolean;
  /** Forgets all HPAs but these: what a listing does not show is gone. Returns the ids that went. */
  keepOnly(ids: ReadonlySet<string>): string[];
  /**
   * The registered metrics of a namespace by name (case does not count: client-go lower-cases it) and labels. With `equal`, a
   * label and the value that what matches has, only those are looked at: a namespace may have hundreds of one name. At most
   * MOST_FOUND and one more are given.
   */
  find(
    namespace: string,
    metric: string,
    matches: (labels: Readonly<Record<string, string>>) => boolean,
    equal?: LabelValue,
  ): Registered[];
  /** Every metric name that some HPA asks for, each once. */
  metricNames(): string[];
  /** Those that an HPA of the namespace asks for, each once. */
  namespaceMetrics(namespace: string): string[];
  wishes(): Iterable<Wish>;
  /** The wish of the HPA `namespace/name`. */
  wish(id: string): Wish | undefined;
}

/** Metrics that one selector may match. */
export const MOST_FOUND = 500;

/** A label and its value. */
export type LabelValue = readonly [string, string];

/** The wishes that name a metric, in the order they came, and those of them by each label and value of it. */
interface Named {
  readonly wishes: Set<Wish>;
  readonly byLabel: Map<string, Set<Wish>>;
}

export interface CatalogueOptions extends WishRules {
  /** How many metrics the HPAs of one namespace may ask for; no limit without it. The first to come are served. */
  maxMetricsPerNamespace?: number;
  /** An HPA that had no room has some now. */
  onRoom?(wish: Wish): void;
  /** A metric of an HPA of that namespace came. On a change the new metrics come before the old ones go, so that what both have in common stays. */
  onAdd(spec: MetricSpec, namespace: string): void;
  onRemove(spec: MetricSpec, namespace: string): void;
}

/** Code of the fault of an HPA that waits for room. */
const NO_ROOM = "ASM_TOO_MANY_METRICS";

/** An empty catalogue. */
export function createCatalogue(options: CatalogueOptions): Catalogue {
  const wishes = new Map<string, Wish>();
  /** namespace -> lower-cased metric name -> the wishes that name it. */
  const byName = new Map<string, Map<string, Named>>();
  const most = options.maxMetricsPerNamespace ?? Number.POSITIVE_INFINITY;
  /** Kept only where there is a limit: namespace -> metrics that are served, and the HPAs for which there is no room. */
  const taken = new Map<string, number>();
  const memory = createMemoryShares();
  const waiting = new Map<string, Set<string>>();

  const count = ({ hpa, specs }: Wish, sign: 1 | -1) => {
    if (most === Number.POSITIVE_INFINITY) return;
    const sum = (taken.get(hpa.namespace) ?? 0) + sign * specs.length;
    if (sum > 0) taken.set(hpa.namespace, sum);
    else taken.delete(hpa.namespace);
  };

  const wait = ({ namespace, id }: Hpa, waits: readonly MetricSpec[] | undefined) => {
    const ids = waiting.get(namespace) ?? new Set<string>();
    if (waits) waiting.set(namespace, ids.add(id));
    else if (ids.delete(id) && ids.size === 0) waiting.delete(namespace);
  };

  /** The wish, or one without metrics where the namespace has no room for them; `own` is what the HPA has taken already. */
  const within = (wish: Wish, own: number): Wish => {
    const { namespace, id } = wish.hpa;
    if (!memory.take(namespace, id, sizeOf(wish)))
      return { hpa: { ...wish.hpa, externalMetrics: [] }, specs: [], faults: [noMemory(namespace)] };
    if (wish.specs.length === 0 || (taken.get(namespace) ?? 0) - own + wish.specs.length <= most) return wish;
    const faults = wish.specs.map((spec) => noRoom(spec, namespace, most));
    return { hpa: wish.hpa, specs: [], faults: [...wish.faults, ...faults], waits: wish.specs };
  };

  const replace = (known: Wish | undefined, wish: Wish) => {
    link(wish);
    if (known) unlink(known);
    wait(wish.hpa, wish.waits);
  };

  /** Gives the room that came free to those who wait for it, in the order they came. */
  const giveRoom = (namespace: string) => {
    for (const id of [...(waiting.get(namespace) ?? [])]) {
      const room = most - (taken.get(namespace) ?? 0);
      const known = wishes.get(id);
      if (room <= 0) return;
      if (!known?.waits || known.waits.length > room) continue;
      const faults = known.faults.filter(({ code }) => code !== NO_ROOM);
      const wish: Wish = { hpa: known.hpa, specs: known.waits, faults };
      replace(known, wish);
      options.onRoom?.(wish);
    }
  };

  const unlink = (wish: Wish) => {
    const names = byName.get(wish.hpa.namespace);
    for (const spec of wish.specs) {
      options.onRemove(spec, wish.hpa.namespace);
      const name = spec.metricName.toLowerCase();
      const named = names?.get(name);
      named?.wishes.delete(wish);
      for (const label of Object.entries(spec.labels)) {
        const own = named?.byLabel.get(labelKey(label));
        if (own?.delete(wish) && own.size === 0) named?.byLabel.delete(labelKey(label));
      }
      if (named?.wishes.size === 0) names?.delete(name);
    }
    if (names?.size === 0) byName.delete(wish.hpa.namespace);
    count(wish, -1);
  };

  const link = (wish: Wish) => {
    wishes.set(wish.hpa.id, wish);
    const names = byName.get(wish.hpa.namespace) ?? new Map<string, Named>();
    byName.set(wish.hpa.namespace, names);
    for (const spec of wish.specs) {
      options.onAdd(spec, wish.hpa.namespace);
      const name = spec.metricName.toLowerCase();
      const named = names.get(name) ?? { wishes: new Set(), byLabel: new Map<string, Set<Wish>>() };
      names.set(name, named);
      named.wishes.add(wish);
      for (const label of Object.entries(spec.labels)) {
        const key = labelKey(label);
        named.byLabel.set(key, (named.byLabel.get(key) ?? new Set<Wish>()).add(wish));
      }
    }
    count(wish, 1);
  };

  const remove = (id: string) => {
    const wish = wishes.get(id);
    const isKnown = wishes.delete(id);
    if (wish) {
      unlink(wish);
      memory.release(wish.hpa.namespace, id);
      wait(wish.hpa, undefined);
      giveRoom(wish.hpa.namespace);
    }
    return isKnown;
  };

  return {
    isKnown: ({ id, fingerprint }) => wishes.get(id)?.hpa.fingerprint === fingerprint,
    put(hpa, read) {
      const known = wishes.get(hpa.id);
      if (known?.hpa.fingerprint === hpa.fingerprint) return undefined;
      const wish = within(read ?? readWish(hpa, options), known?.specs.length ?? 0);
      replace(known, wish);
      if (known && known.specs.length > wish.specs.length) giveRoom(hpa.namespace);
      return wish;
    },
    remove,
    keepOnly(ids) {
      const gone = [...wishes.keys()].filter((id) => !ids.has(id));
      for (const id of gone) remove(id);
      return gone;
    },
    find(namespace, metric, matches, equal) {
      const found = new Map<string, Registered>();
      const named = byName.get(namespace)?.get(metric.toLowerCase());
      for (const wish of (equal ? named?.byLabel.get(labelKey(equal)) : named?.wishes) ?? []) {
        for (const spec of wish.specs) {
          if (spec.metricName.toLowerCase() === metric.toLowerCase() && matches(spec.labels)) {
            register(found, wish.hpa.id, spec);
          }
        }
        if (found.size > MOST_FOUND) break;
      }
      return [...found.values()];
    },
    metricNames() {
      return [...new Set([...wishes.values()].flatMap((wish) => wish.specs.map((spec) => spec.metricName)))];
    },
    namespaceMetrics(namespace) {
      const all = [...(byName.get(namespace)?.values() ?? [])].flatMap(({ wishes: own }) => [...own]);
      return [...new Set(all.flatMap((wish) => wish.specs.map((spec) => spec.metricName)))];
    },
    wishes: () => wishes.values(),
    wish: (id) => wishes.get(id),
  };
}

function labelKey([label, value]: LabelValue): string {
  return `${label}=${value}`;
}

function register(found: Map<string, Registered>, hpa: string, spec: MetricSpec): void {
  const identity = JSON.stringify(Object.entries(spec.labels).sort(([a], [b]) => (a < b ? -1 : 1)));
  const known = found.get(identity);
  if (!known) found.set(identity, { spec, hpas: [hpa] });
  else if (sameQuestion(known.spec, spec)) known.hpas.push(hpa);
  else known.rival ??= { hpa, spec };
}

/** Two HPAs may share a key when they mean the same, policies included; the shorter interval of the two is not worth a fault. */
export function sameQuestion(a: MetricSpec, b: MetricSpec): boolean {
  return (
    canonicalQuery(a.query) === canonicalQuery(b.query) &&
    a.aggregate === b.aggregate &&
    samePolicies(a, b) &&
    JSON.stringify(a.server) === JSON.stringify(b.server)
  );
}

function samePolicies(a: MetricSpec, b: MetricSpec): boolean {
  const of = ({ onNoData, onError }: MetricSpec) => JSON.stringify([onNoData ?? null, onError ?? null]);
  return of(a) === of(b);
}
