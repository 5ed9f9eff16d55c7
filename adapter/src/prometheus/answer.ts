import {
  oneLine,
  type Problem,
  type ProblemCode,
  problem,
  quotedLine,
  readWarnings,
  record,
} from "@asm-autoscaler/hpa-metrics";
import { parseJson } from "../kubernetes/boundedJson.ts";

/** One sample of an instant vector, with the parsed value. */
export interface Sample {
  labels: Record<string, string>;
  value: number;
  /** Time of the sample in Unix ms. Set only if it is earlier than the evaluation time. */
  at?: number;
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
      /** What Prometheus remarks about the query itself, as text that is safe to show. The samples are complete. */
      remarks?: readonly string[];
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
 * problem that names the reason. A matrix, a string or a native histogram is never read as a number, and neither is a
 * part of the data.
 * https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
 *
 * @param evaluatedAt the evaluation time of the request, in Unix ms
 * @param harmlessWarnings how warnings begin that do not mean missing data
 * @param limited the response header `M3-Results-Limited`, empty without one
 */
export function parseAnswer(
  status: number,
  body: string,
  server: string,
  evaluatedAt: number,
  harmlessWarnings: readonly string[] = [],
  limited = "",
): Answer {
  // A proxy sends these if a request or a response exceeds its size limit.
  if (status === 413 || status === 414) return answerTooLarge(server, `it answers HTTP ${status}`);
  let parsed: Record<string, unknown>;
  try {
    parsed = record(parseJson(body));
  } catch {
    return { ok: false, problem: notJson(status, body, server) };
  }
  if (parsed["status"] !== "success" || status < 200 || status > 299)
    return { ok: false, problem: prometheusError(status, parsed, server, body) };
  const data = record(parsed["data"]);
  const { doubt, remarks } = readWarnings([parsed, data], limited, harmlessWarnings);
  // 206 is the status of a partial response.
  if (status === 206) return partial(server, "it answers HTTP 206");
  if (doubt !== undefined) return partial(server, doubt);
  const { resultType, result, stats } = data;
  if (resultType === "vector" && !Array.isArray(result))
    return refuse("ASM_PROMETHEUS_ANSWER", `Prometheus at ${server} sent a vector without a list of samples`);
  if (resultType !== "scalar" && resultType !== "vector") {
    return refuse("ASM_RESULT_TYPE", `the query gives a ${resultName(resultType)}, which is not a valid reading`);
  }
  const elements: unknown[] =
    Array.isArray(result) && resultType === "vector" ? result : [{ metric: {}, value: result }];
  const answer = withStats(parseVector(elements, server, evaluatedAt), stats);
  return answer.ok && remarks.length > 0 ? { ...answer, remarks } : answer;
}

/** The problem of an answer that may lack a part of the data. */
function partial(server: string, why: string): Answer {
  return refuse(
    "ASM_ANSWER_PARTIAL",
    `the answer of Prometheus at ${server} may lack a part of the data, and a partial sum is not a valid reading: ${why}`,
  );
}

/** Adds `data.stats` to the answer. Servers other than Prometheus may not return it. */
function withStats(answer: Answer, stats: unknown): Answer {
  const { totalQueryableSamples } = record(record(stats)["samples"]);
  const { evalTotalTime } = record(record(stats)["timings"]);
  if (!answer.ok || typeof totalQueryableSamples !== "number" || typeof evalTotalTime !== "number") return answer;
  return { ...answer, samplesRead: totalQueryableSamples, evaluationMs: evalTotalTime * 1000 };
}

/** The problem of a query whose text or response exceeds a size limit. */
export function answerTooLarge(server: string, what: string): Answer & { ok: false } {
  const message = `the query or its answer is too large for Prometheus at ${server}: ${what}`;
  return { ok: false, problem: problem("ASM_ANSWER_LARGE", message) };
}

function resultName(resultType: unknown): string {
  if (resultType === "matrix") return "range vector (matrix)";
  return typeof resultType === "string" ? oneLine(resultType, 40) : "result without a type";
}

function parseVector(result: unknown[], server: string, evaluatedAt: number): Answer {
  const samples: Sample[] = [];
  for (const element of result) {
    const { metric, value, histogram } = record(element);
    if (histogram !== undefined) {
      return refuse("ASM_RESULT_TYPE", "the query gives a native histogram, which is not a valid reading");
    }
    const sample = timedValue(value);
    if (sample === undefined)
      return refuse("ASM_PROMETHEUS_ANSWER", `Prometheus at ${server} sent a sample without a time or a number`);
    const labels = labelsOf(metric);
    if (!labels)
      return refuse(
        "ASM_PROMETHEUS_ANSWER",
        `Prometheus at ${server} sent a series with labels that are not text, or too many`,
      );
    const { at, value: number } = sample;
    samples.push(isDataTime(at, evaluatedAt) ? { labels, value: number, at } : { labels, value: number });
  }
  if (samples.length > 1 && new Set(samples.map(labelKey)).size < samples.length)
    return refuse(
      "ASM_PROMETHEUS_ANSWER",
      `Prometheus at ${server} sent two samples with the same labels, so a sum may count one series twice`,
    );
  return { ok: true, samples, evaluatedAt };
}

/** Returns a text that is the same for equal labels in any order. */
export function labelKey({ labels }: Sample): string {
  return JSON.stringify(Object.entries(labels).sort());
}

/**
 * Servers that only imitate Prometheus, and recorded answers, have a constant in place of the time of a sample. A time
 * counts as such a constant if it is half a year old and from before this date, in Unix ms. A server that looks back
 * without a limit returns the last sample of a series that ended. For an HPA of this adapter, that is a later time, so it
 * stays too old for ever and never becomes the value of now.
 */
const CONSTANT_BEFORE = Date.UTC(2026, 0, 1);
const HALF_A_YEAR_MS = 180 * 24 * 3_600_000;

/** Whether the time of a sample says that its data is older than the evaluation. */
function isDataTime(at: number, evaluatedAt: number): boolean {
  const isConstant = at < CONSTANT_BEFORE && evaluatedAt - at >= HALF_A_YEAR_MS;
  return at < evaluatedAt && !isConstant;
}

/** The problem of a body that is not JSON. */
export function notJson(status: number, body: string, server: string): Problem {
  return problem(
    "ASM_PROMETHEUS_ANSWER",
    `Prometheus at ${server} answered HTTP ${status} with something that is not JSON: ${excerpt(body)}`,
  );
}

/** The problem of an answer that is not a success. */
export function prometheusError(
  status: number,
  parsed: Record<string, unknown>,
  server: string,
  body: string,
): Problem {
  const { errorType, error } = parsed;
  if (typeof error !== "string") {
    return problem("ASM_PROMETHEUS_ANSWER", `Prometheus at ${server} answered HTTP ${status}: ${excerpt(body)}`);
  }
  if (errorType === "bad_data" || errorType === "execution") {
    return problem("ASM_QUERY_REFUSED", `Prometheus at ${server} refuses the query (${errorType}): ${oneLine(error)}`);
  }
  return problem(
    "ASM_PROMETHEUS_ANSWER",
    `Prometheus at ${server} answered HTTP ${status} (${oneLine(String(errorType), 40)}): ${oneLine(error)}`,
  );
}

/**
 * Parses `[time, "value"]` as Prometheus writes it: Unix seconds and a text. Returns the time in Unix ms. "NaN", "+Inf"
 * and "-Inf" are parsed as numbers here. `readAnswer` rejects them later.
 */
function timedValue(pair: unknown): { at: number; value: number } | undefined {
  if (!Array.isArray(pair) || pair.length !== 2) return undefined;
  const [seconds, text] = pair as [unknown, unknown];
  if (typeof seconds !== "number" || !Number.isFinite(seconds) || typeof text !== "string") return undefined;
  const at = Math.round(seconds * 1000);
  if (text === "NaN") return { at, value: Number.NaN };
  if (text === "+Inf" || text === "Inf") return { at, value: Number.POSITIVE_INFINITY };
  if (text === "-Inf") return { at, value: Number.NEGATIVE_INFINITY };
  return DECIMAL.test(text) ? { at, value: Number(text) } : undefined;
}

/** A number in the form that Go prints. `Number` also reads other forms, such as `0x10`. */
const DECIMAL = /^[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?$/;

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
  return body.trim() === "" ? "an empty body" : quotedLine(body, 120);
}
