import { nearest, selector, type VectorSelector } from "@asm-autoscaler/hpa-metrics";
import type { Answer } from "../../prometheus/answer.ts";

/** Why a selector matches no series, and the nearest matches. */
export type Miss =
  /** No series has this metric name. `instead` is a similar name. */
  | { readonly kind: "metric"; readonly metric: string; readonly instead?: string }
  /** Series exist, but none has the label. Istio's tag overrides or relabeling removed it. */
  | { readonly kind: "label"; readonly label: string; readonly series: number }
  /** Only this matcher does not match. `found` has the label's existing values, the most similar first. */
  | {
      readonly kind: "value";
      readonly label: string;
      readonly operator: string;
      readonly value: string;
      readonly found: readonly string[];
      readonly series: number;
    }
  /** Several matchers do not match. `labels` are those that match no series even alone. */
  | { readonly kind: "matchers"; readonly labels: readonly string[] }
  /** The series existed within the last hour. */
  | { readonly kind: "gone" }
  /**
   * Series exist, but the query returns nothing: its range is too short, or a binary operation has no matching series.
   */
  | { readonly kind: "range" };

/** Evaluates one instant query in Prometheus. */
export type Ask = (query: string) => Promise<Answer>;

/** Maximum number of a label's values to compare. Those with the most series are compared. */
const MOST_VALUES = 1000;
/** Maximum number of values to report. */
const MOST_TOLD = 3;

/** Metric names that users often mean. Source: Istio, "Istio Standard Metrics". */
const STANDARD = [
  "istio_requests_total",
  ...["bucket", "sum", "count"].flatMap((part) => [
    `istio_request_duration_milliseconds_${part}`,
    `istio_request_bytes_${part}`,
    `istio_response_bytes_${part}`,
  ]),
  ...["opened_total", "closed_total"].map((part) => `istio_tcp_connections_${part}`),
  ...["sent", "received"].map((part) => `istio_tcp_${part}_bytes_total`),
];

/**
 * Finds out why a selector matches nothing, by omitting one matcher at a time. Each step is one instant query. It
 * returns a count, or the values of one label.
 * @returns undefined when Prometheus fails, or when the selector has no plain metric name.
 */
export async function missOf({ metric, matchers, text }: VectorSelector, ask: Ask): Promise<Miss | undefined> {
  if (metric === undefined) return undefined;
  const count = async (query: string) => countOf(await ask(`count(${query})`));
  const now = await count(text);
  if (now === undefined) return undefined;
  if (now > 0) return { kind: "range" };
  if (await count(`last_over_time(${text}[1h])`)) return { kind: "gone" };
  const all = await count(selectorOf(metric, []) ?? text);
  if (all === undefined) return undefined;
  if (all === 0) {
    const instead = nearest(metric, STANDARD);
    return { kind: "metric", metric, ...(instead === undefined || instead === metric ? {} : { instead }) };
  }
  const alone = await Promise.all(matchers.map((matcher) => without(metric, matchers, matcher, ask)));
  const misses = alone.filter((miss) => miss !== undefined).sort((a, b) => rank(a) - rank(b));
  if (misses[0]) return misses[0];
  const counts = await Promise.all(matchers.map((matcher) => count(selectorOf(metric, [matcher]) ?? text)));
  const labels = matchers.flatMap(({ label }, index) => (counts[index] === 0 ? [label] : []));
  return { kind: "matchers", labels };
}

type Matchers = VectorSelector["matchers"];

/** Returns what the selector matches without one matcher, or undefined when it still matches nothing. */
async function without(metric: string, all: Matchers, left: Matchers[number], ask: Ask) {
  const { label, operator, value } = left;
  const others = selectorOf(
    metric,
    all.filter((matcher) => matcher !== left),
  );
  if (others === undefined || !/^[a-zA-Z_]\w*$/.test(label)) return undefined;
  const answer = await ask(`topk(${MOST_VALUES}, count by (${label}) (${others}))`);
  if (!answer.ok || answer.samples.length === 0) return undefined;
  const series = answer.samples.reduce((sum, sample) => sum + sample.value, 0);
  const values = answer.samples.flatMap(({ labels }) => labels[label] || []);
  if (values.length === 0) return { kind: "label", label, series } as const;
  const near = nearest(value, values);
  const found = [...new Set([...(near === undefined ? [] : [near]), ...values])].slice(0, MOST_TOLD);
  return { kind: "value", label, operator, value, found, series } as const;
}

/**
 * Ranks the candidates when several matchers can be wrong. First, a label that no series has. Second, `reporter`,
 * because the other proxy counts the same traffic. Third, a misspelled value. Fourth, the namespace, because another
 * namespace has a workload of that name.
 */
function rank(miss: Miss): number {
  if (miss.kind === "label") return 0;
  if (miss.kind !== "value") return 9;
  if (miss.label === "reporter") return 1;
  if (miss.found[0] !== undefined && nearest(miss.value, [miss.found[0]]) !== undefined) return 2;
  return miss.label.endsWith("_namespace") ? 3 : 4;
}

/** Returns the selector, or undefined when PromQL requires quotes for one of its names. */
export function selectorOf(metric: string, matchers: Matchers): string | undefined {
  try {
    return selector(metric, matchers as Parameters<typeof selector>[1]);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Returns the value of a `count(…)`. An empty result is 0. Returns undefined when Prometheus did not answer. */
export function countOf(answer: Answer): number | undefined {
  return answer.ok ? (answer.samples[0]?.value ?? 0) : undefined;
}

/** The explanation of a miss. */
export interface MissWords {
  readonly id: string;
  readonly why: string;
  readonly remedy: string;
}

/** Returns the explanation and the remedy of a miss. */
export function missWords(miss: Miss): MissWords {
  switch (miss.kind) {
    case "metric":
      return metricWords(miss);
    case "label":
      return {
        id: "no-such-label",
        why: `no series has the label ${miss.label}; without that matcher there are ${miss.series}`,
        remedy: "Check whether Istio's Telemetry or the scrape's relabeling removes the label, or remove the matcher",
      };
    case "value":
      return valueWords(miss);
    case "matchers":
      return {
        id: "several-matchers",
        why:
          miss.labels.length === 0
            ? "each matcher alone matches series, but no series matches all of them"
            : `no series has what the query asks of ${miss.labels.join(", ")}`,
        remedy: "Check the metric's series in Prometheus and correct the matchers",
      };
    case "gone":
      return {
        id: "series-gone",
        why: "its series ended within the last hour: the pods are gone, or are no longer scraped",
        remedy: "Check that the pods run with their sidecar and that Prometheus still has them as targets",
      };
    case "range":
      return {
        id: "range-too-short",
        why: "its series are there, but the query returns nothing: a range has fewer than two samples, or a binary operation has no matching series",
        remedy: "Make the range four scrape intervals or more, and run the query's parts in Prometheus",
      };
  }
}

function metricWords({ metric, instead }: Miss & { kind: "metric" }): MissWords {
  return {
    id: "no-such-metric",
    why: `Prometheus has no series of ${metric} at all${instead === undefined ? "" : `; did you mean ${instead}?`}`,
    remedy:
      instead === undefined
        ? "Check that the pods have a sidecar, have had traffic, and are scraped"
        : "Correct the metric's name",
  };
}

function valueWords({ label, operator, value, found, series }: Miss & { kind: "value" }): MissWords {
  const wanted = `${label}${operator}"${value}"`;
  const there = found.map((one) => `"${one}"`).join(", ");
  if (label === "reporter")
    return {
      id: "wrong-reporter",
      why: `no series has ${wanted}; the same traffic is counted by reporter ${there}`,
      remedy: `Ask for reporter=${JSON.stringify(found[0] ?? "")}, or give the workload's pods a sidecar`,
    };
  return {
    id: label.endsWith("_namespace")
      ? "wrong-namespace"
      : label.endsWith("_workload")
        ? "wrong-workload"
        : "wrong-value",
    why: `no series has ${wanted} together with the other matchers; nearest: ${there} (${series} series)`,
    remedy: `Correct the matcher on ${label}, or check whether its workload has had traffic`,
  };
}
