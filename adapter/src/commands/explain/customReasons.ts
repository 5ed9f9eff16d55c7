import { namedPods } from "./customMetrics.ts";
import type { CustomFacts, Facts, RulesFacts } from "./facts.ts";
import { type Reason, wrong } from "./reason.ts";

/** Nobody serves the custom metrics API, which the HPA controller reads for `Pods` and `Object` metrics. */
export function customApiAway({ customApi }: Facts): Reason | undefined {
  if (!customApi) return undefined;
  const { apiService, state } = customApi;
  if (state.kind === "absent")
    return wrong(
      "custom-api-absent",
      `nobody has registered the custom metrics API, ${apiService}, which the HPA controller reads for this HPA`,
      "Give the adapter the rules of prometheus-adapter (prometheusAdapterRules), which registers the API",
    );
  if (state.kind !== "unavailable") return undefined;
  return wrong(
    "custom-api-unavailable",
    `the custom metrics API is not available: ${state.why}`,
    `Check the pods of the Service ${state.service}, and the network between the API server and them`,
  );
}

/** The HPA controller may not read a metric. */
export function customForbidden({ custom }: Facts): Reason | undefined {
  for (const { name, permission } of custom) {
    if (permission?.kind !== "denied") continue;
    const why = permission.why === "" ? "" : `: ${permission.why}`;
    return wrong(
      "custom-forbidden",
      `the HPA controller (${permission.user}) may not read ${name} of the custom metrics API${why}`,
      "Give it the verb get on the resource * of custom.metrics.k8s.io by a ClusterRole",
    );
  }
  return undefined;
}

/** The first `Pods` or `Object` metric without a value, or one that cannot be read from here and is failing. */
export function customFails({ custom, hpa, rules }: Facts): Reason | undefined {
  const failing = hpa.conditions.find(
    ({ type, status, reason }) =>
      type === "ScalingActive" && status === "False" && /^FailedGet(?:Pods|Object)Metric$/.test(reason),
  );
  for (const metric of custom) {
    const { name, words, served } = metric;
    if (served.kind === "number" || (served.kind === "unknown" && !failing)) continue;
    if (served.kind === "unknown")
      return wrong(
        "custom-unknown",
        `the ${words} ${name} has no value for the HPA controller, and cannot be read from here: ${served.why}: ${failing?.message}`,
        "Ask for the right to get custom.metrics.k8s.io and the scale of its target",
      );
    const { code, message, remedy } = served.problem;
    const answer = `${code === "" ? "" : `${code}: `}${message}`.split("\n")[0] ?? "";
    return wrong(
      code || "custom-fails",
      `the ${words} ${name} has no value: ${answer}${brokenWords(metric, rules)}`,
      remedy,
    );
  }
  return undefined;
}

/** Names the broken rules if no rule serves the metric: one of them may be its rule. */
function brokenWords({ rule }: CustomFacts, rules: RulesFacts | undefined): string {
  const [first, ...others] = rules?.broken ?? [];
  if (rule || !first) return "";
  return `; ${first.place} is broken${others.length > 0 ? `, and so are ${others.length} more rules` : ""}: ${first.message}`;
}

/** Pods have no sample. The HPA controller then assumes the target for a scale-down and 0 for a scale-up. */
export function podsWithoutSample({ custom }: Facts): Reason | undefined {
  for (const { name, without } of custom) {
    if (without.length === 0) continue;
    return wrong(
      "pods-without-sample",
      `${name} has no value of ${namedPods(without)}, so the HPA controller scales down less, or not at all`,
      "Check that Prometheus scrapes these pods, and that their series have the labels of the rule",
    );
  }
  return undefined;
}
