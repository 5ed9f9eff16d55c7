import { type Query, skeletonOf } from "@asm-autoscaler/hpa-metrics";

/** The unit of a reading: words that follow a number, and their verb. */
export interface Unit {
  readonly words: string;
  readonly verb: "gets" | "has" | "moves" | "answers in";
}

const REQUESTS: Unit = { words: "requests per second", verb: "gets" };
const IN_FLIGHT: Unit = { words: "requests in flight", verb: "has" };
const CONNECTIONS: Unit = { words: "open connections", verb: "has" };
const BYTES: Unit = { words: "bytes per second", verb: "moves" };
const LATENCY: Unit = { words: "ms", verb: "answers in" };
const UNITS = [REQUESTS, IN_FLIGHT, CONNECTIONS, BYTES, LATENCY];

/** Maximum query length in characters. Longer queries have an unknown form. */
const MOST_CHARACTERS = 2_500;

const units = new WeakMap<Query, Unit | undefined>();

/**
 * Returns the unit of a query over Istio's standard metrics, in the forms of `hpa-metrics` and the ASM guide. Returns
 * undefined for any other query, because a wrong unit is worse than none.
 * Source: https://istio.io/latest/docs/reference/config/metrics/
 */
export function unitOf(query: Query): Unit | undefined {
  if (query.text.length > MOST_CHARACTERS) return undefined;
  if (!units.has(query)) units.set(query, findUnit(skeletonOf(query)));
  return units.get(query);
}

/** Returns the unit with these words. */
export function unitOfWords(words: string | undefined): Unit | undefined {
  return UNITS.find((unit) => unit.words === words);
}

/**
 * Finds the unit of a query.
 * @param text The query without values that are not relevant to its form; see `skeletonOf`.
 */
function findUnit(text: string): Unit | undefined {
  const isQuantile = text.startsWith("histogram_quantile(");
  const isScaled = /\)[/*][\d.]/.test(text);
  if (isQuantile && !isScaled && text.includes("istio_request_duration_milliseconds_bucket")) return LATENCY;
  if (/\bistio_request_duration_milliseconds_sum\b/.test(text) && /^[^/]*\/1000$/.test(text)) return IN_FLIGHT;
  if (/\bistio_tcp_connections_opened_total\b/.test(text) && !/\brate\b/.test(text)) return CONNECTIONS;
  if (/[-/*%^<>=!]|\+[\d.]|[\d.]\+|\b(?:count|count_values|group|stddev|stdvar|quantile|topk|bottomk)\b/.test(text))
    return undefined;
  if (!/\bi?rate\(/.test(text)) return undefined;
  if (/\bistio_requests_total\b/.test(text)) return REQUESTS;
  return /\bistio_(request|response)_bytes_sum\b|\bistio_tcp_(sent|received)_bytes_total\b/.test(text)
    ? BYTES
    : undefined;
}
