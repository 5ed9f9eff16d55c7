import { parseQuery } from "hpa-metrics";
import { givesOneSample } from "./series.ts";

/** One `External` metric that is to be written for this adapter. */
export interface WrittenMetric {
  /** Unique in the HPA; it becomes part of the metric's name. */
  readonly id: string;
  readonly query: string;
  /** Annotations beside the query, by the last part of their keys, such as `on-no-data`. */
  readonly settings: Readonly<Record<string, string>>;
  readonly target: object;
}

/**
 * An HPA for a workload. Each metric has a name of its own in the form of `query` and `type: prometheus`, so that no setting
 * is shared and no other HPA of the namespace can have the same.
 */
export function writeHpa(
  metadata: { name: string; namespace: string; labels?: object },
  spec: Record<string, unknown>,
  written: readonly WrittenMetric[],
  otherMetrics: readonly object[],
): object {
  const annotations: Record<string, string> = {};
  const external = written.map(({ id, query, settings, target }) => {
    const name = labelName(`${metadata.name}-${id}`);
    for (const [key, value] of Object.entries({ query, ...settings })) {
      annotations[`metric-config.external.${name}.prometheus/${key}`] = value;
    }
    return {
      type: "External",
      external: { metric: { name, selector: { matchLabels: { type: "prometheus" } } }, target },
    };
  });
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { ...metadata, annotations },
    spec: { ...spec, metrics: [...external, ...otherMetrics] },
  };
}

/** What stands in an annotation's key must be part of a DNS name: lower case, no underscore, at most 63 characters. */
export function labelName(text: string): string {
  const name = text.toLowerCase().replace(/[^a-z0-9-]+/g, "-");
  return name.slice(0, 63).replace(/^-+|-+$/g, "");
}

/** The query as one sample: as it is where it is one already, else the sum of its samples. */
export function summed(text: string): string {
  const result = parseQuery(text);
  if (result.ok && givesOneSample(result.query)) return text.trim();
  return `sum(${inner(text)})`;
}

/** A query between parentheses: a comment in its last line must not take the closing one with it. */
export function inner(text: string): string {
  const trimmed = text.trim();
  return trimmed.includes("#") ? `\n${trimmed}\n` : trimmed;
}

/** Why PromQL cannot be used, in words, or undefined. */
export function queryMistake(text: string): string | undefined {
  const result = parseQuery(text);
  if (result.ok) return undefined;
  return `line ${result.fault.line}, column ${result.fault.column}: ${result.fault.message}`;
}
