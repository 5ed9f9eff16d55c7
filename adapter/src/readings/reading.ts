import {
  type Aggregate,
  formatMilli,
  milliFromNumber,
  oneLine,
  type Problem,
  type ProblemCode,
  problem,
  problems,
} from "@asm-autoscaler/hpa-metrics";
import type { Answer, Sample } from "../prometheus/answer.ts";

/** The value of one metric that the HPA controller may scale on, rounded to thousandths, with the time of its data. */
export interface Reading {
  milli: bigint;
  /** The value in the format of Go's `resource.Quantity`. */
  quantity: string;
  /**
   * Evaluation time in Unix ms of Prometheus's clock. If the server returned an older sample, the time of the oldest
   * sample.
   */
  evaluatedAt: number;
  /** The sources of the value. Absent if the metric asks for Prometheus alone. */
  source?: ReadingSource;
}

/** Where a reading is from, for a metric that may be read from Prometheus and from the pods of its workload. */
export interface ReadingSource {
  /** Whose value is served. */
  readonly from: "prometheus" | "pods";
  /** What Prometheus gave. Absent while it gives no new reading. */
  readonly prometheus?: SourceValue;
  /** What the pods gave. Absent while they give no reading. */
  readonly pods?: PodsValue;
  /** Why the other source gave no new reading. Absent if both gave one. */
  readonly problem?: Problem;
  /** Why the value of the pods may be too low. Absent if it is whole. */
  readonly tooLow?: Problem;
}

export interface SourceValue {
  readonly value: number;
  /** Unix ms. */
  readonly evaluatedAt: number;
}

/** The value that the sidecars of the pods counted. */
export interface PodsValue extends SourceValue {
  /** How far the value may be from what the sidecars counted. */
  readonly noise: number;
  /** Pods that serve. */
  readonly pods: number;
  /** How many of them the adapter tries to read. Of a large workload, it reads a sample. */
  readonly sampled: number;
  /** How many of the sample were read. The others count like the mean of these. */
  readonly read: number;
}

/** The result of one evaluation. `V` is what is read: a reading, or the values of several objects. */
export type Outcome<V = Reading> = { ok: true; reading: V } | Failure;

/** An evaluation without a reading. */
export interface Failure {
  ok: false;
  problem: Problem;
  cause: Cause;
}

/**
 * Why there is no reading. `no-data`: Prometheus answers, but without a number (no series, NaN or an infinity).
 * `no-answer`: Prometheus gives no usable answer. `mistake`: the query itself is wrong. The metric's policies do not
 * apply to a `mistake`: for example, a value that is too large must not become the `zero` that a policy sets for an
 * outage.
 */
export type Cause = "no-data" | "no-answer" | "mistake";

/**
 * Converts an answer to a reading: the scalar, the only sample of the vector, or the metric's aggregate of its samples.
 * These results are a problem and never a number: no sample, several samples without an aggregate, NaN, an infinity, a
 * negative number, and a number that does not fit a quantity. The HPA controller treats a negative sum as an overflow
 * and scales to the maximum (kubernetes/kubernetes replica_calculator.go). A 0 that stood for an outage has scaled down
 * whole fleets.
 */
export function readAnswer(answer: Answer, aggregate: Aggregate | undefined): Outcome {
  if (!answer.ok) return failure(answer.problem);
  const { samples } = answer;
  if (samples.length === 0) {
    return refuse("ASM_NO_SERIES", "the query finds no series");
  }
  if (samples.length > 1 && !aggregate) {
    return refuse(
      "ASM_SEVERAL_SERIES",
      `the query gives ${samples.length} series (first: ${seriesText(samples[0])}) and a reading is one number`,
    );
  }
  const value = combine(
    samples.map((sample) => sample.value),
    aggregate ?? "sum",
  );
  if (Number.isNaN(value)) {
    return refuse("ASM_NAN", "the query gives NaN");
  }
  try {
    // Rounded before the sign is checked: a float rounding error near zero is zero, not a negative number.
    const milli = milliFromNumber(value);
    if (milli < 0n) {
      return refuse(
        "ASM_NEGATIVE",
        `the query gives ${value}, and the HPA controller treats a negative reading as an overflow`,
      );
    }
    const evaluatedAt = samples.reduce((oldest, { at }) => Math.min(oldest, at ?? oldest), answer.evaluatedAt);
    return { ok: true, reading: { milli, quantity: formatMilli(milli), evaluatedAt } };
  } catch {
    return refuse(
      "ASM_OVERFLOW",
      `the query gives ${value}, and the largest Kubernetes quantity in thousandths is 9223372036854774`,
      // An infinity is a division by zero, which is about the data.
      Number.isFinite(value) ? "mistake" : "no-data",
    );
  }
}

function combine(values: number[], aggregate: Aggregate): number {
  if (values.some(Number.isNaN)) return Number.NaN;
  const sum = () => values.reduce((total, value) => total + value, 0);
  switch (aggregate) {
    case "sum":
      return sum();
    case "avg":
      return sum() / values.length;
    case "max":
      return values.reduce((most, value) => Math.max(most, value));
    case "min":
      return values.reduce((least, value) => Math.min(least, value));
  }
}

function seriesText(sample: Sample | undefined): string {
  const labels = Object.entries(sample?.labels ?? {});
  const first = labels.slice(0, 4).map(([name, value]) => `${oneLine(name, 60)}="${oneLine(value, 60)}"`);
  return `{${first.join(", ")}${labels.length > 4 ? ", …" : ""}}`;
}

function refuse(code: ProblemCode, message: string, cause = causeOf(code)): Failure {
  return { ok: false, problem: problem(code, message), cause };
}

/** The failure of an evaluation that ended with this problem. */
export function failure(problem: Problem): Failure {
  return { ok: false, problem, cause: causeOf(problem.code) };
}

function causeOf(code: ProblemCode): Cause {
  const { cause } = problems[code];
  if (cause === undefined) return "no-answer";
  return cause === "query" ? "mistake" : "no-data";
}

/**
 * The outcome of an evaluation whose data is older than a reading may be. To the metric's policies it is no answer:
 * the current value is unknown.
 */
export function tooOld(ageMs: number): Failure {
  const message = `the newest data that Prometheus returns is ${Math.round(ageMs / 1000)} s old`;
  return { ok: false, problem: problem("ASM_DATA_OLD", message), cause: "no-answer" };
}
