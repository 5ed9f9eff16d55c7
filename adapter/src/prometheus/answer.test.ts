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
        { metric: { pod: "a" }, value: [1_700_000_000, "2"] },
        { metric: {}, value: [1_700_000_000, "+Inf"] },
      ]),
    );
    expect(answer.ok && answer.samples).toEqual([
      { labels: { pod: "a" }, value: 2 },
      { labels: {}, value: Number.POSITIVE_INFINITY },
    ]);
  });

  test("a sample time of years ago is a constant of the server and not the time of data", () => {
    const [yearAgo, dayAgo] = [1_700_000_000 - 365 * 86_400, 1_700_000_000 - 86_400];
    const samplesOf = (at: number) => parse(200, success("vector", [{ metric: {}, value: [at, "12"] }]));
    expect(samplesOf(yearAgo)).toMatchObject({ ok: true, samples: [{ labels: {}, value: 12 }] });
    expect(samplesOf(yearAgo)).not.toHaveProperty("samples.0.at");
    expect(samplesOf(dayAgo)).toHaveProperty("samples.0.at", dayAgo * 1_000);
  });

  test("the last sample of a series that ended stays the time of its data, however long ago", () => {
    const ended = Date.UTC(2026, 5, 1) / 1_000;
    const body = JSON.stringify(success("vector", [{ metric: {}, value: [ended, "12"] }]));
    for (const years of [0.1, 0.6, 5]) {
      const answer = parseAnswer(200, body, "http://prometheus:9090", (ended + years * 365 * 86_400) * 1_000);
      expect(answer).toHaveProperty("samples.0.at", ended * 1_000);
    }
  });

  test("a sample that is older than the evaluation time keeps its own time", () => {
    const answer = parse(
      200,
      success("vector", [
        { metric: { pod: "a" }, value: [1_699_999_970.5, "12"] },
        { metric: { pod: "b" }, value: [1_700_000_000, "12"] },
        { metric: { pod: "c" }, value: [1_700_000_000.9, "12"] },
      ]),
    );
    expect(answer.ok && answer.samples.map(({ at }) => at)).toEqual([1_699_999_970_500, undefined, undefined]);
    expect(parse(200, success("scalar", [1_699_999_970, "12"]))).toMatchObject({
      samples: [{ value: 12, at: 1_699_999_970_000 }],
    });
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
    ...[null, "now", undefined].map((time): [string, number, unknown, string] => [
      `a sample of the time ${time}`,
      200,
      success("vector", [{ metric: {}, value: [time, "1"] }]),
      "ASM_PROMETHEUS_ANSWER",
    ]),
    ["success with an error's status", 503, success("scalar", [1_700_000_000, "5"]), "ASM_PROMETHEUS_ANSWER"],
    ["partial content", 206, success("scalar", [1_700_000_000, "5"]), "ASM_ANSWER_PARTIAL"],
    ["a sample without text", 200, success("vector", [{ metric: {}, value: [1, ""] }]), "ASM_PROMETHEUS_ANSWER"],
    ["a part", 200, { ...success("vector", [{ metric: {}, value: [1, "2"] }]), isPartial: true }, "ASM_ANSWER_PARTIAL"],
    ["a number that Go would not print", 200, success("scalar", [1_700_000_000, "0x10"]), "ASM_PROMETHEUS_ANSWER"],
    ["a vector of nothing", 200, success("vector", null), "ASM_PROMETHEUS_ANSWER"],
    [
      "one series twice",
      200,
      success("vector", [
        { metric: { a: "1", b: "2" }, value: [1_700_000_000, "2"] },
        { metric: { b: "2", a: "1" }, value: [1_700_000_000, "2"] },
      ]),
      "ASM_PROMETHEUS_ANSWER",
    ],
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

  test("what a server says is one line of bounded length in a message, and binary data is not in it", () => {
    const texts = ["\u001f\ufffd\b\u0000\u0000".repeat(30), "e\u0000\r\n\u2028x".repeat(200_000), "x".repeat(400_000)];
    const bodies = texts.flatMap((text) => [
      text,
      { status: "error", errorType: text, error: text },
      { status: "error", errorType: "bad_data", error: text },
      { ...success(text, []) },
      { ...success("scalar", [1_700_000_000, "1"]), warnings: [text] },
      { ...success("scalar", [1_700_000_000, "1"]), infos: text },
    ]);
    for (const body of bodies) {
      const answer = parse(200, body);
      const message = answer.ok ? "" : answer.problem.message;
      expect(message.length).toBeLessThan(600);
      expect(message).toMatch(/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u);
    }
  });

  test("any bytes at all give an answer or a fault and no exception", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.integer({ min: 100, max: 599 }), (body, status) => {
        expect(typeof parse(status, body).ok).toBe("boolean");
      }),
    );
  });
});

describe("the warnings of an answer", () => {
  const told = (more: object, harmless: readonly string[] = [], limited = "") =>
    parseAnswer(
      200,
      JSON.stringify({ ...success("vector", [{ metric: {}, value: [1_700_000_000, "12"] }]), ...more }),
      "http://prometheus:9090",
      1_700_000_000_000,
      harmless,
      limited,
    );

  test.each([
    ["a store that failed", { warnings: ["fetch series from sidecar: store unavailable"] }],
    ["a limit", { warnings: ["results may be truncated due to limit"] }],
    [
      "a store after a remark",
      { warnings: ["PromQL warning: x", "remote_read: remote server returned HTTP status 503"] },
    ],
    ["an info that is not about the query", { infos: ["data of the last hour is missing"] }],
    ["warnings that were left out", { warnings: ["PromQL warning: x", "3 more warning annotations omitted"] }],
    ["a warning without text", { warnings: [""] }],
    ["a warning that is no text", { warnings: [{ message: "PromQL warning" }] }],
    ["warnings that are no list", { warnings: "PromQL warning: x" }],
    ["a partial answer, in words", { isPartial: "true" }],
    ["a field of another server that says so", { partial: true }],
    ["an error beside the data", { errorType: "execution", error: "store unavailable" }],
    ["a warning in the data", { data: { ...success("scalar", [1, "12"]).data, warnings: ["store unavailable"] } }],
    ["a field of the data", { data: { ...success("scalar", [1, "12"]).data, isPartial: true } }],
  ])("%s makes it partial, and no number is read from it", (_name, more) => {
    expect(told(more)).toMatchObject({ ok: false, problem: { code: "ASM_ANSWER_PARTIAL" } });
  });

  test.each([
    ["of the query alone", { warnings: ["PromQL warning: bucket label"], infos: ["PromQL info: no counter"] }, 2],
    ["of infos that were left out", { infos: ["PromQL info: x", "3 more info annotations omitted"] }, 1],
    ["that are empty", { warnings: [], infos: null, isPartial: false, partial: "", error: "" }, 0],
    ["of the query, by the thousand", { warnings: Array.from({ length: 9_000 }, () => "PromQL warning: x") }, 3],
  ])("%s leave it whole", (_name, more, remarks) => {
    const answer = told(more);
    expect(answer).toMatchObject({ ok: true, samples: [{ value: 12 }] });
    expect((answer.ok && answer.remarks?.length) || 0).toBe(remarks);
  });

  test("that the operator lists by their beginning leave it whole, and no other does", () => {
    const harmless = ["store cold-1: "];
    expect(told({ warnings: ["store cold-1: gone, as planned"] }, harmless).ok).toBe(true);
    expect(told({ infos: ["store cold-1: gone"] }, harmless).ok).toBe(true);
    expect(told({ warnings: ["store cold-1: gone", "store hot-1: gone"] }, harmless).ok).toBe(false);
    expect(told({ warnings: ["the store cold-1: gone"] }, harmless).ok).toBe(false);
    expect(told({}, harmless, "store cold-1: series limit").ok).toBe(true);
    expect(told({}, harmless, "max_fetch_series_limit_applied").ok).toBe(false);
  });
});
