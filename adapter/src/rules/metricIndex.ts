import type { ClusterResource, FindResource, MetricRule, Problem } from "@asm-autoscaler/hpa-metrics";
import type { CustomMetricName } from "../api/customMetrics.ts";
import { createPauses } from "../kubernetes/pause.ts";
import type { LabelNames } from "../prometheus/seriesNames.ts";

/** A rule and the series with which it gives a metric. */
export interface RuleSeries {
  readonly rule: MetricRule;
  /** Name of the series. */
  readonly series: string;
  readonly labels: LabelNames;
  /** Why the rule is not served now, although another one gives the metric too. */
  readonly problem?: Problem;
}

/** Two rules, or two series of one rule, that give the same metric. */
export interface Clash {
  readonly metric: string;
  /** The one that is served: the last one. */
  readonly served: RuleSeries;
  readonly hidden: RuleSeries;
}

/** The metrics that rules give. */
export interface MetricIndex {
  /** The rule and series of a metric of this kind of object. Undefined if no rule gives it. */
  custom(metric: string, resource: ClusterResource): RuleSeries | undefined;
  /**
   * The same for an external metric. client-go converts its name to lower case, so a name with capitals is found by that,
   * unless there are two.
   */
  external(metric: string): RuleSeries | undefined;
  customNames(): readonly CustomMetricName[];
  externalNames(): readonly string[];
  /** One for each pair of rules. */
  readonly clashes: readonly Clash[];
}

export interface IndexOptions {
  readonly custom: readonly MetricRule[];
  readonly externalRules: readonly MetricRule[];
  /** The series of a rule. Undefined before its first list. */
  seriesOf(seriesQuery: string): ReadonlyMap<string, LabelNames> | undefined;
  readonly find: FindResource;
  /** Rules that are not served. */
  readonly broken: ReadonlyMap<MetricRule, Problem>;
  /** The names of earlier indexes: rule -> series -> metric. */
  readonly names: RuleNames;
}

/** Names that rules gave to series. A regular expression is applied once to each name. */
export type RuleNames = WeakMap<MetricRule, Map<string, string | undefined>>;

/**
 * Creates the index of the present lists, in slices of 5 ms. If several rules or series give one metric, the last one in
 * the order of the rules and of Prometheus counts, as in prometheus-adapter. If that rule is broken, no other one takes its
 * place: its numbers mean something else, and a kind of object can be missing for a short time.
 */
export async function createMetricIndex(options: IndexOptions): Promise<MetricIndex> {
  const { find, broken } = options;
  const resourcesOf = createResourceSets(find);
  const custom = await candidatesOf(options.custom, options);
  const external = await candidatesOf(options.externalRules, options);
  const clashes = [
    ...(await clashesOf(custom, (a, b) => !resourcesOf(a).isDisjointFrom(resourcesOf(b)))),
    ...(await clashesOf(external, () => true)),
  ];
  const names = await namesOf(custom, resourcesOf, broken);
  const externalNames: string[] = [];
  const externalNamesByLower = new Map<string, string | undefined>();
  const inTurns = createPauses();
  for (const [name, all] of external) {
    if (all.some(({ rule }) => !broken.has(rule))) externalNames.push(name);
    const lower = name.toLowerCase();
    // Of names that differ only in their case, the request does not say which one it means.
    externalNamesByLower.set(lower, externalNamesByLower.has(lower) ? undefined : name);
    await inTurns();
  }
  return {
    custom(metric, resource) {
      const key = resourceKey(resource);
      return servedOf(custom.get(metric)?.filter((one) => resourcesOf(one).has(key)));
    },
    external: (metric) => servedOf(external.get(externalName(metric))),
    customNames: () => names,
    externalNames: () => externalNames,
    clashes,
  };

  function servedOf(all: readonly RuleSeries[] | undefined): RuleSeries | undefined {
    const last = all?.at(-1);
    const found = last && broken.get(last.rule);
    if (!found) return last;
    return all?.some(({ rule }) => !broken.has(rule)) ? { ...last, problem: found } : undefined;
  }

  function externalName(metric: string): string {
    return external.has(metric) ? metric : (externalNamesByLower.get(metric.toLowerCase()) ?? metric);
  }
}

/** Each metric of each kind of object. With the default rules of the chart, these are some for each series of the cluster. */
async function namesOf(
  custom: ReadonlyMap<string, readonly RuleSeries[]>,
  resourcesOf: (one: RuleSeries) => ResourceSet,
  broken: ReadonlyMap<MetricRule, Problem>,
): Promise<readonly CustomMetricName[]> {
  const inTurns = createPauses();
  const names: CustomMetricName[] = [];
  for (const [metric, all] of custom) {
    const kinds = new Map<string, boolean>();
    for (const one of all) {
      if (broken.has(one.rule)) continue;
      for (const [key, { isNamespaced }] of resourcesOf(one)) kinds.set(key, isNamespaced || kinds.get(key) === true);
    }
    for (const [key, isNamespaced] of kinds) names.push({ name: `${key}/${metric}`, isNamespaced });
    await inTurns();
  }
  return names;
}

/** The kind as discovery lists it: `pods`, `ingresses.networking.k8s.io`. */
function resourceKey({ group, resource }: ClusterResource): string {
  return group === "" ? resource : `${resource}.${group}`;
}

/** A map whose keys can be compared as a set. */
class ResourceSet extends Map<string, ClusterResource> {
  isDisjointFrom(other: ResourceSet): boolean {
    for (const key of this.keys()) if (other.has(key)) return false;
    return true;
  }
}

/**
 * The kinds of objects that the labels of a series name. The pattern of a rule is applied once to each label, and series with
 * the same kinds share them.
 */
function createResourceSets(find: FindResource) {
  const known = new WeakMap<MetricRule, ReturnType<typeof createSets>>();
  const createSets = (rule: MetricRule) => {
    const byLabel = new Map<string, ClusterResource | undefined>();
    const byKinds = new Map<string, ResourceSet>();
    const sets = new WeakMap<LabelNames, ResourceSet>();
    const kindOf = (label: string) => {
      if (!byLabel.has(label)) byLabel.set(label, rule.resourceOf(label, find));
      return byLabel.get(label);
    };
    return (labels: LabelNames): ResourceSet => {
      const before = sets.get(labels);
      if (before) return before;
      const own = new ResourceSet();
      for (const label of labels) {
        const resource = kindOf(label);
        if (resource) own.set(resourceKey(resource), resource);
      }
      const kinds = [...own.keys()].join();
      const set = byKinds.get(kinds) ?? own;
      byKinds.set(kinds, set);
      sets.set(labels, set);
      return set;
    };
  };
  return ({ rule, labels }: RuleSeries): ResourceSet => {
    const ofRule = known.get(rule) ?? createSets(rule);
    known.set(rule, ofRule);
    return ofRule(labels);
  };
}

async function candidatesOf(rules: readonly MetricRule[], { seriesOf, names }: IndexOptions) {
  const byMetric = new Map<string, RuleSeries[]>();
  const inTurns = createPauses();
  for (const rule of rules) {
    const before = names.get(rule);
    const now = new Map<string, string | undefined>();
    for (const [series, labels] of seriesOf(rule.seriesQuery) ?? []) {
      const metric = before?.has(series) ? before.get(series) : rule.nameOf(series);
      now.set(series, metric);
      if (metric !== undefined && metric !== "") {
        const one = { rule, series, labels };
        const known = byMetric.get(metric);
        if (known) known.push(one);
        else byMetric.set(metric, [one]);
      }
      await inTurns();
    }
    names.set(rule, now);
  }
  return byMetric;
}

async function clashesOf(
  byMetric: ReadonlyMap<string, readonly RuleSeries[]>,
  isSame: (a: RuleSeries, b: RuleSeries) => boolean,
): Promise<Clash[]> {
  const found = new Map<string, Clash>();
  const inTurns = createPauses();
  for (const [metric, all] of byMetric) {
    await inTurns();
    const served = all.at(-1);
    if (!served || all.length < 2) continue;
    for (const hidden of all.slice(0, -1)) {
      const pair = `${hidden.rule.place}\n${served.rule.place}`;
      if (!found.has(pair) && isSame(hidden, served)) found.set(pair, { metric, served, hidden });
    }
  }
  return [...found.values()];
}
