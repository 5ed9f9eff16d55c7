import {
  type ClusterResource,
  findKind,
  isLeftOpen,
  kindNamed,
  literalSeries,
  type MatchExpression,
  type MetricRule,
  NAMESPACES,
  PODS,
  type Problem,
  parseQuery,
  problemLine,
  type RulesFile,
  type RulesOwner,
  record,
  recordsIn,
  selectorTerms,
  seriesNamed,
} from "@asm-autoscaler/hpa-metrics";
import { type EditableHpa, type EditableMetric, readSelector } from "../cleanHpa.ts";
import type { Finding } from "../report.ts";
import { isOurs } from "../sources.ts";

/** The rules of one configuration, which the adapter serves as they are. */
export interface GivenRules {
  readonly owner: RulesOwner;
  /** Where the configuration is, such as `monitoring/adapter-config`. */
  readonly origin: string;
  readonly file: RulesFile;
}

/** What rules do with the metrics of an HPA. */
export interface RuleFindings {
  readonly findings: readonly Finding[];
  /** Whether a finding is about this metric: an External one, or an entry of `metrics`. */
  isTold(metric: EditableMetric | Record<string, unknown>): boolean;
  /** Why the other metrics are not served by a rule. Undefined if there are no rules. */
  readonly noRule?: string;
}

/** A metric that an HPA asks for, as the adapter is asked for it. */
interface Asked {
  readonly subject: EditableMetric | Record<string, unknown>;
  /** The metric in a sentence. */
  readonly words: string;
  readonly name: string;
  readonly selector: readonly MatchExpression[];
  /** The objects of a metric of type Pods or Object. Undefined: it is external. */
  readonly target?: ClusterResource;
}

/**
 * Says of each metric of an HPA which rules serve it, as they do with prometheus-adapter. Both adapters take the last of
 * several rules that have series, so it is the same one. Says nothing of a metric whose name no rule gives.
 */
export function ruleFindings(
  hpa: EditableHpa,
  namespace: string,
  metrics: unknown,
  given: readonly GivenRules[],
): RuleFindings {
  const asked = [...customAsked(metrics), ...hpa.external.filter((metric) => !isOurs(metric)).map(externalAsked)];
  const told = asked.flatMap((metric) => {
    const finding = findingOf(metric, namespace, given);
    return finding ? [{ subject: metric.subject, finding }] : [];
  });
  return {
    findings: told.map(({ finding }) => finding),
    isTold: (metric) => told.some(({ subject }) => subject === metric),
    ...(given.length === 0 ? {} : { noRule: noRuleOf(given) }),
  };
}

function noRuleOf(given: readonly GivenRules[]): string {
  const broken = given.flatMap(({ origin, file }) => file.broken.map(({ place }) => `${place} of ${origin}`));
  const text = "no valid rule gives a metric of this name";
  return broken.length === 0 ? text : `${text}, and these are not valid: ${broken.join(", ")}`;
}

function externalAsked(metric: EditableMetric): Asked {
  const { name } = metric;
  return { subject: metric, words: `the external metric "${name}"`, name, selector: selectorTerms(metric) };
}

function customAsked(metrics: unknown): Asked[] {
  return recordsIn(metrics).flatMap((metric): Asked[] => {
    const isPods = metric["type"] === "Pods";
    if (!isPods && metric["type"] !== "Object") return [];
    const source = record(metric[isPods ? "pods" : "object"]);
    const { name: given, selector } = record(source["metric"]);
    const { kind, apiVersion } = record(source["describedObject"]);
    const name = String(given);
    const words = `the metric "${name}" of type ${isPods ? "Pods" : `Object (${String(kind)})`}`;
    const target = isPods ? PODS : kindNamed(String(apiVersion ?? "v1"), String(kind));
    return [{ subject: metric, words, name, selector: selectorTerms(readSelector(selector)), target }];
  });
}

function findingOf(asked: Asked, namespace: string, given: readonly GivenRules[]): Finding | undefined {
  const named = given.flatMap(({ owner, origin, file }) =>
    (asked.target ? file.custom : file.external).flatMap((rule) => {
      const series = seriesNamed(rule, asked.name);
      const isOpen = series === undefined && isLeftOpen(rule, asked.name);
      return series === undefined && !isOpen ? [] : [{ owner, origin, rule, series }];
    }),
  );
  const found = named.filter(({ rule }) => withoutLabels(rule, asked.target).length === 0);
  const known = found.filter(({ series }) => series !== undefined);
  const serving = known.length > 0 ? known : found;
  const last = serving.at(-1);
  if (last === undefined) return unlabelled(asked, named);
  const { owner, rule, series } = last;
  const finding = { id: owner, differs: false, message: `${asked.words} comes from ${placesOf(serving)}` };
  if (asked.target && !asked.target.isNamespaced && asked.target.resource !== NAMESPACES.resource)
    return { ...finding, reference: "no HPA can read it: an HPA asks only in its own namespace", here: "the same" };
  const problem = queryProblem(rule, series ?? literalSeries(rule.seriesQuery) ?? asked.name, asked, namespace);
  if (problem !== undefined)
    return {
      ...finding,
      reference: "answers each read with an error",
      here: `not served either: ${problemLine(problem)}`,
    };
  const most = serving.length > 1 ? "serves it by the last of these rules that has series" : "serves it by this rule";
  const reference = series === undefined ? `${most}; only Prometheus tells which series these are` : most;
  return { ...finding, reference, here: `served as it is, with ${flagsFor(owner)}` };
}

/** The flags of the adapter that serves the rules of this adapter. */
export function flagsFor(owner: RulesOwner): string {
  const both = owner === "prometheus-adapter" ? "" : " and --prometheus-adapter-rules-for-both";
  return `--prometheus-adapter-config${both}`;
}

/** The kinds of objects for which the rule has no label, although a read needs it. An external metric needs none. */
function withoutLabels(rule: MetricRule, target: ClusterResource | undefined): ClusterResource[] {
  if (target === undefined) return [];
  const needed = target.isNamespaced ? [target, NAMESPACES] : [target];
  return needed.filter((kind) => rule.labelOf(kind, findKind) === undefined);
}

/** A rule, and where its configuration is. */
interface PlacedRule {
  readonly origin: string;
  readonly rule: MetricRule;
}

/** Writes the places of rules as `rules[0] to rules[2], rules[4] of FILE`. */
function placesOf(rules: readonly PlacedRule[]): string {
  return [...Map.groupBy(rules, ({ origin }) => origin)]
    .map(([origin, own]) => `${runs(own.map(({ rule }) => rule.place)).join(", ")} of ${origin}`)
    .join(", ");
}

/** Writes three and more places in a row as the first and the last one. */
function runs(places: readonly string[]): string[] {
  const lists: string[][] = [];
  for (const place of places) {
    const before = lists.at(-1)?.at(-1);
    if (before !== undefined && after(before) === place) lists.at(-1)?.push(place);
    else lists.push([place]);
  }
  return lists.flatMap((list) => (list.length < 3 ? list : [`${list[0]} to ${list.at(-1)}`]));
}

/** The place after this one: `rules[1]` after `rules[0]`. */
function after(place: string): string {
  const start = place.lastIndexOf("[") + 1;
  return `${place.slice(0, start)}${Number(place.slice(start, -1)) + 1}]`;
}

/** Reports a metric that rules name, but for no object of its kind. */
function unlabelled(
  { words, target }: Asked,
  named: readonly (PlacedRule & Pick<GivenRules, "owner">)[],
): Finding | undefined {
  const last = named.at(-1);
  if (last === undefined) return undefined;
  const kinds = withoutLabels(last.rule, target);
  return {
    id: last.owner,
    differs: true,
    message: `${words} has the name of ${last.rule.place} of ${last.origin}, but this rule has no label for ${kinds.map(({ resource }) => resource).join(" and ")}`,
    reference: "does not serve it by this rule",
    here: `not served: add it to resources.overrides of the rule`,
  };
}

/** Why the rule has no query for the metric, such as a selector that PromQL does not allow. */
function queryProblem(
  rule: MetricRule,
  series: string,
  { selector, target }: Asked,
  namespace: string,
): Problem | undefined {
  const query = target
    ? rule.customQuery(series, targetOf(target, namespace, selector), findKind)
    : rule.externalQuery(series, { namespace, selector }, findKind);
  if (!query.ok) return query.problem;
  const parsed = parseQuery(query.text);
  if (parsed.ok) return undefined;
  const message = `its query is not PromQL: ${parsed.problem.message}: ${query.text}`;
  const remedy = "Correct metricsQuery of the rule, or the selector of the metric";
  return { code: "ASM_RULE_QUERY", severity: "error", message, remedy };
}

function targetOf(resource: ClusterResource, namespace: string, selector: readonly MatchExpression[]) {
  return resource.isNamespaced
    ? { resource, namespace, names: ["name"], selector }
    : { resource, namespace: "", names: [namespace], selector };
}
