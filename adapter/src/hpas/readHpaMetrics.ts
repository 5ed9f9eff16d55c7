import {
  cutProblem,
  type ExternalMetric,
  type MetricSpec,
  MOST_METRICS_PER_HPA,
  type Problem,
  type RuleMetric,
  readMetricSpecsInSteps,
  runToEnd,
  type ServerRef,
  templateInstanceOf,
} from "@asm-autoscaler/hpa-metrics";
import type { Hpa } from "./hpa.ts";

/** The metrics that one HPA requests and the problems in its configuration. */
export interface HpaMetrics {
  hpa: Hpa;
  specs: MetricSpec[];
  problems: Problem[];
  /** Pending metrics: not served because the namespace is over its quota. */
  waits?: MetricSpec[];
  /** The metrics that a rule of prometheus-adapter may serve. Absent unless rules are served. */
  ruleMetrics?: readonly RuleMetric[];
}

/** The operator's rules for each metric. */
export interface HpaRules {
  /**
   * Returns a problem if the adapter's configuration cannot serve the metric, for example because of an unknown alias.
   */
  checkSpec(spec: MetricSpec): Problem | undefined;
  /**
   * Applies the namespace's limits in steps. Returns the metric to serve or the problem. Without it, each metric is
   * served unchanged.
   */
  admit?(namespace: string, spec: MetricSpec): Generator<undefined, MetricSpec | Problem>;
  /** Whether a server has a query dialect of its own. Without it, no server has. */
  hasOwnDialect?(server: ServerRef): boolean;
  /**
   * Whether a delegate may serve a metric that this adapter does not serve. Set only with `--delegate`. Without it, no
   * delegate does.
   */
  isServedElsewhere?(namespace: string, metric: ExternalMetric): boolean;
  /** Whether this adapter serves the custom metrics API. Without it, `Object` metrics are left to another adapter. */
  servesObjects?: boolean;
  /** Whether this adapter serves rules of prometheus-adapter. Without it, each metric needs a query. */
  servesRules?: boolean;
  /** `--max-metrics-per-hpa`. Defaults to MOST_METRICS_PER_HPA. */
  maxMetricsPerHpa?: number;
}

/** Reads the metrics of one HPA. Does not apply the namespace quota. */
export function readHpaMetrics(hpa: Hpa, rules: HpaRules): HpaMetrics {
  return runToEnd(readHpaMetricsInSteps(hpa, rules));
}

/**
 * `readHpaMetrics` in steps. A step takes at most about 30 ms, even for the largest HPA that the Kubernetes API
 * accepts.
 */
export function* readHpaMetricsInSteps(
  hpa: Hpa,
  {
    checkSpec,
    admit,
    hasOwnDialect,
    isServedElsewhere,
    servesObjects,
    servesRules,
    maxMetricsPerHpa = MOST_METRICS_PER_HPA,
  }: HpaRules,
): Generator<undefined, HpaMetrics> {
  const {
    specs: asked,
    problems,
    ruleMetrics,
  } = yield* readMetricSpecsInSteps(hpa.annotations, hpa.externalMetrics, {
    most: maxMetricsPerHpa,
    hasOwnDialect,
    target: hpa.scaleTarget,
    isServedElsewhere: (metric) => isServedElsewhere?.(hpa.namespace, metric) ?? false,
    objects: servesObjects ? hpa.objectMetrics : undefined,
    pods: servesRules ? hpa.podsMetrics : undefined,
  });
  const specs: MetricSpec[] = [];
  for (const spec of asked) {
    yield;
    const admitted = checkSpec(spec) ?? (admit ? yield* admit(hpa.namespace, spec) : spec);
    if ("code" in admitted) {
      // The HPA works without what is only observed.
      problems.push(cutProblem(spec.isObserved ? { ...admitted, severity: "warning" } : admitted));
      continue;
    }
    yield;
    // Computed here, in steps, and not later when a thousand queries are evaluated together.
    templateInstanceOf(admitted.query);
    specs.push(admitted);
  }
  const ofRules = servesRules ? { ruleMetrics } : {};
  return { hpa: kept(hpa, specs, isServedElsewhere !== undefined), specs, problems, ...ofRules };
}

/**
 * Returns the HPA without the text that is not needed after it is read: its annotations, and its selectors if neither
 * this adapter nor a delegate can serve a metric of it.
 */
function kept(hpa: Hpa, specs: readonly MetricSpec[], hasDelegates: boolean): Hpa {
  const first = () => hpa.externalMetrics.slice(0, MOST_METRICS_PER_HPA);
  const names = () => first().map(({ name }) => ({ name: name.slice(0, 253) }));
  const externalMetrics = specs.length > 0 ? hpa.externalMetrics : hasDelegates ? first() : names();
  const objectMetrics = specs.some(({ object }) => object) ? hpa.objectMetrics : [];
  return { ...hpa, annotations: {}, externalMetrics, objectMetrics, podsMetrics: [] };
}

/** Approximate size in memory of one HPA's metrics, in characters. */
export function sizeOf({ hpa, specs, problems, waits = [], ruleMetrics = [] }: HpaMetrics): number {
  const served = [...specs, ...waits].reduce((sum, { query, labels, queryKey, metricName, object }) => {
    const labelled = Object.entries(labels).reduce((all, [name, value]) => all + name.length + value.length, 0);
    const described = object ? JSON.stringify(object).length : 0;
    return sum + query.text.length + labelled + described + queryKey.length + metricName.length;
  }, 0);
  const told = problems.reduce(
    (sum, { message, remedy, key = "" }) => sum + message.length + remedy.length + key.length,
    0,
  );
  return hpa.id.length + JSON.stringify([hpa.externalMetrics, hpa.objectMetrics, ruleMetrics]).length + served + told;
}
