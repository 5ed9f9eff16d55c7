import { readMetricSpecs, writeAnnotations } from "@asm-autoscaler/hpa-metrics";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { Answer } from "../prometheus/answer.ts";
import { createWindowChecks, GAP_MS, MOST_TOGETHER, windowProblem } from "./windowChecks.ts";

const MINUTE = 60_000;

function specOf(query: string, queryName = "rps") {
  const { annotations, metrics } = writeAnnotations([{ queryName, query }]);
  const [spec] = readMetricSpecs(annotations, metrics).specs;
  if (!spec) throw new Error("no metric");
  return spec;
}

/** A Prometheus whose series have `count` samples in five minutes. Undefined: it does not answer. */
function scene(count: (query: string) => number | undefined) {
  const asked: string[] = [];
  let sets = 0;
  const prometheus = {
    check: () => undefined,
    evaluate: (questions: readonly { query: { text: string }; namespaces: readonly string[] }[]) => {
      sets++;
      return questions.map(async ({ query, namespaces }): Promise<Answer> => {
        asked.push(query.text);
        expect(namespaces).toEqual([]);
        const value = count(query.text);
        if (value === undefined)
          return { ok: false, problem: { code: "ASM_PROMETHEUS_SLOW", severity: "error", message: "", remedy: "" } };
        return { ok: true, evaluatedAt: 0, samples: value === 0 ? [] : [{ labels: {}, value }] };
      });
    },
  };
  const checks = createWindowChecks(prometheus, { monotonic: () => Date.now(), wall: () => Date.now() });
  const stop = new AbortController();
  const ended = checks.run(stop.signal);
  return {
    checks,
    asked,
    sets: () => sets,
    pass: (ms: number) => jest.advanceTimersByTimeAsync(ms),
    async end() {
      stop.abort();
      await jest.advanceTimersByTimeAsync(1);
      await ended;
    },
  };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const QUERY = "sum(rate(x[1m]))";

describe("the window of a query", () => {
  test("is reported after two measurements at least ten minutes apart, and not while one is missing", async () => {
    const { checks, asked, pass, end } = scene(() => 10);
    const spec = specOf(QUERY);
    expect(checks.stateOf(spec, "shop")).toBeUndefined();
    await pass(GAP_MS);
    expect(checks.stateOf(spec, "shop")).toBeUndefined();
    await pass(9 * MINUTE);
    checks.stateOf(spec, "shop");
    await pass(GAP_MS);
    expect(asked).toHaveLength(1);
    await pass(MINUTE);
    checks.stateOf(spec, "shop");
    await pass(GAP_MS);
    expect(asked).toHaveLength(2);
    expect(checks.stateOf(spec, "shop")).toMatchObject({
      code: "ASM_WINDOW_SCRAPES",
      severity: "warning",
      message:
        "the window of 60 s holds 2 scrapes of x, which Prometheus scrapes about every 30 s, so the query often has no value",
      remedy: "Use a window of at least 2m, or scrape more often",
    });
    await end();
  });

  test("is not reported for an outage of Prometheus between two measurements", async () => {
    const counts = [20, 6];
    const { checks, pass, end } = scene(() => counts.shift());
    const spec = specOf(QUERY);
    for (let round = 0; round < 2; round++) {
      checks.stateOf(spec, "shop");
      await pass(11 * MINUTE);
    }
    expect(checks.stateOf(spec, "shop")).toBeUndefined();
    await end();
  });

  test("that is long enough is checked again after an hour, and reported if it is short then", async () => {
    let count = 20;
    const { checks, asked, pass, end } = scene(() => count);
    const spec = specOf(QUERY);
    const rounds = async (number: number) => {
      for (let round = 0; round < number; round++) {
        checks.stateOf(spec, "shop");
        await pass(11 * MINUTE);
      }
    };
    await rounds(8);
    expect(asked).toHaveLength(3);
    expect(checks.stateOf(spec, "shop")).toBe("enough");
    count = 5;
    await rounds(16);
    expect(checks.stateOf(spec, "shop")).toMatchObject({ message: expect.stringContaining("holds 1 scrape of x") });
    await end();
  });

  test("is unknown without series, and without an answer", async () => {
    for (const count of [0, undefined]) {
      const { checks, asked, pass, end } = scene(() => count);
      const spec = specOf(QUERY);
      for (let round = 0; round < 3; round++) {
        checks.stateOf(spec, "shop");
        await pass(11 * MINUTE);
      }
      expect(asked).toHaveLength(3);
      expect(checks.stateOf(spec, "shop")).toBeUndefined();
      await end();
    }
  });
});

test("of a metric that was read from a changed HPA nothing is known until its turn", async () => {
  const { checks, asked, pass, end } = scene(() => 20);
  for (let round = 0; round < 2; round++) {
    checks.stateOf(specOf(QUERY), "shop");
    await pass(11 * MINUTE);
  }
  const changed = specOf(QUERY);
  expect(checks.stateOf(changed, "shop")).toBeUndefined();
  await pass(GAP_MS);
  expect(checks.stateOf(changed, "shop")).toBe("enough");
  expect(asked).toHaveLength(2);
  await end();
});

test("metrics with the same selector share a query, and what is due is sent together", async () => {
  const { checks, asked, sets, pass, end } = scene(() => 20);
  for (const [index, query] of [QUERY, "sum(rate(x[5m]))", "sum(rate(y[1m]))", "sum(z)"].entries())
    checks.stateOf(specOf(query, `q${index}`), "shop");
  await pass(10 * GAP_MS);
  expect(asked).toEqual(
    ["x", "y"].map((name) => `max(count_over_time(${name}[5m]) and ${name} offset 5m and ${name})`),
  );
  expect(sets()).toBe(1);
  await end();
});

test("a namespace with many metrics delays another one by no more than its turn", async () => {
  const { checks, asked, pass, end } = scene(() => 20);
  for (let index = 0; index < 3 * MOST_TOGETHER; index++)
    checks.stateOf(specOf(`sum(rate(x${index}[1m]))`, `q${index}`), "large");
  checks.stateOf(specOf("sum(rate(small[1m]))"), "small");
  await pass(1);
  expect(asked).toHaveLength(MOST_TOGETHER);
  expect(asked.some((query) => query.includes("small"))).toBe(true);
  await pass(4 * GAP_MS);
  expect(asked).toHaveLength(3 * MOST_TOGETHER + 1);
  await end();
});

test("nothing is asked about a selector that is too long for the query", async () => {
  const { checks, asked, pass, end } = scene(() => 20);
  const spec = specOf(`sum(rate(x{a="${"b".repeat(5_000)}"}[1m]))`);
  checks.stateOf(spec, "shop");
  await pass(GAP_MS);
  expect(asked).toEqual([]);
  await end();
});

test.each([
  ["rate(x[1e-4])", 15, "the window of 0 s holds 0 scrapes"],
  [`rate(x{a="${"b".repeat(5_000)}"}[1m])`, 60, "holds 1 scrape of x{"],
])("the message of any query is short and complete: %#", (query, interval, text) => {
  const [, selector = ""] = /rate\((.*)\[/.exec(query) ?? [];
  const seconds = query.includes("1e-4") ? 1e-4 : 60;
  const found = windowProblem({ selector, seconds }, interval);
  expect(found?.message).toContain(text);
  expect(found?.message.length).toBeLessThan(400);
});
