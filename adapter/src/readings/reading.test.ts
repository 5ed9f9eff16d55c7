import type { ProblemCode } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import type { Answer } from "../prometheus/answer.ts";
import { readAnswer } from "./reading.ts";

const vector = (...values: number[]): Answer => ({
  ok: true,
  samples: values.map((value, index) => ({ labels: { pod: `p${index}` }, value })),
  evaluatedAt: 5,
});
const code = (answer: Answer) => {
  const outcome = readAnswer(answer, undefined);
  return outcome.ok ? outcome.reading.quantity : outcome.problem.code;
};

const failed = (code: ProblemCode): Answer => ({
  ok: false,
  problem: { code, severity: "error", message: "no", remedy: "Mend it" },
});

describe("a reading", () => {
  test("is the one sample, rounded to milli", () => {
    expect(readAnswer(vector(8.3081), undefined)).toEqual({
      ok: true,
      reading: { milli: 8308n, quantity: "8308m", evaluatedAt: 5 },
    });
    expect(code(vector(0.0019))).toBe("2m");
    expect(code(vector(1.001))).toBe("1001m");
    expect(code(vector(0))).toBe("0");
    expect(code(vector(-1.4e-14))).toBe("0");
  });

  test("has the time of its oldest sample", () => {
    const samples = [
      { labels: {}, value: 1, at: 3 },
      { labels: {}, value: 1 },
      { labels: {}, value: 1, at: 4 },
    ];
    expect(readAnswer({ ok: true, samples, evaluatedAt: 5 }, "max")).toMatchObject({ reading: { evaluatedAt: 3 } });
  });

  test.each([
    ["no sample", vector(), "ASM_NO_SERIES"],
    ["NaN", vector(Number.NaN), "ASM_NAN"],
    ["an infinity", vector(Number.POSITIVE_INFINITY), "ASM_OVERFLOW"],
    ["a negative infinity", vector(Number.NEGATIVE_INFINITY), "ASM_OVERFLOW"],
    ["a negative number", vector(-0.5), "ASM_NEGATIVE"],
    ["more than a quantity holds", vector(1e16), "ASM_OVERFLOW"],
    ["several samples", vector(1, 2), "ASM_SEVERAL_SERIES"],
  ])("is never made of %s", (_name, answer, expected) => {
    expect(code(answer)).toBe(expected);
  });

  test.each([
    ["no-data", vector()],
    ["no-data", vector(Number.NaN)],
    ["no-data", vector(Number.NEGATIVE_INFINITY)],
    ["mistake", vector(1e16)],
    ["mistake", vector(-1)],
    ["mistake", vector(1, 2)],
    ["mistake", failed("ASM_RESULT_TYPE")],
    ["mistake", failed("ASM_QUERY_REFUSED")],
    ["no-answer", failed("ASM_PROMETHEUS_UNREACHABLE")],
    ["no-answer", failed("ASM_PROMETHEUS_ANSWER")],
  ])("has the cause %s for its absence with %j", (cause, answer) => {
    expect(readAnswer(answer, undefined)).toMatchObject({ ok: false, cause });
  });

  test("of several samples needs an aggregate, and the error counts them", () => {
    const outcome = readAnswer(vector(1, 2, 6), undefined);
    expect(outcome.ok ? "" : outcome.problem.message).toContain("3 series");
    const asked = (["sum", "max", "min", "avg"] as const).map((aggregate) => {
      const made = readAnswer(vector(1, 2, 6), aggregate);
      return made.ok ? made.reading.quantity : made.problem.code;
    });
    expect(asked).toEqual(["9", "6", "1", "3"]);
  });

  test("is not made when one of several samples is NaN, whatever the aggregate", () => {
    const outcome = readAnswer(vector(1, Number.NaN), "max");
    expect(outcome.ok ? "served" : outcome.problem.code).toBe("ASM_NAN");
  });
});
