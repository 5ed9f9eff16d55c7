import { describe, expect, test } from "@jest/globals";
import { type Problem, type ProblemCode, parseQuery, type Query } from "hpa-metrics";
import type { Answer } from "./answer.ts";
import { createQueryBatcher, noPlannerCounts } from "./queryBatcher.ts";

function query(text: string): Query {
  const parsed = parseQuery(text);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return parsed.query;
}

const queriesOf = (...workloads: string[]) => workloads.map((workload) => query(`sum(rate(x{w="${workload}"}[1m]))`));

/** Queries of the HPAs of one namespace. */
const shopsOwn = (queries: readonly Query[]) => queries.map((query) => ({ query, namespaces: ["shop"] }));

const problem = (code: ProblemCode): Answer => ({
  ok: false,
  problem: { code, severity: "error", message: "m", remedy: "r" } satisfies Problem,
});

/**
 * A planner over a server that has one series for each workload that a text names, of the value of its length. A first group
 * has been compared with its member already, unless `isProven` is false.
 */
async function planned(
  judge: (text: string, workloads: string[]) => Answer | undefined = () => undefined,
  { took = () => 1, isProven = true }: { took?: () => number; isProven?: boolean } = {},
) {
  const asked: string[] = [];
  let now = 0;
  let isJudged = false;
  const counts = noPlannerCounts();
  const server = {
    async query(text: string, evaluatedAt: number): Promise<Answer> {
      asked.push(text);
      const named = /w=~?"([^"]*)"/.exec(text)?.[1]?.split("|") ?? [];
      const workloads = named.map((w) => w.replaceAll("\\", ""));
      if (isJudged) now += took();
      const labels = (w: string) => (text.includes("by(w)") ? { w } : {});
      const samples = workloads.map((w) => ({ labels: labels(w), value: w.length }));
      return (isJudged ? judge(text, workloads) : undefined) ?? { ok: true, samples, evaluatedAt };
    },
  };
  const batcher = createQueryBatcher(server, counts, () => now);
  const ask = (queries: readonly Query[]) => Promise.all(batcher.evaluate(shopsOwn(queries), 5_000));
  if (isProven) await ask(queriesOf("one", "other"));
  isJudged = true;
  asked.length = 0;
  Object.assign(counts, noPlannerCounts());
  return { ask, asked, counts, later: (ms: number) => (now += ms) };
}

const values = (answers: readonly Answer[]) =>
  answers.map((answer) => (answer.ok ? answer.samples.map(({ value }) => value) : answer.problem.code));

describe("a set of queries", () => {
  test("of one shape is one request, and each gets its own samples", async () => {
    const { ask, asked, counts } = await planned();
    const queries = queriesOf("a", "bb", "ccc");
    expect(values(await ask(queries))).toEqual([[1], [2], [3]]);
    expect(asked).toEqual(['sum by(w)(rate(x{w=~"a|bb|ccc"}[1m]))']);
    expect(counts).toEqual({ requests: 1, grouped: 3, splits: 0, queued: 0, refused: 0 });
  });

  test("of other shapes, or of none, goes by itself and as it was written", async () => {
    const { ask, asked } = await planned();
    await ask([...queriesOf("a"), query('max(rate(x{w="a"}[1m]))'), query("vector(1)")]);
    expect(asked).toEqual(["vector(1)", 'sum(rate(x{w="a"}[1m]))', 'max(rate(x{w="a"}[1m]))']);
  });

  test("with one that Prometheus refuses has answers for all others in the same round", async () => {
    const { ask, asked, later } = await planned((_, workloads) =>
      workloads.includes("bad") ? problem("ASM_QUERY_REFUSED") : undefined,
    );
    const queries = queriesOf("a", "bb", "bad", "dddd");
    const expected = [[1], [2], "ASM_QUERY_REFUSED", [4]];
    expect(values(await ask(queries))).toEqual(expected);
    asked.length = 0;
    expect(values(await ask(queries))).toEqual(expected);
    expect(asked).toEqual(['sum(rate(x{w="bad"}[1m]))', 'sum by(w)(rate(x{w=~"a|bb|dddd"}[1m]))']);
    later(300_001);
    asked.length = 0;
    await ask(queries);
    expect(asked[0]).toContain("a|bb|bad|dddd");
  });

  test("is not asked one by one when the server is down", async () => {
    const { ask, asked } = await planned(() => problem("ASM_PROMETHEUS_UNREACHABLE"));
    expect(values(await ask(queriesOf("a", "b")))).toEqual([
      "ASM_PROMETHEUS_UNREACHABLE",
      "ASM_PROMETHEUS_UNREACHABLE",
    ]);
    expect(asked).toHaveLength(1);
  });

  test("whose answer is too large is asked in halves", async () => {
    const { ask, asked } = await planned((_, workloads) =>
      workloads.length > 2 ? problem("ASM_ANSWER_LARGE") : undefined,
    );
    expect(values(await ask(queriesOf("a", "bb", "ccc", "dddd")))).toEqual([[1], [2], [3], [4]]);
    expect(asked).toHaveLength(3);
  });

  test("that a proxy refuses for its length in words of its own is asked in smaller groups, then and later", async () => {
    const judge = (text: string, workloads: string[]): Answer => {
      if (workloads.length > 2) return problem("ASM_PROMETHEUS_ANSWER");
      const labels = (w: string) => (text.includes("by(w)") ? { w } : {});
      const samples = workloads.map((w) => ({ labels: labels(w), value: w.length }));
      return { ok: true, samples, evaluatedAt: 0, evaluationMs: 2 };
    };
    const { ask, asked, later } = await planned(judge, { isProven: false });
    const queries = queriesOf("a", "bb", "ccc", "dddd");
    for (let round = 0; round < 10; round++) {
      expect(values(await ask(queries))).toEqual([[1], [2], [3], [4]]);
      if (round > 0) expect(asked.filter((text) => text.includes("a|bb|ccc"))).toEqual([]);
      asked.length = 0;
      later(60_000);
    }
    // After an hour a larger one is tried: the round that finds it refused has no answer, the next one has.
    later(3_600_000);
    const rounds = [];
    for (let round = 0; round < 5; round++)
      rounds.push(values(await ask(queries)).every((value) => Array.isArray(value)));
    expect(rounds.filter((isAnswered) => !isAnswered).length).toBeLessThanOrEqual(1);
    expect(rounds.at(-1)).toBe(true);
  });

  test("that Prometheus evaluates for long is asked in smaller groups, unless all of the server is slow", async () => {
    const slow = await planned((_, workloads) => ({
      ok: true,
      samples: workloads.map((w) => ({ labels: { w }, value: 1 })),
      evaluatedAt: 0,
      evaluationMs: 200 * workloads.length,
    }));
    await slow.ask(queriesOf("a", "b", "c", "d"));
    slow.asked.length = 0;
    await slow.ask(queriesOf("a", "b", "c", "d"));
    expect(slow.asked).toHaveLength(2);
    const hung = await planned(() => problem("ASM_PROMETHEUS_UNREACHABLE"), { took: () => 10_000 });
    await hung.ask(queriesOf("a", "b", "c", "d"));
    hung.asked.length = 0;
    await hung.ask(queriesOf("a", "b", "c", "d"));
    // All of them as one, and one alone that tells whether it is the group.
    expect(hung.asked).toHaveLength(2);
  });

  test("with escapes goes in groups that Prometheus can look up by value", async () => {
    const { ask, asked } = await planned();
    await ask(queriesOf(...Array.from({ length: 600 }, (_, index) => `w.${index}`)));
    expect(asked).toHaveLength(3);
  });

  test("that reads more for nothing than it saves is parted by the label with the fewest values", async () => {
    const all = Array.from({ length: 10 }, (_, index) => `n${index}`);
    const asked: string[] = [];
    // Every workload is in every namespace, and each is asked for in one of them.
    const server = {
      async query(text: string, evaluatedAt: number): Promise<Answer> {
        asked.push(text);
        const of = (label: string) => new RegExp(`${label}=~?"([^"]*)"`).exec(text)?.[1]?.split("|") ?? [];
        const isGrouped = text.includes("by(");
        const labels = (n: string, w: string) => (isGrouped ? { n, w } : {});
        const samples = of("n").flatMap((n) => of("w").map((w) => ({ labels: labels(n, w), value: 1 })));
        return { ok: true, samples, evaluatedAt, samplesRead: samples.length * 1000 };
      },
    };
    const batcher = createQueryBatcher(server, noPlannerCounts(), () => 0);
    const queries = all.flatMap((n) => [1, 2].map((w) => query(`sum(x{n="${n}",w="${n}-${w}"})`)));
    await Promise.all(batcher.evaluate(shopsOwn(queries), 0));
    asked.length = 0;
    const answers = await Promise.all(batcher.evaluate(shopsOwn(queries), 0));
    expect(asked).toHaveLength(10);
    expect(answers.every((answer) => answer.ok && answer.samples.length === 1)).toBe(true);
  });

  test("is compared with one of its members before it is trusted, and asked one by one where they differ", async () => {
    const first = await planned(undefined, { isProven: false });
    await first.ask(queriesOf("a", "bb"));
    expect(first.asked).toEqual(['sum by(w)(rate(x{w=~"a|bb"}[1m]))', 'sum(rate(x{w="a"}[1m]))']);
    // A server, or something before it, that answers whatever is asked with one number.
    const one: Answer = { ok: true, samples: [{ labels: {}, value: 7 }], evaluatedAt: 0 };
    const other = await planned(() => one, { isProven: false });
    expect(values(await other.ask(queriesOf("a", "bb")))).toEqual([[7], [7]]);
    other.asked.length = 0;
    expect(values(await other.ask(queriesOf("a", "bb")))).toEqual([[7], [7]]);
    expect(other.asked).toEqual(['sum(rate(x{w="a"}[1m]))', 'sum(rate(x{w="bb"}[1m]))']);
  });
});
