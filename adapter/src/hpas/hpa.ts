import { createHash } from "node:crypto";
import type { ExternalMetric } from "hpa-metrics";
import { record } from "../kubernetes/listWatch.ts";

/** The parts of one HorizontalPodAutoscaler that the adapter uses. The rest of the object is dropped. */
export interface Hpa {
  /** `namespace/name`. */
  id: string;
  namespace: string;
  /** `metadata.uid`. kubectl uses it to find the HPA's events. Empty if the API server sent none. */
  uid: string;
  /** Only the `metric-config.` annotations. */
  annotations: Record<string, string>;
  externalMetrics: ExternalMetric[];
  /**
   * Metric types that are configured by annotations but that only the custom metrics API serves: `Pods` and `Object`.
   */
  otherMetrics: string[];
  /**
   * Hash of the UID, annotations and metrics. It is equal if two states of one HPA request the same metrics. It does
   * not cover the HPA's status, because the status changes at every sync.
   */
  fingerprint: string;
}

const PREFIX = "metric-config.";
/**
 * Metrics of one HPA that are parsed. More than `--max-metrics-per-hpa` allows, so that an HPA over that limit is
 * detected.
 */
const MOST_METRICS = 1_001;
/**
 * Terms of a selector, and characters of a name or value, that are parsed. More than the adapter serves, so that an HPA
 * over those limits is detected.
 */
const MOST_TERMS = 101;
const MOST_TEXT = 4_200;

/** Parses an `autoscaling/v2` HorizontalPodAutoscaler. Returns `undefined` if it has no namespace or no name. */
export function parseHpa(object: unknown): Hpa | undefined {
  const { metadata, spec } = record(object);
  const { namespace, name, uid, annotations: all } = record(metadata);
  if (typeof namespace !== "string" || typeof name !== "string") return undefined;
  const annotations = Object.fromEntries(
    Object.entries(record(all)).filter(
      (entry): entry is [string, string] => entry[0].startsWith(PREFIX) && typeof entry[1] === "string",
    ),
  );
  const metrics = record(spec)["metrics"];
  const listed = Array.isArray(metrics) ? metrics.slice(0, MOST_METRICS).map(record) : [];
  const externalMetrics = listed.flatMap((metric) => (metric["type"] === "External" ? parseExternal(metric) : []));
  const otherMetrics = [...new Set(listed.flatMap(({ type }) => (type === "Pods" || type === "Object" ? [type] : [])))];
  const known = typeof uid === "string" ? uid : "";
  const asked = JSON.stringify([known, annotations, externalMetrics, otherMetrics]);
  return {
    id: `${namespace}/${name}`,
    namespace,
    uid: known,
    annotations,
    externalMetrics,
    otherMetrics,
    fingerprint: createHash("sha1").update(asked).digest("base64"),
  };
}

function parseExternal(metric: Record<string, unknown>): ExternalMetric[] {
  const { name, selector } = record(record(metric["external"])["metric"]);
  if (typeof name !== "string") return [];
  const { matchLabels, matchExpressions } = record(selector);
  return [
    {
      name: text(name),
      ...(matchLabels ? { matchLabels: strings(matchLabels) } : {}),
      ...(Array.isArray(matchExpressions)
        ? { matchExpressions: matchExpressions.slice(0, MOST_TERMS).map(parseExpression) }
        : {}),
    },
  ];
}

function parseExpression(expression: unknown): { key: string; operator: string; values: string[] } {
  const { key, operator, values } = record(expression);
  return {
    key: text(key),
    operator: text(operator),
    values: Array.isArray(values) ? values.slice(0, MOST_TERMS).map(text) : [],
  };
}

function strings(value: unknown): Record<string, string> {
  const all = record(value);
  const kept: Record<string, string> = {};
  let count = 0;
  for (const key in all) {
    if (++count > MOST_TERMS) break;
    kept[key] = text(all[key]);
  }
  return kept;
}

/** Converts a value to text and truncates it to MOST_TEXT characters. The adapter does not serve longer text. */
function text(value: unknown): string {
  return String(value).slice(0, MOST_TEXT);
}
