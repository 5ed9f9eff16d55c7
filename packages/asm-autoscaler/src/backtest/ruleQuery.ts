import { readFileSync } from "node:fs";
import {
  type ClusterResource,
  canonicalQuery,
  type ExternalMetric,
  findKind,
  type HpaMetric,
  kindNamed,
  literalSeries,
  type MetricRule,
  NAMESPACES,
  PODS,
  parseQuery,
  problemLine,
  type Query,
  type RuleQuery,
  type RulesFile,
  readRules,
  type ScaleTarget,
  selectorTerms,
  seriesNamed,
} from "@asm-autoscaler/hpa-metrics";
import { BacktestError } from "./backtestError";

/** What a rule reads for a metric of an HPA. */
interface RuleLoad {
  /** The sum over all pods, or over all series. */
  readonly query: Query;
  /** Whether it is a rate of a counter, so that it is a load that the pods share. */
  readonly isRate: boolean;
  /** Where the rule is, such as `rules[0]`. */
  readonly place: string;
}

/** What a rule reads, or the end of a sentence that says why that is not known. */
export type RuleLoadResult = { readonly load: RuleLoad } | { readonly why: string };

/** The HPA of a metric. */
interface Scaled {
  readonly namespace: string;
  readonly scaleTarget: ScaleTarget | undefined;
}

/**
 * Reads the rules of prometheus-adapter. @throws BacktestError if the file cannot be read or has none.
 */
export function readRulesFile(file: string): RulesFile {
  const input = (message: string, remedy: string) => new BacktestError("ASM_BACKTEST_INPUT", message, remedy);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw input(`${file} cannot be read: ${error instanceof Error ? error.message : error}`, "Use a readable file");
  }
  const read = readRules(text);
  if (!read.ok) throw input(`${file}: ${read.problem.message}`, read.problem.remedy);
  return read.file;
}

/**
 * The load of a `Pods` or an `Object` metric, by the last rule that gives it. The cluster is not known here, so kinds of
 * objects are guessed, the series is derived from the name of the metric, and pods are told by their names.
 */
export function customLoad({ custom }: Pick<HpaMetric, "custom">, hpa: Scaled, rules: RulesFile): RuleLoadResult {
  if (!custom) return { why: "it is not read from the custom metrics API" };
  const { metric, object } = custom;
  const { namespace } = hpa;
  const resource = object ? kindNamed(object.apiVersion, object.kind) : PODS;
  const found = ruleOf(rules.custom, metric.name, resource);
  if (!found) return { why: "no rule gives it, as far as its name tells" };
  const { rule, series } = found;
  const selector = selectorTerms(metric);
  if (object) {
    const isRoot = resource.resource === NAMESPACES.resource;
    const target = {
      resource,
      namespace: isRoot ? "" : namespace,
      names: [isRoot ? namespace : object.name],
      selector,
    };
    return loadOf(rule, rule.customQuery(series, target, findKind));
  }
  const pods = podNames(hpa.scaleTarget);
  if (pods === undefined)
    return { why: `the names of the pods of a ${hpa.scaleTarget?.kind ?? "target"} are not known` };
  const built = rule.customQuery(series, { resource, namespace, names: PLACEHOLDERS, selector }, findKind);
  // A selector of one query has the names of the pods of one moment. Over a range of time, they are told by their form.
  return loadOf(rule, built.ok ? { ok: true, text: built.text.replaceAll(PLACEHOLDERS.join("|"), pods) } : built);
}

/** The sum of an external metric of a rule, which the HPA controller adds up. Undefined if no rule gives it. */
export function externalLoad(metric: ExternalMetric, namespace: string, rules: RulesFile): RuleLoadResult | undefined {
  const found = ruleOf(rules.external, metric.name, undefined);
  if (!found) return undefined;
  const { rule, series } = found;
  return loadOf(rule, rule.externalQuery(series, { namespace, selector: selectorTerms(metric) }, findKind));
}

/** Two names, so that the rule writes a regular expression. */
const PLACEHOLDERS = ["pod-of-the-workload", "other-pod-of-the-workload"];
/** The letters and digits of generated names. Source: k8s.io/apimachinery/pkg/util/rand. */
const GENERATED = "[bcdfghjklmnpqrstvwxz2456789]";
/** What follows the name of the workload in the names of its pods. */
const SUFFIXES: Readonly<Record<string, string>> = {
  Deployment: `-${GENERATED}{1,10}-${GENERATED}{5}`,
  Rollout: `-${GENERATED}{1,10}-${GENERATED}{5}`,
  ReplicaSet: `-${GENERATED}{5}`,
  ReplicationController: `-${GENERATED}{5}`,
  CloneSet: `-${GENERATED}{5}`,
  StatefulSet: "-[0-9]+",
};

/** A regular expression of the names of the pods of a workload. Undefined for a kind whose names are not known. */
function podNames(target: ScaleTarget | undefined): string | undefined {
  const suffix = target && Object.hasOwn(SUFFIXES, target.kind) ? SUFFIXES[target.kind] : undefined;
  return target && suffix && `${target.name.replaceAll(".", "[.]")}${suffix}`;
}

/** The last rule that gives the metric, as the adapter chooses it, with its series. */
function ruleOf(rules: readonly MetricRule[], name: string, resource: ClusterResource | undefined) {
  return rules
    .flatMap((rule) => {
      const series = seriesNamed(rule, name) ?? (rule.naming.as === name ? literalSeries(rule.seriesQuery) : undefined);
      const isOf = resource === undefined || rule.labelOf(resource, findKind) !== undefined;
      return series !== undefined && isOf ? [{ rule, series }] : [];
    })
    .at(-1);
}

/** `rate(requests{…}[2m])`, alone or as a sum by some labels, in its canonical form. */
const RATE =
  /^(?:sum(?: ?by\([^()]*\))?\()?(rate\([a-zA-Z_:][\w:]*(?:\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\})?\[[^\]:]+\]\))(?:\)(?:by\([^()]*\))?)?$/;

function loadOf({ place }: MetricRule, built: RuleQuery): RuleLoadResult {
  if (!built.ok) return { why: problemLine(built.problem) };
  const own = parseQuery(built.text);
  if (!own.ok) return { why: `the query of ${place} cannot be read: ${own.problem.message}` };
  const [, rate] = RATE.exec(canonicalQuery(own.query)) ?? [];
  const sum = parseQuery(`sum(${rate ?? built.text})`);
  if (!sum.ok) return { why: `the query of ${place} cannot be read: ${sum.problem.message}` };
  return { load: { query: sum.query, isRate: rate !== undefined, place } };
}
