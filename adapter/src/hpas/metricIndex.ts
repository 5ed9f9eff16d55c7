import {
  canonicalQuery,
  type DescribedObject,
  type MetricSpec,
  type Problem,
  problem,
} from "@asm-autoscaler/hpa-metrics";
import type { HpaMetrics } from "./readHpaMetrics.ts";

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

/** The metrics that HPAs request, by namespace and name, with an index by label and value. */
export interface MetricIndex {
  add(hpaMetrics: HpaMetrics): void;
  remove(hpaMetrics: HpaMetrics): void;
  /**
   * Finds the `External` metrics of a namespace by name and labels. The name is not case-sensitive, because client-go converts it
   * to lower case. With `equal`, only metrics with that label value are compared, because a namespace may have hundreds
   * of metrics with one name. The search stops when more than MOST_FOUND metrics match.
   */
  find(
    namespace: string,
    metric: string,
    matches: (labels: Readonly<Record<string, string>>) => boolean,
    equal?: LabelValue,
  ): ServedMetric[];
  /** Finds the `Object` metrics of a namespace by name and by what `isIt` compares. The name is case-sensitive. */
  findObjects(namespace: string, metric: string, isIt: (spec: ObjectSpec) => boolean): ServedMetric[];
  /** The names of the `External` metrics that HPAs of the namespace request, without duplicates. */
  namespaceMetrics(namespace: string): string[];
}

/** The specification of an `Object` metric. */
type ObjectSpec = MetricSpec & { readonly object: DescribedObject };

/** Creates an empty index. */
export function createMetricIndex(): MetricIndex {
  /** namespace -> `nameKey` of a metric -> the HPAs that request it. */
  const byName = new Map<string, Map<string, Named>>();
  return {
    add(hpaMetrics) {
      const names = byName.get(hpaMetrics.hpa.namespace) ?? new Map<string, Named>();
      byName.set(hpaMetrics.hpa.namespace, names);
      for (const spec of askedOf(hpaMetrics)) {
        const name = nameKey(spec);
        const named = names.get(name) ?? { allHpaMetrics: new Set(), byLabel: new Map<string, Set<HpaMetrics>>() };
        names.set(name, named);
        named.allHpaMetrics.add(hpaMetrics);
        for (const label of Object.entries(spec.labels)) {
          const key = labelKey(label);
          named.byLabel.set(key, (named.byLabel.get(key) ?? new Set<HpaMetrics>()).add(hpaMetrics));
        }
      }
    },
    remove(hpaMetrics) {
      const names = byName.get(hpaMetrics.hpa.namespace);
      for (const spec of askedOf(hpaMetrics)) {
        const name = nameKey(spec);
        const named = names?.get(name);
        named?.allHpaMetrics.delete(hpaMetrics);
        for (const label of Object.entries(spec.labels)) {
          const own = named?.byLabel.get(labelKey(label));
          if (own?.delete(hpaMetrics) && own.size === 0) named?.byLabel.delete(labelKey(label));
        }
        if (named?.allHpaMetrics.size === 0) names?.delete(name);
      }
      if (names?.size === 0) byName.delete(hpaMetrics.hpa.namespace);
    },
    find(namespace, metric, matches, equal) {
      const found = new Map<string, ServedMetric>();
      const name = nameKey({ metricName: metric });
      const named = byName.get(namespace)?.get(name);
      for (const hpaMetrics of (equal ? named?.byLabel.get(labelKey(equal)) : named?.allHpaMetrics) ?? []) {
        for (const spec of askedOf(hpaMetrics)) {
          if (nameKey(spec) === name && matches(spec.labels)) register(found, hpaMetrics.hpa.id, spec);
        }
        if (found.size > MOST_FOUND) break;
      }
      return [...found.values()];
    },
    findObjects(namespace, metric, isIt) {
      const found = new Map<string, ServedMetric>();
      for (const hpaMetrics of byName.get(namespace)?.get(objectKey(metric))?.allHpaMetrics ?? []) {
        for (const spec of hpaMetrics.specs)
          if (isObjectSpec(spec) && spec.metricName === metric && isIt(spec)) register(found, hpaMetrics.hpa.id, spec);
        if (found.size > MOST_FOUND) break;
      }
      return [...found.values()];
    },
    namespaceMetrics(namespace) {
      const all = [...(byName.get(namespace)?.values() ?? [])].flatMap(({ allHpaMetrics: own }) => [...own]);
      const names = all.flatMap(({ specs }) => specs.flatMap((spec) => (spec.object ? [] : [spec.metricName])));
      return [...new Set(names)];
    },
  };
}

/** The metrics that the HPA asks for. What is only observed is served to nobody. */
function askedOf({ specs }: HpaMetrics): readonly MetricSpec[] {
  return specs.some(({ isObserved }) => isObserved) ? specs.filter(({ isObserved }) => !isObserved) : specs;
}

/** `External` and `Object` metrics of one name are apart, because different APIs serve them. */
function nameKey({ metricName, object }: Pick<MetricSpec, "metricName" | "object">): string {
  return object ? objectKey(metricName) : metricName.toLowerCase();
}

function objectKey(metric: string): string {
  return `object ${metric}`;
}

function isObjectSpec(spec: MetricSpec): spec is ObjectSpec {
  return spec.object !== undefined;
}

function labelKey([label, value]: LabelValue): string {
  return `${label}=${value}`;
}

function register(found: Map<string, ServedMetric>, hpa: string, spec: MetricSpec): void {
  const labels = Object.entries(spec.labels).sort(([a], [b]) => (a < b ? -1 : 1));
  const identity = JSON.stringify([labels, spec.object]);
  const known = found.get(identity);
  if (!known) found.set(identity, { spec, hpas: [hpa] });
  else if (sameQuestion(known.spec, spec)) known.hpas.push(hpa);
  else known.rival ??= { hpa, spec };
}

/**
 * Whether two metrics have the same query, aggregate, policies, proxies, replicas and server. Two HPAs of one namespace may then use the
 * same name and labels. A different interval is not a problem.
 */
export function sameQuestion(a: MetricSpec, b: MetricSpec): boolean {
  return (
    canonicalQuery(a.query) === canonicalQuery(b.query) &&
    a.aggregate === b.aggregate &&
    samePolicies(a, b) &&
    sameProxies(a, b) &&
    JSON.stringify(a.perReplicaOf) === JSON.stringify(b.perReplicaOf) &&
    JSON.stringify(a.server) === JSON.stringify(b.server)
  );
}

/** The problem of a metric for which another HPA of the namespace has a different query. */
export function claimedTwice({ metricName, labels, object }: MetricSpec, otherHpa: string): Problem {
  const of = object ? ` of ${object.kind} ${object.name}` : "";
  const metric = `${metricName}${of} ${JSON.stringify(labels)}`;
  return problem(
    "ASM_KEY_CLAIMED_TWICE",
    `HPA ${otherHpa} wants something else for the same metric ${metric}: query, server, aggregate, policies or reaction differ`,
  );
}

/** Whether both are read from the proxies of one workload, or both are not. */
function sameProxies(a: MetricSpec, b: MetricSpec): boolean {
  const of = ({ direct }: MetricSpec) => JSON.stringify(direct ? [direct.mode, direct.target] : null);
  return of(a) === of(b);
}

function samePolicies(a: MetricSpec, b: MetricSpec): boolean {
  const of = ({ onNoData, onError }: MetricSpec) => JSON.stringify([onNoData ?? null, onError ?? null]);
  return of(a) === of(b);
}
