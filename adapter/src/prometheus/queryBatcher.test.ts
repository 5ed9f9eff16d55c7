import { type Problem, type ProblemCode, parseQuery, type Query } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import type { Answer } from "./answer.ts";
import { noCounts } from "./batcherCounts.ts";
import { createQueryBatcher } from "./queryBatcher.ts";

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
  const counts = noCounts();
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
  const ask = async (queries: readonly Query[]) => {
    const answers = await Promise.all(batcher.evaluate(shopsOwn(queries), 5_000));
    // What was learned from a group is stored after its answers.
    await new Promise((resolve) => setImmediate(resolve));
    return answers;
  };
  if (isProven) await ask(queriesOf("one", "other"));
  isJudged = true;
  asked.length = 0;
  Object.assign(counts, noCounts());
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
    const batcher = createQueryBatcher(server, noCounts(), () => 0);
    const queries = all.flatMap((n) => [1, 2].map((w) => query(`sum(x{n="${n}",w="${n}-${w}"})`)));
    await Promise.all(batcher.evaluate(shopsOwn(queries), 0));
    asked.length = 0;
    const answers = await Promise.all(batcher.evaluate(shopsOwn(queries), 0));
    expect(asked).toHaveLength(10);
    expect(answers.every((answer) => answer.ok && answer.samples.length === 1)).toBe(true);
  });

  describe("refused for a series that nobody asked for", () => {
    /** A server that has every workload in every namespace, and refuses a group that reads one of the given pairs. */
    function crossed(pairs: readonly (readonly [n: string, w: string])[], isBad: (n: string, w: string) => boolean) {
      const asked: string[] = [];
      let now = 0;
      const server = {
        async query(text: string, evaluatedAt: number): Promise<Answer> {
          asked.push(text);
          const of = (label: string) => new RegExp(`${label}=~?"([^"]*)"`).exec(text)?.[1]?.split("|") ?? [];
          const [namespaces, workloads] = [of("n"), of("w")];
          if (namespaces.some((n) => workloads.some((w) => isBad(n, w)))) return problem("ASM_QUERY_REFUSED");
          const by = /by\(([^)]*)\)/.exec(text)?.[1]?.split(",") ?? [];
          const samples = namespaces.flatMap((n) =>
            workloads.map((w) => ({
              labels: Object.fromEntries(Object.entries({ n, w }).filter(([label]) => by.includes(label))),
              value: 1,
            })),
          );
          return { ok: true, samples, evaluatedAt };
        },
      };
      const batcher = createQueryBatcher(server, noCounts(), () => now);
      const queries = pairs.map(([n, w]) => query(`sum(x{n="${n}",w="${w}"})`));
      const round = async () => {
        asked.length = 0;
        const answers = await Promise.all(batcher.evaluate(shopsOwn(queries), 0));
        await new Promise((resolve) => setImmediate(resolve));
        now += 3_000;
        expect(answers.filter(({ ok }) => !ok)).toEqual([]);
        return asked.length;
      };
      return { round, later: (ms: number) => (now += ms) };
    }
    const numbers = (length: number) => Array.from({ length }, (_, index) => index);

    test("is parted by the label with the fewest values, for an hour", async () => {
      const pairs = numbers(256).map((index) => [`n${index % 16}`, `w${index}`] as const);
      const { round, later } = crossed(pairs, (n, w) => Number(w.slice(1)) % 16 !== Number(n.slice(1)));
      await round();
      for (const _ of numbers(5)) expect(await round()).toBe(16);
      later(3_600_000);
      await round();
      expect(await round()).toBe(16);
    });

    test("leaves out one of the two that bring the series in, if every label has many values", async () => {
      const pairs = numbers(64).map((index) => [`n${index}`, `w${index}`] as const);
      const { round } = crossed(pairs, (n, w) => n === "n2" && w === "w3");
      await round();
      for (const _ of numbers(5)) expect(await round()).toBeLessThanOrEqual(3);
    });
  });

  test("with one that Prometheus refuses in the first round is as large as before from then on", async () => {
    const { ask, asked } = await planned(
      (_, workloads) => (workloads.includes("bad") ? problem("ASM_QUERY_REFUSED") : undefined),
      { isProven: false },
    );
    const good = Array.from({ length: 30 }, (_, index) => `w${index}`);
    const queries = queriesOf(...good, "bad");
    await ask(queries);
    asked.length = 0;
    await ask(queries);
    expect(asked).toHaveLength(2);
  });

  test("may differ from its member alone in the last digits, in which Prometheus itself is not stable", async () => {
    const judged = (value: number, text: string): Answer => ({
      ok: true,
      samples: ["a", "bb"]
        .filter((w) => text.includes(w))
        .map((w) => ({ labels: text.includes("by(") ? { w } : {}, value: text.includes("by(") ? value : 0.1 + 0.2 })),
      evaluatedAt: 0,
    });
    const close = await planned((text) => judged(0.3, text), { isProven: false });
    await close.ask(queriesOf("a", "bb"));
    close.asked.length = 0;
    await close.ask(queriesOf("a", "bb"));
    expect(close.asked).toHaveLength(1);
    for (const value of [0.300001, Number.POSITIVE_INFINITY, Number.NaN, -0.3]) {
      const far = await planned((text) => judged(value, text), { isProven: false });
      await far.ask(queriesOf("a", "bb"));
      far.asked.length = 0;
      await far.ask(queriesOf("a", "bb"));
      expect(far.asked).toHaveLength(2);
    }
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
