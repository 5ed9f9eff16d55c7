import type { MatchExpression } from "../annotations/spec";
import type { Problem } from "../problem";

/** A kind of object of the cluster, as its discovery describes it. */
export interface ClusterResource {
  /** API group. Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** Plural name, such as `pods`. */
  readonly resource: string;
  /** Singular name, such as `pod`. */
  readonly singular: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
}

/**
 * Finds a kind of object by its plural or singular name. Undefined if the cluster has none. An empty group means any group,
 * the core group first. A group that does not exist is the beginning of one: `networking` finds `networking.k8s.io`.
 * Source: DefaultRESTMapper.ResourcesFor in k8s.io/apimachinery/pkg/api/meta.
 */
export type FindResource = (group: string, name: string) => ClusterResource | undefined;

/** The objects that a custom metric is asked for. */
export interface CustomTarget {
  readonly resource: ClusterResource;
  /** Empty for an object without a namespace. */
  readonly namespace: string;
  /** At least one. */
  readonly names: readonly string[];
  /** The terms of the metric's selector. */
  readonly selector: readonly MatchExpression[];
}

/** What an external metric is asked for. */
export interface ExternalTarget {
  readonly namespace: string;
  readonly selector: readonly MatchExpression[];
}

/** The text of a query, or why there is none. */
export type RuleQuery =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: Problem };

/**
 * One rule of prometheus-adapter that can be served, with its defaults applied.
 * Source: https://github.com/kubernetes-sigs/prometheus-adapter/blob/master/docs/config.md
 */
export interface MetricRule {
  /** Where the rule is, such as `externalRules[0]`. */
  readonly place: string;
  /** The `match[]` of the request for series. */
  readonly seriesQuery: string;
  /** `name.matches` and `name.as` with their defaults, in Go's syntax. They do not tell which series are left out. */
  readonly naming: { readonly matches: string; readonly as: string };
  /** The name of the metric that a series gives. Undefined if the rule leaves the series out. */
  nameOf(series: string): string | undefined;
  /** The kind of object that a label names. Undefined if it names none. */
  resourceOf(label: string, find: FindResource): ClusterResource | undefined;
  /** The label that names objects of this kind. Undefined if the rule has none. */
  labelOf(resource: ClusterResource, find: FindResource): string | undefined;
  /** Resources of overrides that the cluster does not have. A rule with one of them is broken. */
  unknownResources(find: FindResource): readonly string[];
  /** What is served although it may not mean what its author expects, such as two labels for one kind of object. */
  warnings(find: FindResource): readonly Problem[];
  /** The query for objects. The answer has the label of `labelOf(target.resource)`. */
  customQuery(series: string, target: CustomTarget, find: FindResource): RuleQuery;
  /** The query for an external metric. */
  externalQuery(series: string, target: ExternalTarget, find: FindResource): RuleQuery;
}

/** A rule that cannot be served. The others are. */
export interface BrokenRule {
  readonly place: string;
  readonly problem: Problem;
}

/** A configuration of prometheus-adapter. */
export interface RulesFile {
  /** Rules of the custom metrics API. */
  readonly custom: readonly MetricRule[];
  /** Rules of the external metrics API. */
  readonly external: readonly MetricRule[];
  readonly broken: readonly BrokenRule[];
  /** Whether it has `resourceRules`, which are not served: metrics-server serves them. */
  readonly hasResourceRules: boolean;
}

/** How a configuration is read. */
export interface RulesOptions {
  /**
   * Whether `rules` also serve external metrics, as in Alibaba Cloud's adapter. Values of its chart are always read so.
   * Default: false.
   */
  readonly isAlibaba?: boolean;
}

/** The configuration in a text. A text that is not YAML, or that has no configuration, has a problem instead. */
export type RulesResult =
  | { readonly ok: true; readonly file: RulesFile }
  | { readonly ok: false; readonly problem: Problem };
