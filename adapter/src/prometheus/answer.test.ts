import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseAnswer } from "./answer.ts";

const parse = (status: number, body: unknown) =>
  parseAnswer(
    status,
    typeof body === "string" ? body : JSON.stringify(body),
    "http://prometheus:9090",
    1_700_000_000_000,
  );
const success = (resultType: string, result: unknown) => ({ status: "success", data: { resultType, result } });
const codeOf = (answer: ReturnType<typeof parse>) => (answer.ok ? "ok" : answer.problem.code);

describe("an answer of Prometheus", () => {
  test("a scalar is one sample without labels", () => {
    expect(parse(200, success("scalar", [1700000000.123, "1.5"]))).toEqual({
      ok: true,
      samples: [{ labels: {}, value: 1.5 }],
      evaluatedAt: 1_700_000_000_000,
    });
  });

  test("a vector keeps every sample with its labels", () => {
    const answer = parse(
      200,
      success("vector", [
        { metric: { pod: "a" }, value: [1, "2"] },
        { metric: {}, value: [1, "+Inf"] },
      ]),
    );
    expect(answer.ok && answer.samples).toEqual([
      { labels: { pod: "a" }, value: 2 },
      { labels: {}, value: Number.POSITIVE_INFINITY },
    ]);
  });

  test.each([
    ["a matrix", 200, success("matrix", []), "ASM_RESULT_TYPE"],
    ["a string", 200, success("string", [1, "x"]), "ASM_RESULT_TYPE"],
    ["a native histogram", 200, success("vector", [{ metric: {}, histogram: [1, {}] }]), "ASM_RESULT_TYPE"],
    [
      "a sample that is no number",
      200,
      success("vector", [{ metric: {}, value: [1, "many"] }]),
      "ASM_PROMETHEUS_ANSWER",
    ],
    ["a sample without text", 200, success("vector", [{ metric: {}, value: [1, ""] }]), "ASM_PROMETHEUS_ANSWER"],
    ["a part", 200, { ...success("vector", [{ metric: {}, value: [1, "2"] }]), isPartial: true }, "ASM_ANSWER_PARTIAL"],
    ["HTML", 502, "<html>Bad gateway</html>", "ASM_PROMETHEUS_ANSWER"],
    ["an empty body", 200, "", "ASM_PROMETHEUS_ANSWER"],
    ["JSON that is something else", 200, { hello: "world" }, "ASM_PROMETHEUS_ANSWER"],
    ["a refused query", 400, { status: "error", errorType: "bad_data", error: "parse error" }, "ASM_QUERY_REFUSED"],
    [
      "a failed execution",
      422,
      { status: "error", errorType: "execution", error: "many-to-many" },
      "ASM_QUERY_REFUSED",
    ],
    ["an overload", 503, { status: "error", errorType: "unavailable", error: "too busy" }, "ASM_PROMETHEUS_ANSWER"],
  ])("%s is a fault, never a number", (_name, status, body, code) => {
    expect(codeOf(parse(status, body))).toBe(code);
  });

  test("any bytes at all give an answer or a fault and no exception", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.integer({ min: 100, max: 599 }), (body, status) => {
        expect(typeof parse(status, body).ok).toBe("boolean");
      }),
    );
  });
});
