import { problem } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import { parseSelector } from "../kubernetes/labelSelectorParser.ts";
import { createLastAnswers } from "./lastAnswers.ts";
import { values } from "./neighbour.testing.ts";
import type { MetricRead } from "./routing.ts";

function read(metric: string, selector = ""): MetricRead {
  const parsed = parseSelector(selector);
  if (!parsed.ok) throw new Error(parsed.message);
  return { namespace: "test", metric, selector: parsed.selector };
}

const ok = (...given: string[]) => ({
  status: 200,
  body: { ...values("0"), items: given.map((value) => ({ value })) },
});

describe("the last answer of a delegate", () => {
  test.each([
    [["42"], "42"],
    [["1500m", "2"], "3500m"],
    [["not a number"], undefined],
    [["9".repeat(1_000_000)], undefined],
    [Array<string>(2_000).fill("1"), undefined],
    [[], undefined],
  ])("is the sum of its values, as the HPA controller adds them up (%#)", (given, value) => {
    const answers = createLastAnswers(() => 7);
    answers.record(read("queue"), "keda", ok(...given));
    expect(answers.of(read("queue"), "keda")).toEqual({ result: "200", at: 7, ...(value ? { value } : {}) });
  });

  test("is that of one selector, one namespace and one delegate", () => {
    const answers = createLastAnswers(() => 7);
    answers.record(read("queue", "name=a,team=x"), "keda", ok("1"));
    expect(answers.of(read("queue", "team=x,name=a"), "keda")?.value).toBe("1");
    expect(answers.of(read("queue", "name=b,team=x"), "keda")).toBeUndefined();
    expect(answers.of({ ...read("queue", "name=a,team=x"), namespace: "shop" }, "keda")).toBeUndefined();
    expect(answers.of(read("queue", "name=a,team=x"), "datadog")).toBeUndefined();
  });

  test("has the first line of an error, and no secret of the selector or of a URL", () => {
    const answers = createLastAnswers(() => 7);
    const secret = read("queue", "region=cn,key=c2VjcmV0LWtleQ");
    const message = "no queue for key=c2VjcmV0LWtleQ in cn at http://user:pass@queue/path\nstack trace";
    answers.record(secret, "keda", { status: 500, body: { kind: "Status", message } });
    expect(answers.of(secret, "keda")).toEqual({
      ...{ result: "500", at: 7 },
      message: "no queue for key=… in cn at http://queue/…",
    });
  });

  test("is the code of the problem if nothing usable came", () => {
    const answers = createLastAnswers(() => 7);
    const found = problem("ASM_DELEGATE_UNREACHABLE", `it did not answer ${"x".repeat(10_000)}`);
    answers.record(read("queue"), "keda", { problem: found });
    expect(answers.of(read("queue"), "keda")).toMatchObject({ result: "ASM_DELEGATE_UNREACHABLE" });
    expect(answers.of(read("queue"), "keda")?.message).toHaveLength(200);
  });

  test("is forgotten after ten thousand other metrics", () => {
    const answers = createLastAnswers(() => 7);
    for (let index = 0; index <= 10_000; index++) answers.record(read(`m${index}`), "keda", ok("1"));
    expect(answers.of(read("m0"), "keda")).toBeUndefined();
    expect(answers.of(read("m1"), "keda")).toBeDefined();
  });
});
