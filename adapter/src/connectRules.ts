import { setImmediate } from "node:timers/promises";
import { readRulesInSteps } from "@asm-autoscaler/hpa-metrics";
import type { ApiDependencies } from "./api/dependencies.ts";
import type { Clock } from "./clock.ts";
import type { Delegates } from "./delegates/delegates.ts";
import type { Flags } from "./flags/flags.ts";
import type { Hpa } from "./hpas/hpa.ts";
import type { MetricRegistry } from "./hpas/metricRegistry.ts";
import type { Kubernetes } from "./kubernetes/client.ts";
import { equalityOf, matchesSelector } from "./kubernetes/labelSelector.ts";
import type { Log } from "./kubernetes/log.ts";
import type { Prometheus } from "./prometheus/prometheus.ts";
import type { RuleHpas } from "./rules/askers.ts";
import { createRules, type Rules } from "./rules/rules.ts";

/** Creates the rules that the flags name. Undefined without the flag. */
export function connectRules(
  flags: Flags,
  parts: { kubernetes: Kubernetes; clock: Clock; log: Log; prometheus: Prometheus; hpas: RuleHpas },
): Rules | undefined {
  const { prometheusAdapterConfig: path, areRulesForBoth: isAlibaba } = flags;
  if (path === undefined) return undefined;
  return createRules({
    ...parts,
    path,
    read: (text) => inTurns(readRulesInSteps(text, { isAlibaba })),
    ...{ relistMs: flags.metricsRelistMs, maxAgeMs: flags.metricsMaxAgeMs },
    ...{ ttlMs: flags.metricsTtlMs, defaultIntervalMs: flags.defaultIntervalMs },
  });
}

/** Runs the steps, and lets the event loop serve other work between them. */
async function inTurns<T>(steps: Generator<undefined, T>): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await setImmediate();
  }
}

/** What the API serves of rules. A metric in an annotation of the namespace comes before a rule that gives it. */
export function rulesInApi(
  rules: Rules | undefined,
  metricRegistry: Pick<MetricRegistry, "find">,
): Pick<ApiDependencies, "custom" | "externalRules"> {
  if (!rules) return {};
  return {
    custom: rules.custom,
    externalRules: {
      metricNames: rules.external.metricNames,
      read(read) {
        if (!rules.external.has(read.metric)) return undefined;
        const matches = (labels: Readonly<Record<string, string>>) => matchesSelector(read.selector, labels);
        const equal = equalityOf(read.selector);
        const isOurs = metricRegistry.find(read.namespace, read.metric, matches, equal).length > 0;
        return isOurs ? undefined : rules.external.read(read);
      },
    },
  };
}

/** Whether a delegate or a rule may serve a metric of an HPA that has no annotations for this adapter. */
export function mayServeOne(
  { externalMetrics, otherMetrics }: Pick<Hpa, "externalMetrics" | "otherMetrics">,
  rules: Pick<Rules, "mayServe"> | undefined,
  hasDelegates: boolean,
): boolean {
  if (hasDelegates && externalMetrics.length > 0) return true;
  return (
    rules !== undefined &&
    (otherMetrics.length > 0 || externalMetrics.some(({ name }) => rules.mayServe(name.toLowerCase())))
  );
}

/** Who serves an external metric that is not in an annotation: a rule, or else a delegate. */
export function besideRules(rules: Pick<Rules, "mayServe"> | undefined, seen: Delegates["seen"]): Delegates["seen"] {
  return (namespace, metric) => (rules?.mayServe(metric.name.toLowerCase()) ? {} : seen(namespace, metric));
}
