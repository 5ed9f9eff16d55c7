import { canonicalQuery, type MetricSpec } from "hpa-metrics";
import type { Hpa } from "./hpa.ts";
import { createMemoryShares } from "./memoryShares.ts";
import { type HpaMetrics, type HpaRules, readHpaMetrics, sizeOf } from "./readHpaMetrics.ts";
import { noMemory, noRoom } from "./tenantLimits.ts";

export type { HpaMetrics } from "./readHpaMetrics.ts";

/** A metric that at least one HPA asks for, under the name and labels by which the API serves it. */
export interface ServedMetric {
  spec: MetricSpec;
  /** The HPAs that ask for it, `namespace/name`, in the order they came. */
  hpas: string[];
  /** Set when another HPA of the namespace gave another query for the same name and labels: neither can be served. */
  rival?: { hpa: string; spec: MetricSpec };
}

/** The metrics that HPAs ask for: filled by the watch, read by every request. Nothing else is ever served. */
export interface MetricRegistry {
  /** Whether it asks for the same as the HPA of that name that was put last. */
  isKnown(hpa: Hpa): boolean;
  /**
   * Takes one HPA in its new state; returns its metrics when that changed, `undefined` when it asks for the same. `hpaMetrics` is what
   * `readHpaMetrics` gives, where that was worked out before.
   */
  put(hpa: Hpa, hpaMetrics?: HpaMetrics): HpaMetrics | undefined;
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
  ): ServedMetric[];
  /** Every metric name that some HPA asks for, each once. */
  metricNames(): string[];
  /** Those that an HPA of the namespace asks for, each once. */
  namespaceMetrics(namespace: string): string[];
  allHpaMetrics(): Iterable<HpaMetrics>;
  /** The metrics of the HPA `namespace/name`. */
  hpaMetrics(id: string): HpaMetrics | undefined;
}

/** Metrics that one selector may match. */
export const MOST_FOUND = 500;

/** A label and its value. */
export type LabelValue = readonly [string, string];

/** The wishes that name a metric, in the order they came, and those of them by each label and value of it. */
interface Named {
  readonly allHpaMetrics: Set<HpaMetrics>;
  readonly byLabel: Map<string, Set<HpaMetrics>>;
}

export interface MetricRegistryOptions extends HpaRules {
  /** How many metrics the HPAs of one namespace may ask for; no limit without it. The first to come are served. */
  maxMetricsPerNamespace?: number;
  /** An HPA that had no room has some now. */
  onRoom?(hpaMetrics: HpaMetrics): void;
  /** A metric of an HPA of that namespace came. On a change the new metrics come before the old ones go, so that what both have in common stays. */
  onAdd(spec: MetricSpec, namespace: string): void;
  onRemove(spec: MetricSpec, namespace: string): void;
}

/** Code of the fault of an HPA that waits for room. */
const NO_ROOM = "ASM_TOO_MANY_METRICS";

/** An empty metric registry. */
export function createMetricRegistry(options: MetricRegistryOptions): MetricRegistry {
  const allHpaMetrics = new Map<string, HpaMetrics>();
  /** namespace -> lower-cased metric name -> the wishes that name it. */
  const byName = new Map<string, Map<string, Named>>();
  const most = options.maxMetricsPerNamespace ?? Number.POSITIVE_INFINITY;
  /** Kept only where there is a limit: namespace -> metrics that are served, and the HPAs for which there is no room. */
  const taken = new Map<string, number>();
  const memory = createMemoryShares();
  const waiting = new Map<string, Set<string>>();

  const count = ({ hpa, specs }: HpaMetrics, sign: 1 | -1) => {
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

  /** The metrics, or one without metrics where the namespace has no room for them; `own` is what the HPA has taken already. */
  const within = (hpaMetrics: HpaMetrics, own: number): HpaMetrics => {
    const { namespace, id } = hpaMetrics.hpa;
    if (!memory.take(namespace, id, sizeOf(hpaMetrics)))
      return { hpa: { ...hpaMetrics.hpa, externalMetrics: [] }, specs: [], faults: [noMemory(namespace)] };
    if (hpaMetrics.specs.length === 0 || (taken.get(namespace) ?? 0) - own + hpaMetrics.specs.length <= most)
      return hpaMetrics;
    const faults = hpaMetrics.specs.map((spec) => noRoom(spec, namespace, most));
    return { hpa: hpaMetrics.hpa, specs: [], faults: [...hpaMetrics.faults, ...faults], waits: hpaMetrics.specs };
  };

  const replace = (known: HpaMetrics | undefined, hpaMetrics: HpaMetrics) => {
    link(hpaMetrics);
    if (known) unlink(known);
    wait(hpaMetrics.hpa, hpaMetrics.waits);
  };

  /** Gives the room that came free to those who wait for it, in the order they came. */
  const giveRoom = (namespace: string) => {
    for (const id of [...(waiting.get(namespace) ?? [])]) {
      const room = most - (taken.get(namespace) ?? 0);
      const known = allHpaMetrics.get(id);
      if (room <= 0) return;
      if (!known?.waits || known.waits.length > room) continue;
      const faults = known.faults.filter(({ code }) => code !== NO_ROOM);
      const hpaMetrics: HpaMetrics = { hpa: known.hpa, specs: known.waits, faults };
      replace(known, hpaMetrics);
      options.onRoom?.(hpaMetrics);
    }
  };

  const unlink = (hpaMetrics: HpaMetrics) => {
    const names = byName.get(hpaMetrics.hpa.namespace);
    for (const spec of hpaMetrics.specs) {
      options.onRemove(spec, hpaMetrics.hpa.namespace);
      const name = spec.metricName.toLowerCase();
      const named = names?.get(name);
      named?.allHpaMetrics.delete(hpaMetrics);
      for (const label of Object.entries(spec.labels)) {
        const own = named?.byLabel.get(labelKey(label));
        if (own?.delete(hpaMetrics) && own.size === 0) named?.byLabel.delete(labelKey(label));
      }
      if (named?.allHpaMetrics.size === 0) names?.delete(name);
    }
    if (names?.size === 0) byName.delete(hpaMetrics.hpa.namespace);
    count(hpaMetrics, -1);
  };

  const link = (hpaMetrics: HpaMetrics) => {
    allHpaMetrics.set(hpaMetrics.hpa.id, hpaMetrics);
    const names = byName.get(hpaMetrics.hpa.namespace) ?? new Map<string, Named>();
    byName.set(hpaMetrics.hpa.namespace, names);
    for (const spec of hpaMetrics.specs) {
      options.onAdd(spec, hpaMetrics.hpa.namespace);
      const name = spec.metricName.toLowerCase();
      const named = names.get(name) ?? { allHpaMetrics: new Set(), byLabel: new Map<string, Set<HpaMetrics>>() };
      names.set(name, named);
      named.allHpaMetrics.add(hpaMetrics);
      for (const label of Object.entries(spec.labels)) {
        const key = labelKey(label);
        named.byLabel.set(key, (named.byLabel.get(key) ?? new Set<HpaMetrics>()).add(hpaMetrics));
      }
    }
    count(hpaMetrics, 1);
  };

  const remove = (id: string) => {
    const hpaMetrics = allHpaMetrics.get(id);
    const isKnown = allHpaMetrics.delete(id);
    if (hpaMetrics) {
      unlink(hpaMetrics);
      memory.release(hpaMetrics.hpa.namespace, id);
      wait(hpaMetrics.hpa, undefined);
      giveRoom(hpaMetrics.hpa.namespace);
    }
    return isKnown;
  };

  return {
    isKnown: ({ id, fingerprint }) => allHpaMetrics.get(id)?.hpa.fingerprint === fingerprint,
    put(hpa, read) {
      const known = allHpaMetrics.get(hpa.id);
      if (known?.hpa.fingerprint === hpa.fingerprint) return undefined;
      const hpaMetrics = within(read ?? readHpaMetrics(hpa, options), known?.specs.length ?? 0);
      replace(known, hpaMetrics);
      if (known && known.specs.length > hpaMetrics.specs.length) giveRoom(hpa.namespace);
      return hpaMetrics;
    },
    remove,
    keepOnly(ids) {
      const gone = [...allHpaMetrics.keys()].filter((id) => !ids.has(id));
      for (const id of gone) remove(id);
      return gone;
    },
    find(namespace, metric, matches, equal) {
      const found = new Map<string, ServedMetric>();
      const named = byName.get(namespace)?.get(metric.toLowerCase());
      for (const hpaMetrics of (equal ? named?.byLabel.get(labelKey(equal)) : named?.allHpaMetrics) ?? []) {
        for (const spec of hpaMetrics.specs) {
          if (spec.metricName.toLowerCase() === metric.toLowerCase() && matches(spec.labels)) {
            register(found, hpaMetrics.hpa.id, spec);
          }
        }
        if (found.size > MOST_FOUND) break;
      }
      return [...found.values()];
    },
    metricNames() {
      return [
        ...new Set(
          [...allHpaMetrics.values()].flatMap((hpaMetrics) => hpaMetrics.specs.map((spec) => spec.metricName)),
        ),
      ];
    },
    namespaceMetrics(namespace) {
      const all = [...(byName.get(namespace)?.values() ?? [])].flatMap(({ allHpaMetrics: own }) => [...own]);
      return [...new Set(all.flatMap((hpaMetrics) => hpaMetrics.specs.map((spec) => spec.metricName)))];
    },
    allHpaMetrics: () => allHpaMetrics.values(),
    hpaMetrics: (id) => allHpaMetrics.get(id),
  };
}

function labelKey([label, value]: LabelValue): string {
  return `${label}=${value}`;
}

function register(found: Map<string, ServedMetric>, hpa: string, spec: MetricSpec): void {
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
