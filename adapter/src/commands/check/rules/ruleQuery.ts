import {
  findKind,
  isLeftOpen,
  isServedType,
  literalSeries,
  selectorTerms,
  seriesNamed,
} from "@asm-autoscaler/hpa-metrics";
import type { EditableHpa, EditableMetric } from "../cleanHpa.ts";
import type { Manifest } from "../manifests.ts";
import type { Finding } from "../report.ts";
import { freeName, queryMistake, summed } from "../translation.ts";
import type { ExternalRule } from "./readRules.ts";

/** The PromQL query of an HPA's metric, or the reason why the rule cannot be translated. */
type RuleQuery = { readonly query: string } | { readonly why: string };

/**
 * Returns the query that a rule runs for an HPA's metric, or undefined when the rule does not provide the metric.
 *
 * prometheus-adapter derives metric names from the series in Prometheus. This function derives the series from the
 * metric name. A rule with a general pattern does not always allow that.
 */
function queryOf(external: ExternalRule, metric: EditableMetric, namespace: string): RuleQuery | undefined {
  const { owner, rule, fault } = external;
  const series = rule && seriesNamed(rule, metric.name);
  if (rule === undefined || series === undefined) return undefined;
  if (fault !== undefined) return { why: `${owner} does not serve it either: ${fault}` };
  const query = rule.externalQuery(series, { namespace, selector: selectorTerms(metric) }, findKind);
  return query.ok ? { query: query.text } : { why: query.problem.message };
}

/**
 * Whether the rule was written for this metric: it names one series, or its metric name differs from the series name.
 */
function isFor({ rule, seriesQuery }: ExternalRule, name: string): boolean {
  return literalSeries(seriesQuery) !== undefined || (rule !== undefined && seriesNamed(rule, name) !== name);
}

/**
 * Adds the query as an annotation for each metric that a rule of prometheus-adapter serves, under a name that only this
 * HPA has. The query is a sum, because the HPA controller adds up the values that prometheus-adapter returns. Adds the
 * rules that serve a metric to `used`.
 */
export function applyRules(
  hpa: EditableHpa,
  manifest: Manifest,
  rules: readonly ExternalRule[],
  used: Set<ExternalRule> = new Set(),
): Finding[] {
  const taken = new Set<string>();
  return hpa.external.flatMap((metric): Finding[] => {
    if (isServedType(metric.matchLabels["type"] ?? metric.name)) return [];
    const [first, ...others] = rulesFor(metric, manifest.namespace, rules);
    if (!first) return [];
    const { rule, found } = first;
    for (const { rule: one } of [first, ...others]) used.add(one);
    const places = [rule, ...others.map((other) => other.rule)].map(({ place }) => place).join(" or ");
    const message = `the metric "${metric.name}" comes from ${places} of ${rule.owner}`;
    const finding = { id: rule.owner, differs: true, message, reference: "serves it by the rule" };
    const lost = (why: string) => [{ ...finding, here: `cannot be translated: ${why}` }];
    if (others.some((other) => JSON.stringify(other.found) !== JSON.stringify(found)))
      return lost("which rule serves it depends on the series in Prometheus; pass check only the rule that serves it");
    if ("why" in found) return lost(found.why);
    const mistake = queryMistake(found.query);
    if (mistake !== undefined) return lost(mistake);
    const name = freeName(`${manifest.name}-${metric.name}`, taken);
    const key = `metric-config.external.${name}.prometheus/query`;
    hpa.annotations[key] = summed(found.query);
    metric.name = name;
    metric.matchLabels = { type: "prometheus" };
    metric.matchExpressions = [];
    return [{ ...finding, key, here: "served by the query that the rule asks, now an annotation" }];
  });
}

/** Returns the rules that can serve the metric. If any rule was written for this metric, returns only those rules. */
function rulesFor(metric: EditableMetric, namespace: string, rules: readonly ExternalRule[]) {
  const all = rules.flatMap((rule) => {
    const found = queryOf(rule, metric, namespace);
    return found ? [{ rule, found }] : [];
  });
  if (all.length === 0) {
    const why = "its series cannot be told from the name of the metric; write the query yourself";
    return rules.flatMap((rule) =>
      rule.rule && rule.fault === undefined && isLeftOpen(rule.rule, metric.name) ? [{ rule, found: { why } }] : [],
    );
  }
  const own = all.filter(({ rule }) => isFor(rule, metric.name));
  return own.length > 0 ? own : all;
}
