import type { Facts, MetricFacts } from "./facts.ts";
import type { Condition } from "./hpaState.ts";
import { missWords } from "./miss.ts";

/** Why an HPA does not scale, or scales differently from what its owner expects. */
export interface Reason {
  /** Stable identifier for programs, such as `no-series` or `at-maximum`. For a problem, its code. */
  readonly id: string;
  /** The reason in one sentence. */
  readonly why: string;
  /** The remedy in one sentence. */
  readonly remedy: string;
  /**
   * Whether the reason prevents the HPA from scaling as its metrics request. False means that the HPA works as
   * intended.
   */
  readonly wrong: boolean;
}

type Find = (facts: Facts) => Reason | undefined;

/**
 * The reasons, from most to least likely. Each is checked independently, and the first one that applies is reported. A
 * cause comes before its effects: without the API, no metric has a reading. The HPA controller's conditions are older
 * than the facts that were just collected.
 */
const REASONS: readonly (readonly [name: string, find: Find])[] = [
  ["the target's replicas are 0", scalingDisabled],
  ["the target cannot be scaled", noScale],
  ["nobody serves the API", apiAway],
  ["the annotations have a mistake", faultyAnnotations],
  ["there is no external metric of ours", noMetrics],
  ["a query has no reading", noReading],
  ["the adapter serves no reading", notServed],
  ["its pods are not its own", sharedPods],
  ["another metric fails", otherMetricFails],
  ["the HPA controller has not looked yet", notLookedAt],
  ["pods are scraped more than once", scrapedTwice],
  ["the HPA is at a limit", atLimit],
  ["an earlier recommendation holds", stabilized],
  ["a policy limits the rate", rateLimited],
  ["the last reading is held", held],
  ["the readings are not known", unknownReadings],
  ["the readings are near their targets", withinTolerance],
  ["another metric asks for more", otherMetricDecides],
  ["it has what it asks for", settled],
  ["it is about to scale", scales],
];

/**
 * Returns the reasons that apply, in the order of the table. The first is the most likely. The last one always applies.
 */
export function reasonsOf(facts: Facts): Reason[] {
  return REASONS.flatMap(([, find]) => find(facts) ?? []);
}

const wrong = (id: string, why: string, remedy: string): Reason => ({ id, why, remedy, wrong: true });
const right = (id: string, why: string, remedy: string): Reason => ({ id, why, remedy, wrong: false });

/**
 * Returns a condition by its type.
 * Source of the reasons: kubernetes' pkg/controller/podautoscaler/horizontal.go.
 */
function conditionOf({ hpa }: Facts, type: string): Condition | undefined {
  return hpa.conditions.find((condition) => condition.type === type);
}

function scalingDisabled(facts: Facts): Reason | undefined {
  if (conditionOf(facts, "ScalingActive")?.reason !== "ScalingDisabled") return undefined;
  return wrong(
    "scaling-disabled",
    `${facts.hpa.target} was set to 0 replicas, which switches autoscaling off`,
    `Scale it to ${Math.max(1, facts.hpa.min)}; to let it sleep and wake by traffic set minReplicas: 0`,
  );
}

function noScale(facts: Facts): Reason | undefined {
  const able = conditionOf(facts, "AbleToScale");
  if (able?.status !== "False" || able.reason === "BackoffBoth") return undefined;
  const isRefused = able.reason === "FailedUpdateScale";
  return wrong(
    isRefused ? "scale-refused" : "no-scale",
    `the HPA controller cannot scale ${facts.hpa.target}: ${able.reason}: ${able.message}`,
    isRefused
      ? "Look at what refuses the change: a webhook, a quota, or the rights of the HPA controller"
      : "Correct scaleTargetRef, or create what it names",
  );
}

function apiAway({ api }: Facts): Reason | undefined {
  if (api.kind === "absent")
    return wrong(
      "api-absent",
      "nobody has registered the external metrics API, v1beta1.external.metrics.k8s.io",
      "Deploy the adapter with registerApiService: true",
    );
  if (api.kind !== "unavailable") return undefined;
  return wrong(
    "api-unavailable",
    `the external metrics API is not available: ${api.why}`,
    `Check the pods of the Service ${api.service}, and the network between the API server and them`,
  );
}

function faultyAnnotations({ problems }: Facts): Reason | undefined {
  const problem = problems.find(({ severity }) => severity === "error");
  return problem && wrong(problem.code, problem.message.split("\n")[0] ?? "", problem.remedy);
}

function noMetrics({ problems, metrics, hpa }: Facts): Reason | undefined {
  if (metrics.length > 0) return undefined;
  const [problem] = problems;
  if (problem) return wrong(problem.code, problem.message.split("\n")[0] ?? "", problem.remedy);
  const own = hpa.otherMetrics.length > 0 ? `only ${hpa.otherMetrics.join(", ")}` : "no metric";
  return wrong(
    "no-external-metric",
    `the HPA has ${own} and none of the adapter's`,
    "Add an External metric and its query",
  );
}

/** Finds the first metric without a reading for which neither a policy's value nor a stale reading is served. */
function noReading({ metrics }: Facts): Reason | undefined {
  for (const metric of metrics) {
    const { reading, served, miss } = metric;
    if (reading.kind !== "problem" || served.kind === "number") continue;
    const { code, message, remedy } = reading.problem;
    const words = miss ? missWords(miss) : undefined;
    if (words) return wrong(words.id, `${about(metric)}: ${words.why}`, words.remedy);
    return wrong(code, `${about(metric)}: ${message}`, remedy);
  }
  return undefined;
}

function notServed({ metrics }: Facts): Reason | undefined {
  for (const metric of metrics) {
    // If the query has no reading either, `noReading` reports that.
    if (metric.served.kind !== "problem" || metric.reading.kind === "problem") continue;
    const { code, message, remedy } = metric.served.problem;
    return wrong(code || "not-served", `${about(metric)}: ${message}`, remedy);
  }
  return undefined;
}

function sharedPods(facts: Facts): Reason | undefined {
  const active = conditionOf(facts, "ScalingActive");
  if (active?.status !== "False" || !["AmbiguousSelector", "InvalidSelector"].includes(active.reason)) return undefined;
  const isShared = active.reason === "AmbiguousSelector";
  return wrong(
    isShared ? "shared-pods" : "no-selector",
    isShared
      ? `another HPA selects the same pods, and the HPA controller then scales by neither: ${active.message}`
      : `the HPA controller cannot tell which pods belong to ${facts.hpa.target}: ${active.message}`,
    isShared ? "Keep one HPA for these pods and delete the other" : "Give the scale target a unique selector",
  );
}

/**
 * Finds a failing metric of another type. All external metrics have readings now. Therefore a failure in the HPA
 * controller's condition is another metric's, or is over.
 */
function otherMetricFails(facts: Facts): Reason | undefined {
  const active = conditionOf(facts, "ScalingActive");
  if (active?.status !== "False") return undefined;
  if (active.reason === "FailedGetExternalMetric" || facts.hpa.otherMetrics.length === 0)
    return wrong(
      "was-failing",
      `at its last sync the HPA controller got no reading, although there is one now: ${active.message}`,
      "Check again after its next sync, in 15 s",
    );
  return wrong(
    "other-metric",
    `another metric of this HPA (${facts.hpa.otherMetrics.join(", ")}) has no value: ${active.message}`,
    "Repair or remove that metric: while one fails, the HPA scales up by the others but never down",
  );
}

function notLookedAt({ hpa }: Facts): Reason | undefined {
  if (hpa.conditions.length > 0) return undefined;
  return wrong(
    "not-looked-at",
    "the HPA controller has not synced this HPA yet",
    "Wait for its next sync, 15 s; if this lasts, check that kube-controller-manager runs",
  );
}

function scrapedTwice({ metrics }: Facts): Reason | undefined {
  const metric = metrics.find(({ doubled }) => doubled);
  if (!metric?.doubled) return undefined;
  const { times, scrapes } = metric.doubled;
  return wrong(
    "scraped-twice",
    `${about(metric)}: each pod is scraped ${times} times (${scrapes.join(", ")}), so the reading is about ${times} times too high`,
    "Scrape each proxy by one job on one port, or add a matcher on job to the query",
  );
}

function atLimit(facts: Facts): Reason | undefined {
  const { min, max, current } = facts.hpa;
  const wanted = wantedOf(facts);
  const limited = conditionOf(facts, "ScalingLimited");
  if (current >= max && (limited?.reason === "TooManyReplicas" || (wanted ?? 0) > max))
    return wrong(
      "at-maximum",
      `it is at maxReplicas, ${max}${wanted === undefined ? "" : `, and its readings ask for ${wanted}`}`,
      "Raise maxReplicas, or the target of each pod",
    );
  if (current <= min && limited?.reason === "TooFewReplicas")
    return right(
      "at-minimum",
      `it is at minReplicas, ${min}${wanted === undefined ? "" : `, and its readings ask for ${wanted}`}`,
      "Nothing; lower minReplicas to let it shrink further",
    );
  return undefined;
}

function stabilized(facts: Facts): Reason | undefined {
  const able = conditionOf(facts, "AbleToScale");
  if (able?.reason !== "ScaleDownStabilized" && able?.reason !== "ScaleUpStabilized") return undefined;
  const isDown = able.reason === "ScaleDownStabilized";
  const { stabilizationSeconds = isDown ? 300 : 0 } = isDown ? facts.hpa.down : facts.hpa.up;
  return right(
    "stabilized",
    `it wants to go ${isDown ? "down" : "up"}, and the stabilization window of ${stabilizationSeconds} s holds the ${isDown ? "highest" : "lowest"} recommendation in it`,
    `Wait, or shorten behavior.${isDown ? "scaleDown" : "scaleUp"}.stabilizationWindowSeconds`,
  );
}

function rateLimited(facts: Facts): Reason | undefined {
  const reason = conditionOf(facts, "ScalingLimited")?.reason;
  if (reason !== "ScaleUpLimit" && reason !== "ScaleDownLimit") return undefined;
  const isDown = reason === "ScaleDownLimit";
  const field = `behavior.${isDown ? "scaleDown" : "scaleUp"}`;
  if ((isDown ? facts.hpa.down : facts.hpa.up).disabled)
    return wrong(
      "disabled",
      `it may not go ${isDown ? "down" : "up"}: ${field}.selectPolicy is Disabled`,
      "Remove selectPolicy",
    );
  return right(
    "rate-limited",
    `the policies of ${field} let it go ${isDown ? "down" : "up"} only step by step`,
    `Wait, or allow larger steps in ${field}.policies`,
  );
}

function held({ metrics }: Facts): Reason | undefined {
  for (const metric of metrics) {
    const { reading, served } = metric;
    if (reading.kind !== "problem" || served.kind !== "number") continue;
    return wrong(
      "held",
      `${about(metric)}: there is no new reading (${reading.problem.message}) and ${served.quantity} is served in its place`,
      reading.problem.remedy,
    );
  }
  return undefined;
}

function unknownReadings({ metrics }: Facts): Reason | undefined {
  const metric = metrics.find(({ reading, served }) => reading.kind === "unknown" && served.kind === "unknown");
  if (metric?.reading.kind !== "unknown") return undefined;
  return wrong(
    "unknown-reading",
    `${about(metric)}: ${metric.reading.why}, and the API's own value cannot be read either`,
    "Give --prometheus-server, or ask for the right to get external.metrics.k8s.io",
  );
}

function withinTolerance(facts: Facts): Reason | undefined {
  const judged = facts.metrics.flatMap(({ wanted }) => wanted ?? []);
  if (facts.hpa.otherMetrics.length > 0 || judged.length === 0) return undefined;
  if (!judged.every((wanted) => wanted.isTolerated) || judged.every(({ ratio }) => ratio === 1)) return undefined;
  const shares = judged.map(({ ratio }) => `${Math.round(ratio * 100)} %`);
  return right(
    "within-tolerance",
    `its reading is at ${shares.join(", ")} of the target, within the tolerance, so the HPA controller does not change the replicas`,
    "Nothing; a smaller behavior.scaleUp.tolerance makes it follow more closely",
  );
}

/**
 * Finds out whether another metric decides. Only the HPA controller knows the other metrics' values. The metric that
 * requests the most replicas decides.
 */
function otherMetricDecides(facts: Facts): Reason | undefined {
  const { current, otherMetrics } = facts.hpa;
  const wanted = wantedOf(facts);
  if (otherMetrics.length === 0 || wanted === undefined || wanted >= current) return undefined;
  return right(
    "other-metric-decides",
    `its external metrics ask for ${wanted}, and another one (${otherMetrics.join(", ")}) keeps it at ${current}: the one that asks for most decides`,
    "Nothing; kubectl describe hpa shows what each has, and without that metric traffic alone decides",
  );
}

function settled(facts: Facts): Reason | undefined {
  const { current, min, max } = facts.hpa;
  const wanted = wantedOf(facts);
  if (wanted === undefined || Math.min(max, Math.max(min, wanted)) !== current) return undefined;
  return right("settled", `it has the replicas that its readings ask for, ${current}`, "Nothing");
}

function scales(facts: Facts): Reason {
  const wanted = wantedOf(facts);
  return right(
    "scales",
    wanted === undefined
      ? "nothing that is known here keeps it from scaling"
      : `nothing keeps it from scaling: its readings ask for ${wanted}, and it has ${facts.hpa.current}`,
    "Check again after the HPA controller's next sync, in 15 s",
  );
}

/** Returns the replicas of the metric that requests the most, as the HPA controller does. */
function wantedOf({ metrics }: Facts): number | undefined {
  const all = metrics.flatMap(({ wanted }) => wanted?.replicas ?? []);
  return all.length === 0 ? undefined : Math.max(...all);
}

/** Returns the last part of the annotation key, which is the query's name. */
function about({ queryKey }: MetricFacts): string {
  return queryKey.slice(queryKey.indexOf("/") + 1);
}
