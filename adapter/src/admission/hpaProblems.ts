import { isDeepStrictEqual } from "node:util";
import type { MetricSpec, Problem, RuleMetric } from "@asm-autoscaler/hpa-metrics";
import type { Hpa } from "../hpas/hpa.ts";
import { claimedTwice, sameQuestion } from "../hpas/metricIndex.ts";
import type { MetricRegistry } from "../hpas/metricRegistry.ts";
import { type HpaRules, readHpaMetricsInSteps } from "../hpas/readHpaMetrics.ts";
import { differentPolicies, samePolicies } from "../hpas/ruleMetricIndex.ts";
import { labelSelectorOf } from "../kubernetes/labelSelector.ts";
import { judgeInSteps } from "./review.ts";

/**
 * Finds all problems of an HPA: in its annotations, with this adapter's configuration, and duplicate metrics. A metric
 * is a duplicate when another HPA of the namespace has a different query for the same name and labels. The adapter
 * would then serve neither metric, although one of them works now.
 */
export function* hpaProblemsInSteps(
  hpa: Hpa,
  metricRegistry: Registered,
  rules: HpaRules,
): Generator<undefined, Problem[]> {
  const { specs, problems, ruleMetrics = [] } = yield* readHpaMetricsInSteps(hpa, rules);
  for (const spec of specs) {
    yield;
    const problem = claimed(hpa, spec, metricRegistry);
    if (problem) problems.push(problem);
  }
  for (const metric of ruleMetrics) {
    yield;
    const problem = otherPolicies(hpa, metric, metricRegistry);
    if (problem) problems.push(problem);
  }
  return problems;
}

type Registered = Pick<MetricRegistry, "find" | "findObjects" | "askedOfRule">;

/** The warning for a metric of a rule that has other policies on other HPAs. */
function otherPolicies({ id, namespace }: Hpa, metric: RuleMetric, metricRegistry: Registered): Problem | undefined {
  const { type, object } = metric;
  const asked = { type, namespace, metric: metric.metric.name, series: labelSelectorOf(metric.metric) };
  const known = metricRegistry.askedOfRule({ ...asked, ...(object ? { object } : {}) });
  const other = known?.hpas.find((hpa) => hpa !== id);
  if (!known || other === undefined || samePolicies(known.policies, metric)) return undefined;
  return differentPolicies(metric, id, other);
}

function claimed(hpa: Hpa, spec: MetricSpec, metricRegistry: Registered): Problem | undefined {
  const entries = Object.entries(spec.labels);
  // The label that differs between most metrics of a namespace. Only metrics with the same value are compared.
  const telling = entries.find(([name]) => name === "query-name") ?? entries[0];
  const isSame = (labels: Readonly<Record<string, string>>) =>
    entries.every(([name, value]) => labels[name] === value) && Object.keys(labels).length === entries.length;
  const { namespace } = hpa;
  const { metricName, object } = spec;
  const all = object
    ? metricRegistry.findObjects(
        namespace,
        metricName,
        (one) => isSame(one.labels) && isDeepStrictEqual(one.object, object),
      )
    : metricRegistry.find(namespace, metricName, isSame, telling);
  for (const known of all) {
    const other = known.hpas.find((id) => id !== hpa.id);
    if (other === undefined || sameQuestion(known.spec, spec)) continue;
    return { ...claimedTwice(spec, other), key: spec.queryKey };
  }
  return undefined;
}

const NO_REGISTRY: Registered = { find: () => [], findObjects: () => [], askedOfRule: () => undefined };

/**
 * Rules for reviews from clients other than the API server: only the HPA's own text is checked. It does not say which
 * metrics the delegates serve, so nothing is said about a metric that is not for this adapter.
 */
function ownTextRules({ isServedElsewhere, servesObjects = false, servesRules = false }: HpaRules): HpaRules {
  const served = { servesObjects, servesRules };
  return { checkSpec: () => undefined, ...served, ...(isServedElsewhere ? { isServedElsewhere: () => true } : {}) };
}

/** The function that answers admission reviews in steps. `isKnown`: the review comes from the API server. */
export function reviewsOf(metricRegistry: Registered, rules: HpaRules) {
  const ownText = ownTextRules(rules);
  return (body: unknown, isKnown: boolean) =>
    judgeInSteps(body, (hpa) =>
      isKnown ? hpaProblemsInSteps(hpa, metricRegistry, rules) : hpaProblemsInSteps(hpa, NO_REGISTRY, ownText),
    );
}
