import { type Problem, problem } from "../problem";
import { servedLabels } from "./labels";
import { tooLarge } from "./metricProblems";
import type { ProblemList } from "./problemList";
import { type ReadContext, readMetric } from "./readMetric";
import { hasOnlySettings, isForRule, nameInKey } from "./ruleMetrics";
import type { Config } from "./settings";
import type { MetricSpec, ObjectMetric, ScaleTarget } from "./spec";
import { unusedKeys } from "./unused";

/**
 * Reads the `Object` metrics of an HPA that have annotations, with the settings of an `External` metric and with
 * `per-replica`. An `Object` metric without annotations is not for this reader: a rule of prometheus-adapter may serve it.
 *
 * @param configs The annotations by the name of the metric.
 * @param areRulesServed Whether a metric that has settings and no query is also left to the rules.
 */
export function* readObjectMetrics(
  metrics: readonly ObjectMetric[],
  configs: ReadonlyMap<string, Config>,
  { areRulesServed, ...context }: ReadContext & { readonly areRulesServed: boolean },
  problems: ProblemList,
): Generator<undefined, MetricSpec[]> {
  const { report } = problems;
  const specs = new Map<string, MetricSpec>();
  const claimed = new Set<string>();
  const claim = (key: string) => claimed.add(key);
  const served = new Set<string>();
  const inKeys = new Set(areRulesServed ? metrics.flatMap(({ name }) => [name, nameInKey(name)]) : []);
  for (const metric of metrics) {
    yield;
    served.add(metric.name);
    const config = configs.get(metric.name);
    if (!config || (areRulesServed && isForRule(metric, config))) continue;
    const size = tooLarge(metric);
    if (size) {
      report(size);
      continue;
    }
    const spec = yield* readMetric(metric, servedLabels(metric), config, { ...context, claim });
    const perReplicaOf = perReplica(metric, config, context);
    if (!spec || !perReplicaOf) continue;
    specs.set(JSON.stringify([spec.metricName, spec.labels, spec.object]), { ...spec, ...perReplicaOf });
  }
  for (const [metricName, config] of configs) {
    if (problems.isFull("warning")) break;
    if (inKeys.has(metricName) && hasOnlySettings(config)) continue;
    yield;
    for (const problem of unusedKeys({ metricName, type: "object" }, config, claimed, served)) report(problem);
  }
  return [...specs.values()];
}

/**
 * Reads `per-replica`. Undefined if it is neither `true` nor absent. kube-metrics-adapter divides whatever the value is,
 * also for `false`.
 * Source: kube-metrics-adapter, pkg/annotations/parser.go
 */
function perReplica(
  { name, isPerPod }: ObjectMetric,
  config: Config,
  { target, report }: Pick<ReadContext, "target" | "report">,
): { perReplicaOf?: ScaleTarget } | undefined {
  const entry = config.get("per-replica");
  if (!entry) return {};
  const { key, value } = entry;
  if (value.trim() !== "true") {
    report(problem("ASM_PER_REPLICA_INVALID", `${JSON.stringify(value)} in "${key}" is not "true"`, { key }));
    return undefined;
  }
  if (isPerPod) report(dividedTwice(name, key));
  if (target) return { perReplicaOf: target };
  const message = `"${key}" divides by the replicas of the scale target, but the HPA has no scaleTargetRef`;
  report(problem("ASM_PER_REPLICA_INVALID", message, { key, remedy: "Set spec.scaleTargetRef of the HPA" }));
  return undefined;
}

function dividedTwice(name: string, key: string): Problem {
  return problem(
    "ASM_PER_REPLICA_TWICE",
    `the target of the metric "${name}" is an averageValue, so the HPA controller divides by the number of pods what "${key}" has divided already`,
    { key },
  );
}
