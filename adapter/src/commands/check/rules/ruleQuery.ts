import { isServedType, type Matcher, selector as vectorSelector } from "@asm-autoscaler/hpa-metrics";
import type { EditableHpa, EditableMetric } from "../cleanHpa.ts";
import type { Manifest } from "../manifests.ts";
import type { Finding } from "../report.ts";
import { freeName, queryMistake, summed } from "../translation.ts";
import { goRegExp } from "./goRegExp.ts";
import type { ExternalRule } from "./readRules.ts";
import { isLeftOpen, literalSeries, type SeriesNames, seriesNamed } from "./seriesNames.ts";

/** The PromQL query of an HPA's metric, or the reason why the rule cannot be translated. */
type RuleQuery = { readonly query: string } | { readonly why: string };

/**
 * Returns the query that a rule runs for an HPA's metric, or undefined when the rule does not provide the metric.
 *
 * prometheus-adapter derives metric names from the series in Prometheus. This function derives the series from the
 * metric name. A rule with a general pattern does not always allow that.
 */
function queryOf(rule: ExternalRule, metric: EditableMetric, namespace: string): RuleQuery | undefined {
  const series = seriesNamed(namesOf(rule), metric.name);
  if (series === undefined) return undefined;
  if (rule.fault !== undefined) return { why: `${rule.owner} does not serve it either: ${rule.fault}` };
  if (/<<(?!\s*\.(?:Series|LabelMatchers|GroupBy)\s*>>)/.test(rule.metricsQuery)) {
    return { why: "its metricsQuery uses more than .Series, .LabelMatchers and .GroupBy" };
  }
  const matchers = matchersOf(metric);
  if ("why" in matchers) return matchers;
  if (rule.namespaceLabel !== undefined) {
    matchers.list.push({ label: rule.namespaceLabel, operator: "=", value: namespace });
  }
  try {
    // prometheus-adapter leaves .GroupBy empty for external metrics.
    const inBraces = vectorSelector("x", matchers.list).replace(/^x\{?|\}$/g, "");
    return {
      query: rule.metricsQuery
        .replace(/<<\s*\.Series\s*>>/g, () => series)
        .replace(/<<\s*\.LabelMatchers\s*>>/g, () => inBraces)
        .replace(/<<\s*\.GroupBy\s*>>/g, ""),
    };
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Whether the rule was written for this metric: it names one series, or its metric name differs from the series name.
 */
function isFor(rule: ExternalRule, name: string): boolean {
  return literalSeries(rule.seriesQuery) !== undefined || seriesNamed(namesOf(rule), name) !== name;
}

function namesOf(rule: ExternalRule): SeriesNames {
  return { seriesQuery: rule.seriesQuery, naming: rule, nameOf: (series) => shownAs(rule, series) };
}

function shownAs({ matches, as, seriesQuery, filters }: ExternalRule, series: string): string | undefined {
  const regexp = seriesQuery === "" ? undefined : goRegExp(matches);
  const match = regexp?.exec(series);
  if (!match) return undefined;
  const isLeftOut = filters.some(
    ({ is, isNot }) =>
      (is !== undefined && !goRegExp(is)?.test(series)) || (isNot !== undefined && goRegExp(isNot)?.test(series)),
  );
  if (isLeftOut) return undefined;
  return as.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced: string | undefined, plain: string | undefined) => {
    const group = braced ?? plain ?? "";
    return (/^\d+$/.test(group) ? match[Number(group)] : match.groups?.[group]) ?? "";
  });
}

function matchersOf({ matchLabels, matchExpressions }: EditableMetric): { list: Matcher[] } | { why: string } {
  const list: Matcher[] = Object.entries(matchLabels).map(([label, value]) => ({ label, operator: "=", value }));
  for (const { key: label, operator, values = [] } of matchExpressions) {
    if (operator === "Exists") list.push({ label, operator: "!=", value: "" });
    else if (operator === "DoesNotExist") list.push({ label, operator: "=", value: "" });
    else if (operator === "In") list.push({ label, operator: "=~", value: values.join("|") });
    else if (operator === "NotIn") list.push({ label, operator: "!~", value: values.join("|") });
    else return { why: `its selector uses the operator ${operator}` };
  }
  return { list };
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
      rule.fault === undefined && isLeftOpen(namesOf(rule), metric.name) ? [{ rule, found: { why } }] : [],
    );
  }
  const own = all.filter(({ rule }) => isFor(rule, metric.name));
  return own.length > 0 ? own : all;
}
