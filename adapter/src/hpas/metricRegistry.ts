import type { MetricSpec } from "@asm-autoscaler/hpa-metrics";
import type { Hpa } from "./hpa.ts";
import { createMemoryShares } from "./memoryShares.ts";
import { createMetricIndex, type MetricIndex } from "./metricIndex.ts";
import { type HpaMetrics, type HpaRules, readHpaMetrics, sizeOf } from "./readHpaMetrics.ts";
import { createRuleMetricIndex, type RuleMetricIndex } from "./ruleMetricIndex.ts";
import { noMemory, overQuota } from "./tenantLimits.ts";

export type { HpaMetrics } from "./readHpaMetrics.ts";

/**
 * The metrics that HPAs request. The watch fills the registry and every API request reads it. The adapter serves no
 * other metric.
 */
export interface MetricRegistry
  extends Pick<MetricIndex, "find" | "findObjects" | "namespaceMetrics">,
    Pick<RuleMetricIndex, "askedOfRule"> {
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
  /** The names of all `External` metrics that HPAs request, without duplicates. */
  metricNames(): string[];
  allHpaMetrics(): Iterable<HpaMetrics>;
  /** The metrics of the HPA `namespace/name`. */
  hpaMetrics(id: string): HpaMetrics | undefined;
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
  const index = createMetricIndex();
  const ruleMetrics = createRuleMetricIndex();
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
      return {
        hpa: { ...hpaMetrics.hpa, externalMetrics: [], objectMetrics: [], podsMetrics: [] },
        specs: [],
        problems: [noMemory(namespace)],
      };
    if (hpaMetrics.specs.length === 0 || (taken.get(namespace) ?? 0) - own + hpaMetrics.specs.length <= most)
      return hpaMetrics;
    const problems = hpaMetrics.specs.map((spec) => overQuota(spec, namespace, most));
    return { ...hpaMetrics, specs: [], problems: [...hpaMetrics.problems, ...problems], waits: hpaMetrics.specs };
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
      const { waits: specs, ...rest } = known;
      const hpaMetrics: HpaMetrics = { ...rest, specs, problems };
      replace(known, hpaMetrics);
      options.onRoom?.(hpaMetrics);
    }
  };

  const link = (hpaMetrics: HpaMetrics) => {
    allHpaMetrics.set(hpaMetrics.hpa.id, hpaMetrics);
    for (const spec of hpaMetrics.specs) options.onAdd(spec, hpaMetrics.hpa.namespace);
    index.add(hpaMetrics);
    ruleMetrics.add(hpaMetrics);
    count(hpaMetrics, 1);
  };

  const unlink = (hpaMetrics: HpaMetrics) => {
    for (const spec of hpaMetrics.specs) options.onRemove(spec, hpaMetrics.hpa.namespace);
    index.remove(hpaMetrics);
    ruleMetrics.remove(hpaMetrics);
    count(hpaMetrics, -1);
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
    metricNames() {
      return [
        ...new Set(
          [...allHpaMetrics.values()].flatMap(({ specs }) =>
            specs.flatMap(({ object, metricName }) => (object ? [] : [metricName])),
          ),
        ),
      ];
    },
    find: index.find,
    findObjects: index.findObjects,
    namespaceMetrics: index.namespaceMetrics,
    askedOfRule: ruleMetrics.askedOfRule,
    allHpaMetrics: () => allHpaMetrics.values(),
    hpaMetrics: (id) => allHpaMetrics.get(id),
  };
}
