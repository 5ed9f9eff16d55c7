import { createHash } from "node:crypto";
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
  const taken = new Set<string>();
  const external = written.map(({ id, query, settings, target }) => {
    const name = freeName(`${metadata.name}-${id}`, taken);
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

const LONGEST_NAME = 63;

/**
 * A name that is not taken, and takes it. What stands in an annotation's key must be part of a DNS name: lower case, no
 * underscore, at most 63 characters; one that is too long ends in a hash of the whole.
 */
export function freeName(text: string, taken: Set<string>): string {
  const name = trimmed(text.toLowerCase().replace(/[^a-z0-9-]+/g, "-"));
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 6);
  const whole = name.length > LONGEST_NAME ? `${trimmed(name.slice(0, LONGEST_NAME - 7))}-${hash}` : name;
  let free = whole;
  for (let count = 2; taken.has(free); count++) free = `${trimmed(whole.slice(0, LONGEST_NAME - 4))}-${count}`;
  taken.add(free);
  return free;
}

function trimmed(name: string): string {
  return name.replace(/^-+|(?<!-)-+$/g, "");
}

/** The query as one sample: as it is where it is one already, else the sum of its samples. */
export function summed(text: string): string {
  return isOneSample(text) ? text.trim() : `sum(${inner(text)})`;
}

/** Whether the query surely gives one sample at most. */
export function isOneSample(text: string): boolean {
  const result = parseQuery(text);
  return result.ok && givesOneSample(result.query);
}

/** A query between parentheses: a comment in its last line must not take the closing one with it. */
export function inner(text: string): string {
  const query = text.trim();
  return query.includes("#") ? `\n${query}\n` : query;
}

/** Why PromQL cannot be used, in words, or undefined. */
export function queryMistake(text: string): string | undefined {
  const result = parseQuery(text);
  if (result.ok) return undefined;
  return `line ${result.fault.line}, column ${result.fault.column}: ${result.fault.message}`;
}
