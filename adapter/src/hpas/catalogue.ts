import { canonicalQuery, type Fault, type MetricSpec, readMetricSpecs } from "hpa-metrics";
import type { Hpa } from "./hpa.ts";

/** A metric that at least one HPA asks for, under the name and labels by which the API serves it. */
export interface Registered {
  spec: MetricSpec;
  /** The HPAs that ask for it, `namespace/name`, in the order they came. */
  hpas: string[];
  /** Set when another HPA of the namespace gave another query for the same name and labels: neither can be served. */
  rival?: { hpa: string; spec: MetricSpec };
}

/** What one HPA asks for, and what is wrong with it. */
export interface Wish {
  hpa: Hpa;
  specs: MetricSpec[];
  faults: Fault[];
}

/** The metrics that HPAs ask for: filled by the watch, read by every request. Nothing else is ever served. */
export interface Catalogue {
  /** Takes one HPA in its new state; returns its wish when that changed, `undefined` when it asks for the same. */
  put(hpa: Hpa): Wish | undefined;
  /** Forgets an HPA and everything that it alone asked for; false when it was not known. */
  remove(id: string): boolean;
  /** Forgets all HPAs but these: what a listing does not show is gone. Returns the ids that went. */
  keepOnly(ids: ReadonlySet<string>): string[];
  /** The registered metrics of a namespace by name (case does not count: client-go lower-cases it) and labels. */
  find(namespace: string, metric: string, matches: (labels: Readonly<Record<string, string>>) => boolean): Registered[];
  /** Every metric name that some HPA asks for, each once. */
  metricNames(): string[];
  wishes(): Iterable<Wish>;
}

export interface CatalogueOptions {
  /** What the adapter's own configuration cannot serve, for example an unknown alias. */
  checkSpec(spec: MetricSpec): Fault | undefined;
  /** A metric of an HPA came. On a change the new metrics come before the old ones go, so that what both have in common stays. */
  onAdd(spec: MetricSpec): void;
  onRemove(spec: MetricSpec): void;
}

/** An empty catalogue. */
export function createCatalogue(options: CatalogueOptions): Catalogue {
  const wishes = new Map<string, Wish>();
  /** namespace -> lower-cased metric name -> the wishes that name it, in the order they came. */
  const byName = new Map<string, Map<string, Set<Wish>>>();

  const unlink = (wish: Wish) => {
    const names = byName.get(wish.hpa.namespace);
    for (const spec of wish.specs) {
      options.onRemove(spec);
      const name = spec.metricName.toLowerCase();
      names?.get(name)?.delete(wish);
      if (names?.get(name)?.size === 0) names.delete(name);
    }
    if (names?.size === 0) byName.delete(wish.hpa.namespace);
  };

  const link = (wish: Wish) => {
    wishes.set(wish.hpa.id, wish);
    const names = byName.get(wish.hpa.namespace) ?? new Map<string, Set<Wish>>();
    byName.set(wish.hpa.namespace, names);
    for (const spec of wish.specs) {
      options.onAdd(spec);
      const name = spec.metricName.toLowerCase();
      names.set(name, (names.get(name) ?? new Set<Wish>()).add(wish));
    }
  };

  const remove = (id: string) => {
    const wish = wishes.get(id);
    if (wish) unlink(wish);
    return wishes.delete(id);
  };

  return {
    put(hpa) {
      const known = wishes.get(hpa.id);
      if (known?.hpa.fingerprint === hpa.fingerprint) return undefined;
      const wish = readWish(hpa, options.checkSpec);
      link(wish);
      if (known) unlink(known);
      return wish;
    },
    remove,
    keepOnly(ids) {
      const gone = [...wishes.keys()].filter((id) => !ids.has(id));
      for (const id of gone) remove(id);
      return gone;
    },
    find(namespace, metric, matches) {
      const found = new Map<string, Registered>();
      for (const wish of byName.get(namespace)?.get(metric.toLowerCase()) ?? []) {
        for (const spec of wish.specs) {
          if (spec.metricName.toLowerCase() === metric.toLowerCase() && matches(spec.labels)) {
            register(found, wish.hpa.id, spec);
          }
        }
      }
      return [...found.values()];
    },
    metricNames() {
      return [...new Set([...wishes.values()].flatMap((wish) => wish.specs.map((spec) => spec.metricName)))];
    },
    wishes: () => wishes.values(),
  };
}

function readWish(hpa: Hpa, checkSpec: (spec: MetricSpec) => Fault | undefined): Wish {
  const { specs, faults } = readMetricSpecs(hpa.annotations, hpa.externalMetrics);
  const refused = new Map(specs.map((spec) => [spec, checkSpec(spec)]));
  return {
    hpa,
    specs: specs.filter((spec) => !refused.get(spec)),
    faults: [...faults, ...[...refused.values()].filter((fault) => fault !== undefined)],
  };
}

function register(found: Map<string, Registered>, hpa: string, spec: MetricSpec): void {
  const identity = JSON.stringify(Object.entries(spec.labels).sort(([a], [b]) => (a < b ? -1 : 1)));
  const known = found.get(identity);
  if (!known) found.set(identity, { spec, hpas: [hpa] });
  else if (sameQuestion(known.spec, spec)) known.hpas.push(hpa);
  else known.rival ??= { hpa, spec };
}

/** Two HPAs may share a key when they mean the same; the shorter interval of the two is not worth a fault. */
function sameQuestion(a: MetricSpec, b: MetricSpec): boolean {
  return (
    canonicalQuery(a.query) === canonicalQuery(b.query) &&
    a.aggregate === b.aggregate &&
    JSON.stringify(a.server) === JSON.stringify(b.server)
  );
}
