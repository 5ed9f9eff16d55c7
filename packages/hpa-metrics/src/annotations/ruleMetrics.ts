import { problem } from "../problem";
import { isReserved, type KeyType } from "./key";
import { servedLabels } from "./labels";
import { otherCollector, tooLarge } from "./metricProblems";
import { isDirectPolicy, type Policy, parsePolicy, policyKeys } from "./noDataPolicy";
import type { ProblemList } from "./problemList";
import type { Config, Entry, Report } from "./settings";
import type { DescribedObject, ExternalMetric, ObjectMetric } from "./spec";
import { ineffective, unusedKeys } from "./unused";

/** A metric of an HPA that a rule of prometheus-adapter may serve, with the policies that the HPA sets for it. */
export interface RuleMetric extends RulePolicies {
  readonly type: "Pods" | "Object" | "External";
  /** Its name and its selector. */
  readonly metric: ExternalMetric;
  /** The described object of an `Object` metric. */
  readonly object?: DescribedObject;
}

/** What an HPA sets for the time without a reading. An absent policy is `hold`. */
export interface RulePolicies {
  readonly onNoData?: Policy;
  readonly onError?: Policy;
}

/** The metrics of an HPA by their type, without those that need a query. */
export interface AskedMetrics {
  readonly external: readonly ExternalMetric[];
  readonly object: readonly ObjectMetric[];
  readonly pods: readonly ExternalMetric[];
}

/**
 * The name of a metric in the key of an annotation. Names of rules have characters such as `_`, which Kubernetes does not
 * accept there: each is a hyphen in the key. Source: Kubernetes, IsQualifiedName in k8s.io/apimachinery.
 */
export function nameInKey(metricName: string): string {
  const name = metricName.toLowerCase().replace(/[^a-z0-9]/g, "-");
  let [start, end] = [0, name.length];
  while (name[start] === "-") start++;
  while (end > start && name[end - 1] === "-") end--;
  return name.slice(start, end);
}

/** Whether the annotations of a metric are only settings, so that none is its query. */
export function hasOnlySettings(config: Config): boolean {
  return [...config.keys()].every((name) => isReserved(name) && name !== "query" && name !== "query-name");
}

/** Whether an `Object` metric is left to the rules: neither an annotation nor a label says what its query is. */
export function isForRule(metric: ExternalMetric, config: Config): boolean {
  const labels = servedLabels(metric);
  return hasOnlySettings(config) && !labels.has("query-name") && !labels.has("query");
}

/**
 * Reads the metrics that a rule may serve. Their annotations have no query, only `on-no-data` and `on-error`. A policy
 * that is not valid counts as `hold`, and is reported.
 *
 * @param configs The annotations by the type and the name of the metric.
 */
export function* readRuleMetrics(
  asked: AskedMetrics,
  configs: Readonly<Record<KeyType, ReadonlyMap<string, Config>>>,
  problems: ProblemList,
): Generator<undefined, RuleMetric[]> {
  const { report } = problems;
  const known = new Map<string, RulePolicies>();
  const policiesOf = (type: KeyType, name: string): RulePolicies => {
    const found = configs[type].has(name) ? name : nameInKey(name);
    const config = configs[type].get(found);
    if (!config) return {};
    const key = `${type} ${found}`;
    const policies = known.get(key) ?? readPolicies(type, config, report);
    known.set(key, policies);
    return policies;
  };
  const found: RuleMetric[] = [];
  for (const metric of asked.pods) {
    yield;
    const size = tooLarge(metric);
    if (size) report(size);
    else found.push({ type: "Pods", metric, ...policiesOf("pods", metric.name) });
  }
  for (const { object, isPerPod: _, ...metric } of asked.object) {
    yield;
    const config = configs.object.get(metric.name);
    // The reader of Object metrics reports a metric that is too large and has annotations.
    if (tooLarge(metric) || (config && !isForRule(metric, config))) continue;
    found.push({ type: "Object", metric, object, ...policiesOf("object", metric.name) });
  }
  for (const metric of asked.external) {
    yield;
    found.push({ type: "External", metric, ...policiesOf("external", metric.name) });
  }
  const served = new Set(asked.pods.flatMap(({ name }) => [name, nameInKey(name)]));
  for (const [metricName, config] of configs.pods) {
    if (problems.isFull("warning")) break;
    yield;
    if (served.has(metricName)) continue;
    for (const one of unusedKeys({ metricName, type: "pods" }, config, new Set(), served)) report(one);
  }
  return found;
}

/** Reads the policies, and reports annotations that have no effect on a metric of a rule. */
function readPolicies(type: KeyType, config: Config, report: Report): RulePolicies {
  const isPolicy = (name: string) => policyKeys.some((one) => one === name);
  // An External metric with other settings may be one of a delegate.
  const others = type === "external" ? [] : [...config].filter(([name]) => !isPolicy(name));
  const queries = others.filter(([name]) => !isReserved(name) || name === "query" || name === "query-name");
  const [query] = queries;
  if (query && type === "pods") report(otherCollector(query[1].key, type, "prometheus"));
  for (const one of others) if (!queries.includes(one)) report(ineffective(one[1].key, one[0], "rule"));
  const onNoData = readPolicy(config.get("on-no-data"), report);
  const onError = readPolicy(config.get("on-error"), report);
  return { ...(onNoData ? { onNoData } : {}), ...(onError ? { onError } : {}) };
}

function readPolicy(entry: Entry | undefined, report: Report): Policy | undefined {
  if (!entry) return undefined;
  const { key, value } = entry;
  if (key.endsWith("/on-error") && isDirectPolicy(value)) {
    const message = `"direct" in "${key}" needs a query in an annotation, and a rule has the query of this metric`;
    report(problem("ASM_POLICY_INVALID", message, { key, remedy: "Write hold, zero, last-for 10m or value 5" }));
    return undefined;
  }
  const parsed = parsePolicy(key, value);
  if ("policy" in parsed) return parsed.policy;
  report(parsed);
  return undefined;
}
