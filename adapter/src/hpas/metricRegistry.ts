import { canonicalQuery, type MetricSpec, type Problem, problem } from "hpa-metrics";
import type { Hpa } from "./hpa.ts";
import { createMemoryShares } from "./memoryShares.ts";
import { type HpaMetrics, type HpaRules, readHpaMetrics, sizeOf } from "./readHpaMetrics.ts";
import { noMemory, noRoom } from "./tenantLimits.ts";

export type { HpaMetrics } from "./readHpaMetrics.ts";

/** A metric that at least one HPA requests, under the name and labels by which the API serves it. */
export interface ServedMetric {
  spec: MetricSpec;
  /** The HPAs that request it, as `namespace/name`, in the order in which they were added. */
  hpas: string[];
  /**
   * Set if another HPA of the namespace has a different query for the same name and labels. The adapter then serves
   * neither.
   */
  rival?: { hpa: string; spec: MetricSpec };
}

/**
 * The metrics that HPAs request. The watch fills the registry and every API request reads it. The adapter serves no
 * other metric.
 */
export interface MetricRegistry {
  /** Whether the registry already has this HPA with the same fingerprint. */
  isKnown(hpa: Hpa): boolean;
  /**
   * Adds or updates one HPA. Returns its metrics if they changed, or `undefined` if its fingerprint is the same.
   * `hpaMetrics` is the result of `readHpaMetrics`, if the caller already has it.
   */
  put(hpa: Hpa, hpaMetrics?: HpaMetrics): HpaMetrics | undefined;
  /**
   * Removes an HPA and the metrics that only this HPA requested. Returns false if the registry did not have the HPA.
   */
  remove(id: string): boolean;
  /** Removes all HPAs except these, which are the ids of a complete list. Returns the ids that were removed. */
  keepOnly(ids: ReadonlySet<string>): string[];
  /**
   * Finds the metrics of a namespace by name and labels. The name is not case-sensitive, because client-go converts it
   * to lower case. With `equal`, only metrics with that label value are compared, because a namespace may have hundreds
   * of metrics with one name. The search stops when more than MOST_FOUND metrics match.
   */
  find(
    namespace: string,
    metric: string,
    matches: (labels: Readonly<Record<string, string>>) => boolean,
    equal?: LabelValue,
  ): ServedMetric[];
  /** The names of all metrics that HPAs request, without duplicates. */
  metricNames(): string[];
  /** The names of the metrics that HPAs of the namespace request, without duplicates. */
  namespaceMetrics(namespace: string): string[];
  allHpaMetrics(): Iterable<HpaMetrics>;
  /** The metrics of the HPA `namespace/name`. */
  hpaMetrics(id: string): HpaMetrics | undefined;
}

/** Maximum number of metrics that one selector may match. */
export const MOST_FOUND = 500;

/** A label and its value. */
export type LabelValue = readonly [string, string];

/**
 * The HPAs that request a metric of one name, in the order in which they were added, with an index by label and value.
 */
interface Named {
  readonly allHpaMetrics: Set<HpaMetrics>;
  readonly byLabel: Map<string, Set<HpaMetrics>>;
}

export interface MetricRegistryOptions extends HpaRules {
  /**
   * Namespace quota: how many metrics the HPAs of one namespace may request. No limit if unset. HPAs that were added
   * first are served.
   */
  maxMetricsPerNamespace?: number;
  /** Called when a pending HPA fits into the namespace quota. */
  onRoom?(hpaMetrics: HpaMetrics): void;
  /**
   * Called for each metric that an HPA of the namespace adds. When an HPA changes, its new metrics are added before its
   * old metrics are removed, so a metric that is in both states is not released.
   */
  onAdd(spec: MetricSpec, namespace: string): void;
  onRemove(spec: MetricSpec, namespace: string): void;
}

/** Creates an empty metric registry. */
export function createMetricRegistry(options: MetricRegistryOptions): MetricRegistry {
  const allHpaMetrics = new Map<string, HpaMetrics>();
  /** namespace -> metric name in lower case -> the HPAs that request it. */
  const byName = new Map<string, Map<string, Named>>();
  const most = options.maxMetricsPerNamespace ?? Number.POSITIVE_INFINITY;
  /**
   * namespace -> number of served metrics. Counted only if there is a namespace quota. `waiting`, below, has the HPAs
   * of each namespace that are over the quota.
   */
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

  /**
   * Returns the metrics, or no metrics and the problems if the namespace is over its quota or its share of memory.
   * `own` is the number of metrics that this HPA already has.
   */
  const within = (hpaMetrics: HpaMetrics, own: number): HpaMetrics => {
    const { namespace, id } = hpaMetrics.hpa;
    if (!memory.take(namespace, id, sizeOf(hpaMetrics)))
      return { hpa: { ...hpaMetrics.hpa, externalMetrics: [] }, specs: [], problems: [noMemory(namespace)] };
    if (hpaMetrics.specs.length === 0 || (taken.get(namespace) ?? 0) - own + hpaMetrics.specs.length <= most)
      return hpaMetrics;
    const problems = hpaMetrics.specs.map((spec) => noRoom(spec, namespace, most));
    return { hpa: hpaMetrics.hpa, specs: [], problems: [...hpaMetrics.problems, ...problems], waits: hpaMetrics.specs };
  };

  const replace = (known: HpaMetrics | undefined, hpaMetrics: HpaMetrics) => {
    link(hpaMetrics);
    if (known) unlink(known);
    wait(hpaMetrics.hpa, hpaMetrics.waits);
  };

  /** Serves pending HPAs that now fit into the namespace quota, in the order in which they became pending. */
  const giveRoom = (namespace: string) => {
    for (const id of [...(waiting.get(namespace) ?? [])]) {
      const room = most - (taken.get(namespace) ?? 0);
      const known = allHpaMetrics.get(id);
      if (room <= 0) return;
      if (!known?.waits || known.waits.length > room) continue;
      const problems = known.problems.filter(({ code }) => code !== "ASM_TOO_MANY_METRICS");
      const hpaMetrics: HpaMetrics = { hpa: known.hpa, specs: known.waits, problems };
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

/**
 * Whether two metrics have the same query, aggregate, policies and server. Two HPAs of one namespace may then use the
 * same name and labels. A different interval is not a problem.
 */
export function sameQuestion(a: MetricSpec, b: MetricSpec): boolean {
  return (
    canonicalQuery(a.query) === canonicalQuery(b.query) &&
    a.aggregate === b.aggregate &&
    samePolicies(a, b) &&
    JSON.stringify(a.server) === JSON.stringify(b.server)
  );
}

/** The problem of a metric for which another HPA of the namespace has a different query. */
export function claimedTwice({ metricName, labels }: MetricSpec, otherHpa: string): Problem {
  const metric = `${metricName} ${JSON.stringify(labels)}`;
  return problem(
    "ASM_KEY_CLAIMED_TWICE",
    `HPA ${otherHpa} wants something else for the same metric ${metric}: query, server, aggregate or policies differ`,
  );
}

function samePolicies(a: MetricSpec, b: MetricSpec): boolean {
  const of = ({ onNoData, onError }: MetricSpec) => JSON.stringify([onNoData ?? null, onError ?? null]);
  return of(a) === of(b);
}
