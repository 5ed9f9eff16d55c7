import type { Problem } from "../problem";
import { runToEnd } from "../steps";
import { observedMetrics, withLoads } from "./anticipated";
import { parseKey } from "./key";
import { servedLabels } from "./labels";
import { isServedType, notRead, notServed, otherCollector, tooLarge, tooManyMetrics } from "./metricProblems";
import { readObjectMetrics } from "./objectMetrics";
import { createProblemList } from "./problemList";
import { readMetric, readOnce } from "./readMetric";
import type { Config, Entry, Report } from "./settings";
import type { ExternalMetric, HasOwnDialect, MetricSpec, ObjectMetric, ScaleTarget } from "./spec";
import { unusedKeys } from "./unused";

/** The metrics that an HPA requests, and all problems found in them. */
export interface ReadMetricSpecs {
  readonly specs: MetricSpec[];
  readonly problems: Problem[];
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
  }: ReadOptions = {},
): Generator<undefined, ReadMetricSpecs> {
  if (metrics.length + (objects?.length ?? 0) > most) return { specs: [], problems: [tooManyMetrics(most)] };
  const problems = createProblemList();
  const { report } = problems;
  const { external: configs, object } = yield* readConfigs(annotations, objects !== undefined, report);
  const read = readOnce(hasOwnDialect);
  const specs = new Map<string, MetricSpec>();
  const served = new Set<string>();
  const unserved = new Set<string>();
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
  const context = { report, read, target, claim: (key: string) => claimed.add(key) };
  const described = yield* readObjectMetrics(objects ?? [], object, context, problems);
  return { specs: [...withLoads([...specs.values()], report), ...described], problems: problems.list() };
}

/** The annotations of an HPA by the name of the metric. */
interface Configs {
  readonly external: ReadonlyMap<string, Config>;
  readonly object: ReadonlyMap<string, Config>;
}

/**
 * Groups the annotations by metric name. Reports keys that look like the adapter's keys but cannot be read. Those of
 * `Object` and `Pods` metrics are left out if another adapter serves the custom metrics API.
 */
function* readConfigs(
  annotations: Readonly<Record<string, string>>,
  servesObjects: boolean,
  report: Report,
): Generator<undefined, Configs> {
  const configs = { external: new Map<string, Map<string, Entry>>(), object: new Map<string, Map<string, Entry>>() };
  const collectors = new Set<string>();
  for (const [index, [key, value]] of Object.entries(annotations).entries()) {
    if (index % STEP_KEYS === STEP_KEYS - 1) yield;
    const parsed = parseKey(key);
    if (parsed.kind === "foreign" || (parsed.type !== "external" && !servesObjects)) continue;
    if (parsed.kind === "unread") report(notRead(key, parsed.reason));
    else if (parsed.kind === "config") {
      const ofType = configs[parsed.type];
      const config = ofType.get(parsed.metricName) ?? new Map<string, Entry>();
      ofType.set(parsed.metricName, config.set(parsed.name, { key, value }));
    } else {
      const { type, metricName, collector } = parsed;
      const identity = JSON.stringify([type, metricName, collector]);
      if (!collectors.has(identity)) report(otherCollector(key, type, collector));
      collectors.add(identity);
    }
  }
  return configs;
}
