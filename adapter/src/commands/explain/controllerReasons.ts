import { type HpaCondition, isFailure } from "@asm-autoscaler/hpa-metrics";
import type { Facts } from "./facts.ts";
import { type Reason, wrong } from "./reason.ts";

/**
 * Reasons that the HPA controller reports in the HPA's conditions.
 * Source: kubernetes' pkg/controller/podautoscaler/horizontal.go.
 */
function conditionOf({ hpa }: Facts, type: string): HpaCondition | undefined {
  return hpa.conditions.find((condition) => condition.type === type);
}

/** The types and names of the metrics that are not external, such as `Resource cpu`. */
function otherMetrics({ hpa }: Facts): string {
  const others = hpa.metrics.filter(({ type }) => type !== "External");
  return others.map(({ type, name }) => `${type} ${name}`.trim()).join(", ");
}

/** The HPA controller cannot read or change the scale of the target. */
export function noScale(facts: Facts): Reason | undefined {
  const able = conditionOf(facts, "AbleToScale");
  if (!able || !isFailure(able) || able.reason === "BackoffBoth") return undefined;
  const isRefused = able.reason === "FailedUpdateScale";
  return wrong(
    isRefused ? "scale-refused" : "no-scale",
    `the HPA controller cannot scale ${facts.hpa.target.replace("/", " ")}: ${able.reason}: ${able.message}`,
    isRefused
      ? "Look at what refuses the change: a webhook, a quota, or the rights of the HPA controller"
      : "Correct scaleTargetRef, or create what it names",
  );
}

/** The HPA controller cannot tell which pods belong to the target. */
export function sharedPods(facts: Facts): Reason | undefined {
  const active = conditionOf(facts, "ScalingActive");
  if (!active || !isFailure(active) || !["AmbiguousSelector", "InvalidSelector"].includes(active.reason))
    return undefined;
  const isShared = active.reason === "AmbiguousSelector";
  return wrong(
    isShared ? "shared-pods" : "no-selector",
    isShared
      ? `another HPA selects the same pods, and the HPA controller then scales by neither: ${active.message}`
      : `the HPA controller cannot tell which pods belong to ${facts.hpa.target.replace("/", " ")}: ${active.message}`,
    isShared ? "Keep one HPA for these pods and delete the other" : "Give the scale target a unique selector",
  );
}

/**
 * A metric of another type has no value. All external metrics have readings now. Therefore a failure in the HPA
 * controller's condition is another metric's, or is over.
 */
export function otherMetricFails(facts: Facts): Reason | undefined {
  const active = conditionOf(facts, "ScalingActive");
  if (!active || !isFailure(active) || active.reason === "ScalingDisabled") return undefined;
  const others = otherMetrics(facts);
  const isNeighbours = facts.neighbours.some(({ served }) => served.kind !== "number");
  // `neighbourFails` reports that.
  if (isNeighbours && active.reason === "FailedGetExternalMetric") return undefined;
  // `customFails` reports that.
  const isCustom = facts.custom.some(({ served }) => served.kind !== "number");
  if (isCustom && /^FailedGet(?:Pods|Object)Metric$/.test(active.reason)) return undefined;
  if (active.reason === "FailedGetExternalMetric" || others === "")
    return wrong(
      "was-failing",
      `at its last sync the HPA controller got no reading, although there is one now: ${active.message}`,
      "Check again after its next sync, in 15 s",
    );
  return wrong(
    "other-metric",
    `another metric of this HPA (${others}) has no value: ${active.message}`,
    "Repair or remove that metric: while one fails, the HPA scales up by the others but never down",
  );
}
