import { type Matcher, selector as vectorSelector } from "hpa-metrics";
import { parse } from "yaml";
import { record } from "../../kubernetes/listWatch.ts";
import { CheckError } from "./args.ts";
import type { EditableHpa, EditableMetric } from "./cleanHpa.ts";
import type { Manifest } from "./manifests.ts";
import type { Finding } from "./report.ts";
import { freeName, queryMistake, summed } from "./translation.ts";

/**
 * An external rule of prometheus-adapter, with defaults applied.
 * Source: docs/externalmetrics.md and docs/config.md of v0.12.
 */
export interface ExternalRule {
  readonly seriesQuery: string;
  /** Unanchored regular expressions. A series name must match every `is` and no `isNot`. */
  readonly filters: readonly { readonly is?: string; readonly isNot?: string }[];
  /** Unanchored regular expression for the series name. */
  readonly matches: string;
  /** The metric name in the API. `$1` refers to a group of `matches`. */
  readonly as: string;
  readonly metricsQuery: string;
  /** The label with the namespace; undefined when the rule does not restrict the namespace. */
  readonly namespaceLabel: string | undefined;
  /** The rule's position, such as `externalRules[0] of monitoring/adapter-config`. */
  readonly place: string;
}

/** The rules of a configuration: the external rules, which can be translated, and the number of custom rules. */
export interface AdapterRules {
  readonly external: readonly ExternalRule[];
  readonly custom: number;
}

/** Whether the manifest contains a configuration of prometheus-adapter. */
export function holdsRules({ kind, object }: Manifest): boolean {
  return kind === "AdapterRules" || (kind === "ConfigMap" && rulesText(object) !== undefined);
}

function rulesText(object: Record<string, unknown>): string | undefined {
  return Object.values(record(object["data"])).find(
    (text): text is string => typeof text === "string" && /^(?:rules|externalRules|resourceRules):/m.test(text),
  );
}

/**
 * Reads the configuration from a ConfigMap or from its own file.
 * @throws CheckError when it is not valid YAML.
 */
export function readRules(manifest: Manifest): AdapterRules {
  const place = manifest.kind === "ConfigMap" ? `${manifest.namespace}/${manifest.name}` : manifest.source;
  const config = manifest.kind === "ConfigMap" ? parsed(rulesText(manifest.object) ?? "", place) : manifest.object;
  const { rules, externalRules } = record(config);
  return {
    external: (Array.isArray(externalRules) ? externalRules : []).map((rule, index) =>
      externalRule(record(rule), `externalRules[${index}] of ${place}`),
    ),
    custom: Array.isArray(rules) ? rules.length : 0,
  };
}

function parsed(text: string, place: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    const [line] = String(error instanceof Error ? error.message : error).split("\n");
    throw new CheckError(`the rules in ${place} are not valid YAML: ${line}`, "Correct the ConfigMap");
  }
}

function externalRule(rule: Record<string, unknown>, place: string): ExternalRule {
  const { matches, as } = record(rule["name"]);
  const pattern = typeof matches === "string" && matches !== "" ? matches : ".*";
  const { namespaced, template, overrides } = record(rule["resources"]);
  const [override] =
    Object.entries(record(overrides)).find(([, value]) => /^namespaces?$/.test(String(record(value)["resource"]))) ??
    [];
  const templated =
    typeof template === "string"
      ? template.replace(/<<\s*\.Resource\s*>>/g, "namespace").replace(/<<\s*\.Group\s*>>/g, "")
      : undefined;
  return {
    seriesQuery: String(rule["seriesQuery"] ?? ""),
    filters: (Array.isArray(rule["seriesFilters"]) ? rule["seriesFilters"] : []).map((filter) => {
      const { is, isNot } = record(filter);
      return { ...(typeof is === "string" ? { is } : {}), ...(typeof isNot === "string" ? { isNot } : {}) };
    }),
    matches: pattern,
    // The default is the group of the pattern, or the whole name when it has no group. prometheus-adapter requires `as`
    // when the pattern has several groups.
    as: typeof as === "string" && as !== "" ? as : /\((?!\?)/.test(pattern) ? "$1" : "$0",
    metricsQuery: String(rule["metricsQuery"] ?? ""),
    namespaceLabel: namespaced === false ? undefined : (override ?? templated ?? "namespace"),
    place,
  };
}

/** The PromQL query of an HPA's metric, or the reason why the rule cannot be translated. */
type RuleQuery = { readonly query: string } | { readonly why: string };

/**
 * Returns the query that a rule runs for an HPA's metric, or undefined when the rule does not provide the metric.
 *
 * prometheus-adapter derives metric names from the series in Prometheus. This function derives the series from the
 * metric name. A rule with a general pattern does not always allow that.
 */
function queryOf(rule: ExternalRule, metric: EditableMetric, namespace: string): RuleQuery | undefined {
  const series = seriesNamed(rule, metric.name);
  if (series === undefined) return undefined;
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
  return literalSeries(rule.seriesQuery) !== undefined || seriesNamed(rule, name) !== name;
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

/** Returns the series that the rule exposes under this name, when it can be derived without a query to Prometheus. */
function seriesNamed(rule: ExternalRule, name: string): string | undefined {
  const candidates = [literalSeries(rule.seriesQuery), seriesByPattern(rule, name), name];
  return candidates.find((series) => series !== undefined && shownAs(rule, series) === name);
}

function shownAs({ matches, as, seriesQuery, filters }: ExternalRule, series: string): string | undefined {
  const regexp = compiled(matches);
  const match = regexp?.exec(series);
  if (!match || !selects(seriesQuery, series)) return undefined;
  const isLeftOut = filters.some(
    ({ is, isNot }) =>
      (is !== undefined && !compiled(is)?.test(series)) || (isNot !== undefined && compiled(isNot)?.test(series)),
  );
  if (isLeftOut) return undefined;
  return as.replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced: string | undefined, plain: string | undefined) => {
    const group = braced ?? plain ?? "";
    return (/^\d+$/.test(group) ? match[Number(group)] : match.groups?.[group]) ?? "";
  });
}

/**
 * Whether the series name matches the seriesQuery. Matchers on other labels are ignored, because the name does not show
 * them.
 */
function selects(seriesQuery: string, series: string): boolean {
  const literal = literalSeries(seriesQuery);
  if (literal !== undefined) return literal === series;
  const [, operator, pattern] = /__name__\s*(=~|!~)\s*"((?:[^"\\]|\\.)*)"/.exec(seriesQuery) ?? [];
  if (pattern === undefined) return true;
  const fits = compiled(`^(?:${pattern.replace(/\\\\/g, "\\")})$`)?.test(series) ?? false;
  return operator === "=~" ? fits : !fits;
}

function literalSeries(seriesQuery: string): string | undefined {
  const [, plain] = /^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{|$)/.exec(seriesQuery) ?? [];
  const [, named] = /__name__\s*=\s*"([^"\\]*)"/.exec(seriesQuery) ?? [];
  const [, fixed] = /__name__\s*=~\s*"\^?([a-zA-Z0-9_:]+)\$?"/.exec(seriesQuery) ?? [];
  return plain ?? named ?? fixed;
}

/** Inverts `matches` and `as`: with `^(.*)_total$` and `${1}_per_second`, `x_per_second` gives `x_total`. */
function seriesByPattern({ matches, as }: ExternalRule, name: string): string | undefined {
  const [, before, after] = /^((?:[^$])*)\$(?:\{1\}|1)([^$]*)$/.exec(as) ?? [];
  const [, left, right] = /^\^?([a-zA-Z0-9_:]*)\(\.[*+]\??\)([a-zA-Z0-9_:]*)\$?$/.exec(matches) ?? [];
  if (before === undefined || after === undefined || left === undefined || right === undefined) return undefined;
  if (!name.startsWith(before) || !name.endsWith(after) || name.length < before.length + after.length) return undefined;
  return `${left}${name.slice(before.length, name.length - after.length)}${right}`;
}

function compiled(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern.replace(/\(\?P</g, "(?<"));
  } catch {
    return undefined;
  }
}

/**
 * Adds the query as an annotation for each metric that a rule of prometheus-adapter serves, under a name that only this
 * HPA has. The query is a sum, because the HPA controller adds up the values that prometheus-adapter returns.
 */
export function applyRules(hpa: EditableHpa, manifest: Manifest, rules: readonly ExternalRule[]): Finding[] {
  const taken = new Set<string>();
  return hpa.external.flatMap((metric): Finding[] => {
    const type = metric.matchLabels["type"] ?? metric.name;
    if (type === "prometheus" || type === "prometheus-query") return [];
    const [first, ...others] = rulesFor(metric, manifest.namespace, rules);
    if (!first) return [];
    const { rule, found } = first;
    const places = [rule, ...others.map((other) => other.rule)].map(({ place }) => place).join(" or ");
    const message = `the metric "${metric.name}" comes from ${places} of prometheus-adapter`;
    const finding = { id: "prometheus-adapter", differs: true, message, reference: "serves it by the rule" };
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
  const own = all.filter(({ rule }) => isFor(rule, metric.name));
  return own.length > 0 ? own : all;
}
