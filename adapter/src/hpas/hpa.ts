import { createHash } from "node:crypto";
import type { ExternalMetric } from "hpa-metrics";
import { record } from "../kubernetes/listWatch.ts";

/** What the adapter needs of one HorizontalPodAutoscaler; nothing else of the object is kept. */
export interface Hpa {
  /** `namespace/name`. */
  id: string;
  namespace: string;
  /** Its `metadata.uid`, by which kubectl finds its events; empty where the API server gave none. */
  uid: string;
  /** Only the `metric-config.` annotations. */
  annotations: Record<string, string>;
  externalMetrics: ExternalMetric[];
  /** Types of metric that only the custom metrics API serves and whose configuration stands in annotations. */
  otherMetrics: string[];
  /** Equal for two states of one HPA that ask for the same; its status changes every sync and counts for nothing. */
  fingerprint: string;
}

const PREFIX = "metric-config.";
/** Metrics that are looked at: more than `--max-metrics-per-hpa` may be, so that an HPA beyond that is seen to be. */
const MOST_METRICS = 1_001;
/** Terms of a selector, and characters of a name or value, that are kept: more than are served, so that more is seen to be. */
const MOST_TERMS = 101;
const MOST_TEXT = 4_200;

/** Parses an `autoscaling/v2` HorizontalPodAutoscaler at the edge; `undefined` when it has no name. */
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

/** A text, cut where it is longer than any that is served. */
function text(value: unknown): string {
  return String(value).slice(0, MOST_TEXT);
}
