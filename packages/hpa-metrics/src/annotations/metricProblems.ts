import { nearest } from "../nearest";
import { type Problem, problem } from "../problem";
import type { ExternalMetric } from "./spec";

/**
 * Types that Prometheus serves, as registered in kube-metrics-adapter. The type is the label `type`, or else the metric
 * name.
 */
const ours = ["prometheus", "prometheus-query"];

/** Whether the adapter serves metrics of this type. The type is the label `type`, or else the metric name. */
export function isServedType(type: string): boolean {
  return ours.includes(type);
}

/** Maximum length of a metric name, and of a selector as JSON, in characters. Kubernetes itself checks neither. */
const MOST_NAME = 253;
const MOST_SELECTOR = 4_096;
/** Maximum number of labels and expressions in one selector. */
const MOST_TERMS = 100;

/** The HPA has more metrics than it may have. */
export function tooManyMetrics(most: number): Problem {
  return problem(
    "ASM_HPA_METRICS",
    `the HPA has more than ${most} external and object metrics, and none of them is served`,
  );
}

/** A metric whose name or selector is over a limit. Undefined if it is not. */
export function tooLarge({ name, matchLabels, matchExpressions }: ExternalMetric): Problem | undefined {
  const terms = Object.keys(matchLabels ?? {}).length + (matchExpressions?.length ?? 0);
  const selector = JSON.stringify([matchLabels, matchExpressions]).length;
  if (name.length <= MOST_NAME && selector <= MOST_SELECTOR && terms <= MOST_TERMS) return undefined;
  const what = name.length > MOST_NAME ? `a name of ${name.length} characters` : "a selector that is too large";
  return problem("ASM_METRIC_SIZE", `the metric "${name.slice(0, MOST_NAME)}" has ${what}`, {
    remedy: `Use a name of at most ${MOST_NAME} characters and a selector of at most ${MOST_TERMS} terms and ${MOST_SELECTOR} characters`,
  });
}

/** A metric of a type that this adapter does not serve. */
export function notServed(metricName: string, type: string | undefined): Problem {
  const near = nearest(type || metricName, ours);
  return problem(
    "ASM_METRIC_NOT_SERVED",
    `no source here serves the external metric "${metricName}"${type ? ` of type "${type}"` : ""}${near === undefined ? "" : `, did you mean "${near}"?`}`,
  );
}

/** A metric of the custom metrics API from a source that this adapter does not have. */
export function otherCollector(key: string, type: "object" | "pods", collector: string): Problem {
  const message = `the annotation "${key}" is not used: no source here is the collector "${collector}" for ${type} metrics`;
  return problem("ASM_COLLECTOR_NOT_SERVED", message, { key });
}

/** An annotation that looks like one of the adapter but cannot be read. */
export function notRead(key: string, reason: string): Problem {
  return problem("ASM_KEY_NOT_READ", `the annotation "${key}" is not read: ${reason}`, { key });
}

/** A selector that does not match its own metric. */
export function neverMatches(metricName: string, expression: string): Problem {
  return problem(
    "ASM_SELECTOR_NEVER_MATCHES",
    `the selector of the metric "${metricName}" requires ${expression}, which the labels that it is served with do not match`,
  );
}

/** A metric without a selector. */
export function withoutSelector(metricName: string): Problem {
  return problem(
    "ASM_SELECTOR_MISSING",
    `the metric "${metricName}" has no selector, so it would be the sum of all metrics of that name in its namespace`,
  );
}
