import { type Problem, type ProblemCode, problem, record } from "hpa-metrics";
import { parseJson } from "../kubernetes/boundedJson.ts";

/** One sample of an instant vector, with the parsed value. */
export interface Sample {
  labels: Record<string, string>;
  value: number;
}

/** The result of one instant query: the samples, or the problem. A scalar is one sample without labels. */
export type Answer =
  | {
      ok: true;
      samples: Sample[];
      /** Evaluation time, in Unix ms. */
      evaluatedAt: number;
      /**
       * Samples that Prometheus read, and the duration of the evaluation in ms. Set only if the request asked for
       * `stats` and the server returned them.
       */
      samplesRead?: number;
      evaluationMs?: number;
      tookMs?: number;
    }
  | {
      ok: false;
      problem: Problem;
      /**
       * Duration of the request in ms, without the time in the adapter's queue. Absent if no request was sent, or if
       * queries of other namespaces in the same request may have made it slow.
       */
      tookMs?: number;
      /** Whether the request was slow while the server answered other requests quickly. */
      othersWereQuick?: true;
    };

/**
 * Parses the body of a `/api/v1/query` response. Any result other than a scalar or a vector of float samples is a
 * problem that names the reason. A matrix, a string or a native histogram is never read as a number.
 * https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
 */
export function parseAnswer(status: number, body: string, server: string, evaluatedAt: number): Answer {
  // A proxy sends these if a request or a response exceeds its size limit.
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
      `the answer of ${server} lacks the data of some of its storage nodes, and a partial sum is not a valid reading`,
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
  return refuse("ASM_RESULT_TYPE", `the query gives a ${resultName(resultType)}, which is not a valid reading`);
}

/** Adds `data.stats` to the answer. Servers other than Prometheus may not return it. */
function withStats(answer: Answer, stats: unknown): Answer {
  const { totalQueryableSamples } = record(record(stats)["samples"]);
  const { evalTotalTime } = record(record(stats)["timings"]);
  if (!answer.ok || typeof totalQueryableSamples !== "number" || typeof evalTotalTime !== "number") return answer;
  return { ...answer, samplesRead: totalQueryableSamples, evaluationMs: evalTotalTime * 1000 };
}

/** The problem of a query whose text or response exceeds a size limit. */
export function answerTooLarge(server: string, what: string): Answer {
  return refuse("ASM_ANSWER_LARGE", `the query or its answer is too large for Prometheus at ${server}: ${what}`);
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
      return refuse("ASM_RESULT_TYPE", "the query gives a native histogram, which is not a valid reading");
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
    );
  }
  return refuse(
    "ASM_PROMETHEUS_ANSWER",
    `Prometheus at ${server} answered HTTP ${status} (${String(errorType)}): ${error.slice(0, 300)}`,
  );
}

/**
 * Parses `[time, "value"]` as Prometheus writes it. "NaN", "+Inf" and "-Inf" are parsed as numbers here. `readAnswer`
 * rejects them later.
 */
function sampleValue(pair: unknown): number | undefined {
  if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[1] !== "string") return undefined;
  const text: string = pair[1];
  if (text === "NaN") return Number.NaN;
  if (text === "+Inf" || text === "Inf") return Number.POSITIVE_INFINITY;
  if (text === "-Inf") return Number.NEGATIVE_INFINITY;
  const value = Number(text);
  return text.trim() === "" || Number.isNaN(value) ? undefined : value;
}

/** Maximum number of labels of one series. */
const MOST_LABELS = 500;

/** Returns the labels without copying them. Returns undefined if there are too many or if a value is not a string. */
function labelsOf(metric: unknown): Record<string, string> | undefined {
  const labels = record(metric);
  let count = 0;
  for (const name in labels) if (typeof labels[name] !== "string" || ++count > MOST_LABELS) return undefined;
  return labels as Record<string, string>;
}

function refuse(code: ProblemCode, message: string): Answer {
  return { ok: false, problem: problem(code, message) };
}

function excerpt(body: string): string {
  const line = body.slice(0, 1_000).replace(/\s+/g, " ").trim();
  return line === "" ? "an empty body" : `"${line.slice(0, 120)}"`;
}
