import { hash } from "node:crypto";
import { type ExternalMetric, isServedType } from "@asm-autoscaler/hpa-metrics";
import { formatSelector, labelSelectorOf, requiredValue, type Selector } from "../kubernetes/labelSelector.ts";

/** What routing needs to know of a delegate. */
export interface Routed {
  readonly name: string;
  readonly selectorKey?: string;
  readonly metrics: readonly string[];
}

/** A read of one metric, as the API got it. */
export interface MetricRead {
  readonly namespace: string;
  /** The metric name in lower case: client-go sends names in lower case, and names are not case-sensitive. */
  readonly metric: string;
  readonly selector: Selector;
}

/**
 * Identifies a read by its namespace, its metric and its selector, in 28 characters. It is a hash, because a selector can
 * be long, and what it contains must not be stored.
 */
export function keyOfRead({ namespace, metric, selector }: MetricRead): string {
  return hash("sha1", `${namespace}/${metric}?${formatSelector(selector)}`, "base64");
}

/**
 * Whether a read is for this adapter by its form alone, whether or not an HPA asks for the metric. A metric of ours that
 * is refused, for example because its namespace is over its quota, is therefore never served by a neighbour instead.
 */
export function isOurForm({ metric, selector }: MetricRead): boolean {
  return isServedType(requiredValue(selector, "type") || metric);
}

/** Returns the read of a metric as the HPA controller sends it, or undefined if the metric is for this adapter. */
export function neighbourReadOf(namespace: string, metric: ExternalMetric): MetricRead | undefined {
  const read = { namespace, metric: metric.name.toLowerCase(), selector: labelSelectorOf(metric) };
  return isOurForm(read) ? undefined : read;
}

/**
 * Returns the delegates that claim a read, in the order of the flags. A label that is unique to one adapter decides
 * alone. Otherwise a delegate claims the names that it lists and those that match its patterns.
 * @param lists Whether the delegate's discovery list has the name.
 */
export function claimants<D extends Routed>(
  read: MetricRead,
  delegates: readonly D[],
  lists: (delegate: D, metric: string) => boolean,
): readonly D[] {
  const bySelector = delegates.filter(
    ({ selectorKey }) => selectorKey !== undefined && requiredValue(read.selector, selectorKey) !== undefined,
  );
  if (bySelector.length > 0) return bySelector;
  return delegates.filter((delegate) => {
    if (delegate.metrics.some((pattern) => matchesPattern(read.metric, pattern))) return true;
    return delegate.selectorKey === undefined && lists(delegate, read.metric);
  });
}

/** Whether a name matches a pattern in which `*` stands for any characters. Takes time in proportion to both lengths. */
export function matchesPattern(name: string, pattern: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return name === pattern;
  const last = rest.pop() ?? "";
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
