import type { HpaMetric, Problem } from "@asm-autoscaler/hpa-metrics";
import type { Hpa } from "../hpas/hpa.ts";
import type { AskedMetric } from "../hpas/ruleMetricIndex.ts";
import { labelSelectorOf } from "../kubernetes/labelSelector.ts";
import { withoutSecrets } from "../kubernetes/secrets.ts";
import { type RulesState, sameName, seriesProblem } from "../rules/rules.ts";
import type { SeenMetric, SeenRead } from "../rules/seenMetrics.ts";
import { shownProblem } from "./problems.ts";
import type { ProblemStatus, RuleReadStatus, RuleStatus, RulesView } from "./statusJson.ts";

/** Maximum number of lists of series, and of problems. Those that are left out are counted. */
const MOST_LISTS = 50;
const MOST_PROBLEMS = 50;
/** Maximum length of a query and of a selector, in characters. A query has the names of all pods. */
const MOST_QUERY = 2_000;
const MOST_MESSAGE = 500;

/**
 * Returns the state of the rules: the file, broken rules, names that are given twice, and the lists of series. What has a
 * problem comes first.
 * @param now Unix ms.
 */
export function rulesView({ file, broken, series, clashes, discovery, metrics }: RulesState, now: number): RulesView {
  const problems = [
    ...(file.problem ? [file.problem] : []),
    ...(discovery ? [discovery] : []),
    ...broken.slice(0, MOST_PROBLEMS).map(({ problem }) => problem),
    ...clashes.slice(0, MOST_PROBLEMS).map(sameName),
  ];
  const ofFile = [file.problem, discovery].filter((found) => found !== undefined).length;
  const lists = series.toSorted((a, b) => rank(a) - rank(b));
  return {
    ...(file.readAt === undefined ? {} : { readAt: file.readAt }),
    rules: {
      custom: file.rules?.custom.length ?? 0,
      external: file.rules?.external.length ?? 0,
      broken: broken.length,
    },
    metrics,
    problems: problems.slice(0, MOST_PROBLEMS).map(cut),
    lists: lists.slice(0, MOST_LISTS).map(({ seriesQuery, names, ageMs, problem }) => ({
      seriesQuery: withoutSecrets(seriesQuery).slice(0, MOST_QUERY),
      names,
      ...(ageMs === undefined ? {} : { listedAt: Math.round(now - ageMs) }),
      ...(problem ? { problem: cut(seriesProblem(seriesQuery, problem)) } : {}),
    })),
    leftOut:
      Math.max(0, ofFile + broken.length + clashes.length - MOST_PROBLEMS) + Math.max(0, lists.length - MOST_LISTS),
  };
}

function rank({ problem, ageMs }: RulesState["series"][number]): number {
  return problem ? 0 : ageMs === undefined ? 1 : 2;
}

function cut(found: Problem): ProblemStatus {
  return shownProblem({ ...found, message: withoutSecrets(found.message).slice(0, MOST_MESSAGE) });
}

/** A metric of an HPA as the rules are asked for it. Undefined for a type that no rule serves. */
export function askedMetricOf(hpa: Hpa, metrics: readonly HpaMetric[], place: number): AskedMetric | undefined {
  const { namespace } = hpa;
  const metric = metrics[place];
  if (metric?.custom) {
    const { type, metric: asked, object } = metric.custom;
    return { type, namespace, metric: asked.name, series: labelSelectorOf(asked), ...(object ? { object } : {}) };
  }
  if (metric?.type !== "External") return undefined;
  const index = metrics.slice(0, place).filter(({ type }) => type === "External").length;
  const external = hpa.externalMetrics[index];
  if (!external) return undefined;
  // client-go sends names of external metrics in lower case.
  return { type: "External", namespace, metric: external.name.toLowerCase(), series: labelSelectorOf(external) };
}

/** The rule of a metric in the form of the page. */
export function ruleStatus({ place, series, reads }: SeenMetric): RuleStatus {
  return { place, series, reads: reads.map(readStatus) };
}

function readStatus({ pods, query, values, problem }: SeenRead): RuleReadStatus {
  const { evaluatedAt, count = 0, objects = 0, min = 0, max = 0, sum = 0, without = [] } = values ?? {};
  return {
    ...(pods === "" ? {} : { pods: pods.slice(0, MOST_MESSAGE) }),
    query: withoutSecrets(query).slice(0, MOST_QUERY),
    ...(evaluatedAt === undefined ? {} : { evaluatedAt, count, objects, min, max, sum }),
    without: without.map(({ name, problem: why }) => ({ name, message: cut(why).message })),
    ...(problem ? { problem: cut(problem) } : {}),
  };
}
