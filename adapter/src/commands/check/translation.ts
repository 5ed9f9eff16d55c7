import { createHash } from "node:crypto";
import { parseQuery, treeOf } from "@asm-autoscaler/hpa-metrics";
import { givesOneSample } from "./series.ts";

/** One `External` metric to write into an HPA for this adapter. */
export interface WrittenMetric {
  /** Identifier that is unique in the HPA and becomes part of the metric's name. */
  readonly id: string;
  readonly query: string;
  /** Further annotations by the last part of their keys, such as `on-no-data`. */
  readonly settings: Readonly<Record<string, string>>;
  readonly target: object;
}

/**
 * Writes an HPA for a workload. Each metric has its own name, with a `query` annotation and `type: prometheus`.
 * Therefore the metrics share no settings, and no other HPA of the namespace can define the same metric.
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

/**
 * Longest name of a query that can have a policy, in characters. A part of an annotation key has 63; the rest is for
 * `on-no-data.` before the name.
 */
export const LONGEST_NAME = 52;

/**
 * Returns an unused name and adds it to `taken`. An annotation key requires part of a DNS name: lower case, no
 * underscore. The name of a query that has a policy has at most 52 characters. A name that is too long ends in a hash of
 * the full text.
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

/** Returns a query with one sample: the query itself if it returns one sample, or else the sum of its samples. */
export function summed(text: string): string {
  return isOneSample(text) ? text.trim() : `sum(${inner(text)})`;
}

/** Whether the query is known to return at most one sample. */
export function isOneSample(text: string): boolean {
  const result = parseQuery(text);
  return result.ok && givesOneSample(result.query);
}

/** Functions whose result can be negative for samples that are not. */
const SIGNED =
  /^(?:delta|idelta|deriv|predict_linear|double_exponential_smoothing|holt_winters|ln|log2|log10|sin|cos|tan|sinh|tanh|asin|atan|asinh|atanh)$/;

/**
 * Whether the query subtracts, or uses a function with negative results. Whether a series itself has negative samples is
 * not known.
 */
export function mayBeNegative(text: string): boolean {
  const result = parseQuery(text);
  if (!result.ok) return false;
  let found = false;
  treeOf(result.query).topNode.visit(({ name, from, to }) => {
    const isSigned = name === "FunctionIdentifier" && SIGNED.test(result.query.text.slice(from, to));
    if (isSigned || name === "Sub") found = true;
    return !found;
  });
  return found;
}

/** Prepares a query for parentheses. A comment in its last line must not include the closing parenthesis. */
export function inner(text: string): string {
  const query = text.trim();
  return query.includes("#") ? `\n${query}\n` : query;
}

/** Returns why the PromQL query is invalid, or undefined when it is valid. */
export function queryMistake(text: string): string | undefined {
  const result = parseQuery(text);
  if (result.ok) return undefined;
  return `line ${result.problem.line}, column ${result.problem.column}: ${result.problem.message}`;
}
