import type { MetricSpec, RuleMetric } from "@asm-autoscaler/hpa-metrics";
import { sameQuestion } from "../../hpas/metricIndex.ts";
import { differentPolicies, keyOfMetric, samePolicies } from "../../hpas/ruleMetricIndex.ts";
import type { CheckedHpa } from "./hpaReport.ts";
import { renamedQuery } from "./repair.ts";
import type { Reference } from "./report.ts";

/**
 * Finds HPAs that define the same metric with different queries, and metrics whose selector also matches another
 * metric. The HPA controller adds up the values of all matching metrics. The query of the second HPA is renamed. Also
 * finds HPAs with different policies for a metric of a rule. Adds the results to the HPAs' findings.
 */
export function checkClashes(hpas: readonly CheckedHpa[], reference: Reference): void {
  const claims = hpas.flatMap((checked) => checked.specs.flatMap((spec) => (spec.isObserved ? [] : { checked, spec })));
  checkPolicies(hpas);
  const byName = Map.groupBy(
    claims,
    ({ checked, spec }) => `${scope(checked, reference)}/${spec.metricName.toLowerCase()}`,
  );
  for (const group of byName.values()) {
    for (const [index, claim] of group.entries()) {
      const first = group.slice(0, index).find((other) => contradicts(other, claim));
      if (first) clash(first, claim);
      const wider = group.find((other) => other.checked !== claim.checked && isWider(claim.spec, other.spec));
      if (wider && sameNamespace(wider.checked, claim.checked)) sumsUp(claim, wider);
    }
  }
}

/** Finds HPAs of a namespace that set different policies for one metric of a rule. */
function checkPolicies(hpas: readonly CheckedHpa[]): void {
  const asked = hpas.flatMap((checked) => checked.ruleMetrics.map((metric) => ({ checked, metric })));
  for (const [first, ...others] of Map.groupBy(asked, keyInNamespace).values()) {
    const other = first && others.find(({ metric }) => !samePolicies(metric, first.metric));
    if (!first || !other) continue;
    const { code, message, remedy } = differentPolicies(first.metric, idOf(first.checked), idOf(other.checked));
    const reference = "has no policies";
    for (const { findings } of [first.checked, other.checked])
      findings.push({ id: code, differs: false, message, reference, here: `the safest one; ${remedy}` });
  }
}

function keyInNamespace({ checked, metric }: { readonly checked: CheckedHpa; readonly metric: RuleMetric }): string {
  return `${checked.manifest.namespace}/${keyOfMetric(metric)}`;
}

interface Claim {
  readonly checked: CheckedHpa;
  readonly spec: MetricSpec;
}

/** Scope of metric names. The adapter of 2020 has one metric store for all namespaces. */
function scope({ manifest }: CheckedHpa, reference: Reference): string {
  return reference === "guide-2020" ? "" : manifest.namespace;
}

function sameNamespace(a: CheckedHpa, b: CheckedHpa): boolean {
  return a.manifest.namespace === b.manifest.namespace;
}

function contradicts(a: Claim, b: Claim): boolean {
  const same = JSON.stringify(a.spec.labels) === JSON.stringify(b.spec.labels);
  return same && !sameQuestion(a.spec, b.spec);
}

/** Whether the selector of `a` also matches the labels of `b`, because `b` has all labels of `a` and more. */
function isWider(a: MetricSpec, b: MetricSpec): boolean {
  const labels = Object.entries(a.labels);
  return labels.length < Object.keys(b.labels).length && labels.every(([key, value]) => b.labels[key] === value);
}

function idOf({ manifest }: CheckedHpa): string {
  return `${manifest.namespace}/${manifest.name}`;
}

function clash(first: Claim, { checked, spec }: Claim): void {
  const { hpa, findings, manifest } = checked;
  const queryName = spec.labels["query-name"];
  const message = `HPA ${idOf(first.checked)} defines ${spec.metricName} ${JSON.stringify(spec.labels)} differently`;
  if (!sameNamespace(first.checked, checked)) {
    const reference = "serves the last one of all namespaces to both";
    findings.push({ id: "guide-2020", differs: true, key: spec.queryKey, message, reference, here: "each its own" });
    return;
  }
  const to = `${manifest.name}-${queryName}`.slice(0, 63).replace(/[^A-Za-z0-9]+$/, "");
  const done = queryName === undefined ? undefined : renamedQuery(queryName, to, hpa);
  findings.push({
    id: "ASM_KEY_CLAIMED_TWICE",
    differs: true,
    key: spec.queryKey,
    message,
    reference: "serves whichever it collected last to both",
    here: done ?? "neither is served; you decide: give each query of a namespace its own name",
  });
}

function sumsUp({ checked, spec }: Claim, wider: Claim): void {
  checked.findings.push({
    id: "ASM_SELECTOR_SUMS",
    differs: false,
    key: spec.queryKey,
    message: `the selector ${JSON.stringify(spec.labels)} also matches ${JSON.stringify(wider.spec.labels)} of HPA ${idOf(wider.checked)}`,
    reference: "serves both, and the HPA controller adds them up",
    here: "the same, and an event on the HPA: give the metric a label that only it has",
  });
}
