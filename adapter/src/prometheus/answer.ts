import type { Fault } from "hpa-metrics";
import { parseJson } from "../kubernetes/boundedJson.ts";
import { record } from "../kubernetes/listWatch.ts";

/** One sample of an instant vector: its value as Prometheus printed it, parsed. */
export interface Sample {
  labels: Record<string, string>;
  value: number;
}

/** What Prometheus said to one instant query: the samples (a scalar is one sample without labels) or why there are none. */
export type Answer =
  | {
      ok: true;
      samples: Sample[];
      /** Unix ms of the evaluation. */
      evaluatedAt: number;
      /** How many samples Prometheus read for it and how long it evaluated, ms, where that was asked and is told. */
      samplesRead?: number;
      evaluationMs?: number;
      tookMs?: number;
    }
  | {
      ok: false;
      fault: Fault;
      /**
       * How long the request took, ms, without the time in the adapter's own queue. Absent where nothing was sent, and where other
       * namespaces' queries in the same request may be why it took so long.
       */
      tookMs?: number;
      /** Whether it took long although the server answered others quickly meanwhile. */
      othersWereQuick?: true;
    };

/**
 * Parses the body of `/api/v1/query`. Everything that is no scalar or vector of float samples is a fault with its
 * reason: a matrix, a string or a native histogram is never read as a number.
 * https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
 */
export function parseAnswer(status: number, body: string, server: string, evaluatedAt: number): Answer {
  // Of proxies that set a limit to what they forward.
  if (status === 413 || status === 414) return answerTooLarge(server, `it answers HTTP ${status}`);
  let parsed: Record<string, unknown>;
  try {
    parsed = record(parseJson(body));
  } catch {
    return refuse(
      "ASM_PROMETHEUS_ANSWER",
      `Prometheus at ${server} answered HTTP ${status} with something that is not JSON: ${excerpt(body)}`,
    );
  }
  if (parsed["status"] !== "success") return prometheusError(status, parsed, server, body);
  if (parsed["isPartial"] === true) {
    return refuse(
      "ASM_ANSWER_PARTIAL",
      `the answer of ${server} lacks what some of its storage nodes hold, and a part of a sum is no reading`,
      "Look after its storage nodes, or give it replicas of what they hold.",
    );
  }
  const { resultType, result, stats } = record(parsed["data"]);
  if (resultType === "scalar") {
    const value = sampleValue(result);
    if (value === undefined)
      return refuse("ASM_PROMETHEUS_ANSWER", `Prometheus at ${server} sent a scalar without a number`);
    return { ok: true, samples: [{ labels: {}, value }], evaluatedAt };
  }
  if (resultType === "vector" && Array.isArray(result))
    return withStats(parseVector(result, server, evaluatedAt), stats);
  return refuse(
    "ASM_RESULT_TYPE",
    `the query gives a ${resultName(resultType)}, which is no reading`,
    "Make the query an instant vector of one sample or a scalar, for example by rate() and sum().",
  );
}

/** `data.stats` of a request with `stats`, which other servers than Prometheus may lack. */
function withStats(answer: Answer, stats: unknown): Answer {
  const { totalQueryableSamples } = record(record(stats)["samples"]);
  const { evalTotalTime } = record(record(stats)["timings"]);
  if (!answer.ok || typeof totalQueryableSamples !== "number" || typeof evalTotalTime !== "number") return answer;
  return { ...answer, samplesRead: totalQueryableSamples, evaluationMs: evalTotalTime * 1000 };
}

/** The fault of a query whose text or answer is beyond a limit. */
export function answerTooLarge(server: string, what: string): Answer {
  return refuse(
    "ASM_ANSWER_LARGE",
    `the query or its answer is too large for Prometheus at ${server}: ${what}`,
    "Aggregate the query, for example by sum().",
  );
}

function resultName(resultType: unknown): string {
  if (resultType === "matrix") return "range vector (matrix)";
  return typeof resultType === "string" ? resultType.slice(0, 40) : "result without a type";
}

function parseVector(result: unknown[], server: string, evaluatedAt: number): Answer {
  const samples: Sample[] = [];
  for (const element of result) {
    const { metric, value, histogram } = record(element);
    if (histogram !== undefined) {
      return refuse(
        "ASM_RESULT_TYPE",
        "the query gives a native histogram, which is no reading",
        "Take a number out of it, for example by histogram_count(), histogram_sum() or histogram_quantile().",
      );
    }
    const number = sampleValue(value);
    if (number === undefined)
      return refuse("ASM_PROMETHEUS_ANSWER", `Prometheus at ${server} sent a sample without a number`);
    const labels = labelsOf(metric);
    if (!labels)
      return refuse(
        "ASM_PROMETHEUS_ANSWER",
        `Prometheus at ${server} sent a series with labels that are not text, or too many`,
      );
    samples.push({ labels, value: number });
  }
  return { ok: true, samples, evaluatedAt };
}

function prometheusError(status: number, parsed: Record<string, unknown>, server: string, body: string): Answer {
  const { errorType, error } = parsed;
  if (typeof error !== "string") {
    return refuse("ASM_PROMETHEUS_ANSWER", `Prometheus at ${server} answered HTTP ${status}: ${excerpt(body)}`);
  }
  if (errorType === "bad_data" || errorType === "execution") {
    return refuse(
      "ASM_QUERY_REFUSED",
      `Prometheus at ${server} refuses the query (${errorType}): ${error.slice(0, 300)}`,
      "Correct the query; run it by hand in Prometheus to see the same error.",
    );
  }
  return refuse(
    "ASM_PROMETHEUS_ANSWER",
    `Prometheus at ${server} answered HTTP ${status} (${String(errorType)}): ${error.slice(0, 300)}`,
  );
}

/** `[time, "value"]` as Prometheus writes it; "NaN", "+Inf" and "-Inf" are numbers here and judged by the reading. */
function sampleValue(pair: unknown): number | undefined {
  if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[1] !== "string") return undefined;
  const text: string = pair[1];
  if (text === "NaN") return Number.NaN;
  if (text === "+Inf" || text === "Inf") return Number.POSITIVE_INFINITY;
  if (text === "-Inf") return Number.NEGATIVE_INFINITY;
  const value = Number(text);
  return text.trim() === "" || Number.isNaN(value) ? undefined : value;
}

/** Labels of one series. */
const MOST_LABELS = 500;

/** The labels as they came, without a copy of each; undefined where there are too many, or they are none. */
function labelsOf(metric: unknown): Record<string, string> | undefined {
  const labels = record(metric);
  let count = 0;
  for (const name in labels) if (typeof labels[name] !== "string" || ++count > MOST_LABELS) return undefined;
  return labels as Record<string, string>;
}

function refuse(
  code: string,
  message: string,
  remedy = "Check the address, the credentials and the health of that Prometheus.",
): Answer {
  return { ok: false, fault: { code, severity: "error", message, remedy } };
}

function excerpt(body: string): string {
  const line = body.slice(0, 1_000).replace(/\s+/g, " ").trim();
  return line === "" ? "an empty body" : `"${line.slice(0, 120)}"`;
}
