import type { Problem } from "../problem";
import { runToEnd } from "../steps";
import { observedMetrics, withLoads } from "./anticipated";
import { type KeyType, parseKey } from "./key";
import { servedLabels } from "./labels";
import { isServedType, notRead, notServed, otherCollector, tooLarge, tooManyMetrics } from "./metricProblems";
import { readObjectMetrics } from "./objectMetrics";
import { createProblemList } from "./problemList";
import { readMetric, readOnce } from "./readMetric";
import { type AskedMetrics, nameInKey, type RuleMetric, readRuleMetrics } from "./ruleMetrics";
import type { Config, Entry, Report } from "./settings";
import type { ExternalMetric, HasOwnDialect, MetricSpec, ObjectMetric, ScaleTarget } from "./spec";
import { unusedKeys } from "./unused";

/** The metrics that an HPA requests, and all problems found in them. */
export interface ReadMetricSpecs {
  readonly specs: MetricSpec[];
  readonly problems: Problem[];
  /** The metrics that a rule of prometheus-adapter may serve. Empty unless rules are served. At most `most`. */
  readonly ruleMetrics: RuleMetric[];
}

/** What `readMetricSpecs` needs besides the HPA's annotations and metrics. */
export interface ReadOptions {
  /** Maximum number of `External` and `Object` metrics. If the HPA has more, none is served. Default: MOST_METRICS_PER_HPA. */
  readonly most?: number | undefined;
  /**
   * Whether a server has a query dialect of its own. Queries for it that are not PromQL are not parsed. By default, no
   * server has.
   */
  readonly hasOwnDialect?: HasOwnDialect | undefined;
  /** The object that the HPA scales. Without it, no metric is read from proxies. */
  readonly target?: ScaleTarget | undefined;
  /**
   * Whether another adapter may serve a metric that this adapter does not serve. Such a metric is not reported with
   * ASM_METRIC_NOT_SERVED. By default, no other adapter does.
   */
  readonly isServedElsewhere?: ((metric: ExternalMetric) => boolean) | undefined;
  /**
   * The `Object` metrics of the HPA's spec, if this adapter serves the custom metrics API. By default, it does not, and
   * annotations of `Object` and `Pods` metrics are left to the adapter that does.
   */
  readonly objects?: readonly ObjectMetric[] | undefined;
  /**
   * The `Pods` metrics of the HPA's spec, if this adapter serves rules of prometheus-adapter. By default, it does not, and
   * a metric of each type needs a query.
   */
  readonly pods?: readonly ExternalMetric[] | undefined;
}

/** Default maximum number of `External` and `Object` metrics in one HPA. */
export const MOST_METRICS_PER_HPA = 100;
/** Number of annotations that one step reads. */
const STEP_KEYS = 200;

/**
 * Reads the metrics that an HPA requests from Prometheus, in both forms of kube-metrics-adapter. The function does not
 * throw. It collects each problem with its annotation key, and a problem in one metric does not affect the HPA's other
 * metrics.
 *
 * @param annotations All annotations of the HPA, including those that are not about metrics.
 * @param metrics The `External` metrics of its spec.
 */
export function readMetricSpecs(
  annotations: Readonly<Record<string, string>>,
  metrics: readonly ExternalMetric[],
  options: ReadOptions = {},
): ReadMetricSpecs {
  return runToEnd(readMetricSpecsInSteps(annotations, metrics, options));
}

/**
 * `readMetricSpecs` in steps of at most about 30 ms each, so that even the largest HPA that the Kubernetes API accepts
 * does not block the caller. Each text is parsed once, even if several metrics name it.
 */
export function* readMetricSpecsInSteps(
  annotations: Readonly<Record<string, string>>,
  metrics: readonly ExternalMetric[],
  {
    most = MOST_METRICS_PER_HPA,
    hasOwnDialect = () => false,
    target,
    isServedElsewhere = () => false,
    objects,
    pods,
  }: ReadOptions = {},
): Generator<undefined, ReadMetricSpecs> {
  if (metrics.length + (objects?.length ?? 0) > most)
    return { specs: [], problems: [tooManyMetrics(most)], ruleMetrics: [] };
  const problems = createProblemList();
  const { report } = problems;
  const areRulesServed = pods !== undefined;
  const types: readonly KeyType[] = [
    "external",
    ...(objects ? (["object"] as const) : []),
    ...(areRulesServed ? (["pods"] as const) : []),
  ];
  const all = yield* readConfigs(annotations, types, report);
  const configs = all.external;
  const read = readOnce(hasOwnDialect);
  const specs = new Map<string, MetricSpec>();
  const served = new Set<string>();
  const unserved = new Set<string>();
  const ofOthers: ExternalMetric[] = [];
  const claimed = new Set<string>();
  for (const metric of metrics) {
    yield;
    const size = tooLarge(metric);
    if (size) {
      report(size);
      continue;
    }
    const labels = servedLabels(metric);
    const type = labels.get("type") || metric.name;
    if (!isServedType(type)) {
      unserved.add(metric.name);
      if (areRulesServed) unserved.add(nameInKey(metric.name));
      ofOthers.push(metric);
      if (!isServedElsewhere(metric)) report(notServed(metric.name, labels.get("type")));
      continue;
    }
    served.add(metric.name);
    const config = configs.get(metric.name) ?? new Map<string, Entry>();
    const spec = yield* readMetric(metric, labels, config, { report, read, target, claim: (key) => claimed.add(key) });
    if (spec) specs.set(JSON.stringify([spec.metricName, spec.labels]), spec);
  }
  for (const metric of observedMetrics(configs, served, claimed).slice(0, most)) {
    yield;
    const config = configs.get(metric.name) ?? new Map<string, Entry>();
    const context = { report, read, target, claim: (key: string) => claimed.add(key) };
    const spec = yield* readMetric(metric, servedLabels(metric), config, context);
    // Another annotation can take precedence over the query of that name.
    if (spec?.anticipates === undefined) continue;
    specs.set(JSON.stringify([spec.metricName, spec.labels]), { ...spec, isObserved: true });
  }
  for (const [metricName, config] of configs) {
    // The warning about the metric itself already covers its annotations.
    if (unserved.has(metricName) && !served.has(metricName)) continue;
    if (problems.isFull("warning")) break;
    yield;
    for (const problem of unusedKeys({ metricName, type: "external" }, config, claimed, served)) report(problem);
  }
  const context = { report, read, target, claim: (key: string) => claimed.add(key), areRulesServed };
  const described = yield* readObjectMetrics(objects ?? [], all.object, context, problems);
  const asked: AskedMetrics = { external: ofOthers, object: objects ?? [], pods: pods ?? [] };
  const ruleMetrics = areRulesServed ? yield* readRuleMetrics(asked, all, problems) : [];
  return {
    specs: [...withLoads([...specs.values()], report), ...described],
    problems: problems.list(),
    ruleMetrics: ruleMetrics.slice(0, most),
  };
}

/** The annotations of an HPA by the type and the name of the metric. */
type Configs = Readonly<Record<KeyType, ReadonlyMap<string, Config>>>;

/**
 * Groups the annotations by metric name. Reports keys that look like the adapter's keys but cannot be read. Those of
 * `Object` and `Pods` metrics are left out if another adapter serves the custom metrics API.
 *
 * @param types The types of metrics that this adapter serves.
 */
function* readConfigs(
  annotations: Readonly<Record<string, string>>,
  types: readonly KeyType[],
  report: Report,
): Generator<undefined, Configs> {
  const configs = {
    external: new Map<string, Map<string, Entry>>(),
    object: new Map<string, Map<string, Entry>>(),
    pods: new Map<string, Map<string, Entry>>(),
  };
  const collectors = new Set<string>();
  for (const [index, [key, value]] of Object.entries(annotations).entries()) {
    if (index % STEP_KEYS === STEP_KEYS - 1) yield;
    const parsed = parseKey(key);
    if (parsed.kind === "foreign" || (parsed.type !== "external" && types.length === 1)) continue;
    if (parsed.kind === "unread") report(notRead(key, parsed.reason));
    else if (parsed.kind === "config" && types.includes(parsed.type)) {
      const ofType = configs[parsed.type];
      const config = ofType.get(parsed.metricName) ?? new Map<string, Entry>();
      ofType.set(parsed.metricName, config.set(parsed.name, { key, value }));
    } else if (parsed.type !== "external") {
      const { type, metricName } = parsed;
      const collector = parsed.kind === "config" ? "prometheus" : parsed.collector;
      const identity = JSON.stringify([type, metricName, collector]);
      if (!collectors.has(identity)) report(otherCollector(key, type, collector));
      collectors.add(identity);
    }
  }
  return configs;
}
