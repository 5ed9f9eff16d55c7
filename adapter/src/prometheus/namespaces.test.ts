import { type ProblemCode, parseQuery } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import type { Answer } from "./answer.ts";
import { noCounts } from "./batcherCounts.ts";
import type { Asked } from "./batches.ts";
import { createQueryBatcher } from "./queryBatcher.ts";

/** The query of one workload's HPA; the workload's name begins with its namespace. */
function of(w: string, namespaces = [w.split("-")[0] ?? ""]): Asked {
  const parsed = parseQuery(`sum(rate(x{w="${w}"}[1m]))`);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return { query: parsed.query, namespaces };
}

interface Behaviour {
  /** How long Prometheus evaluates a query for these workloads, ms. */
  msOf?(workloads: string[]): number;
  /** The code of its problem. */
  problemOf?(workloads: string[]): ProblemCode | undefined;
  /** The value of a group's samples. */
  sampleOf?(workload: string, isGroup: boolean): number;
}

/** A planner over a server with one series for each workload, whose behaviour the test may change. */
function scene(behaviour: Behaviour = {}) {
  const time = { ms: 1 };
  const asked: string[] = [];
  const server = {
    async query(text: string, evaluatedAt: number): Promise<Answer> {
      const workloads = /w=~?"([^"]*)"/.exec(text)?.[1]?.split("|") ?? [];
      asked.push(workloads.join(" "));
      const evaluationMs = behaviour.msOf?.(workloads) ?? 1;
      time.ms += evaluationMs;
      const code = behaviour.problemOf?.(workloads);
      if (code) return { ok: false, problem: { code, severity: "error", message: "m", remedy: "r" } };
      const isGroup = text.includes("by(w)");
      const samples = workloads.map((w) => ({
        labels: isGroup ? { w } : {},
        value: behaviour.sampleOf?.(w, isGroup) ?? w.length,
      }));
      return { ok: true, samples, evaluatedAt, evaluationMs };
    },
  };
  const batcher = createQueryBatcher(server, noCounts(), () => time.ms);
  /** What was asked of the server for one set of queries, and the answers. */
  const ask = async (queries: readonly Asked[]) => {
    asked.length = 0;
    const answers = await Promise.all(batcher.evaluate(queries, 0));
    await new Promise((resolve) => setImmediate(resolve));
    return { requests: [...asked].sort(), answers };
  };
  return { ask, behaviour, time };
}

const fleet = () => ["a-1", "a-2", "b-1", "b-2", "c-1", "c-2"].map((w) => of(w));
const ALL = "a-1 a-2 b-1 b-2 c-1 c-2";
const isRead = (answers: readonly Answer[]) => answers.map(({ ok }) => ok);

describe("queries of several namespaces", () => {
  test("are asked by namespace until they have been quick, and then as one", async () => {
    const { ask } = scene();
    const queries = fleet();
    // Each with one of its members alone, which tells whether groups can be trusted here.
    expect((await ask(queries)).requests).toEqual(["a-1", "a-1 a-2", "b-1", "b-1 b-2", "c-1", "c-1 c-2"]);
    expect((await ask(queries)).requests).toEqual([ALL]);
    expect((await ask([...queries, of("d-1"), of("a-3")])).requests).toEqual([ALL, "a-3", "d-1"]);
  });

  test("are not slowed down by one of another namespace that is slow from the start", async () => {
    const { ask } = scene({ msOf: (workloads) => (workloads.includes("a-slow") ? 10_000 : 1) });
    const queries = [...fleet(), of("a-slow")];
    for (let round = 0; round < 5; round++) {
      const { answers, requests } = await ask(queries);
      for (const request of requests) if (request.includes("a-slow")) expect(request).not.toMatch(/[bc]-/);
      for (const answer of answers.slice(2, 6)) expect(answer.tookMs).toBeLessThan(30_000);
    }
    const { requests } = await ask(queries);
    expect(requests).toContain("a-slow");
    expect(requests.some((request) => request.includes("b-1 b-2 c-1 c-2"))).toBe(true);
  });

  test("one of which turns slow are asked by namespace once, and then together without the slow ones", async () => {
    const { ask, behaviour } = scene();
    const queries = fleet();
    await ask(queries);
    await ask(queries);
    behaviour.msOf = (workloads) => (workloads.some((w) => w.startsWith("a")) ? 2_000 : 1);
    const shared = await ask(queries);
    expect(shared.requests).toEqual([ALL]);
    // What it took is nobody's in particular, so that no query is taken for a slow one by it.
    expect(shared.answers.map(({ tookMs }) => tookMs)).toEqual(Array(6).fill(undefined));
    expect((await ask(queries)).requests).toEqual(["a-1 a-2", "b-1 b-2", "c-1 c-2"]);
    expect((await ask(queries)).requests).toEqual(["a-1", "a-2", "b-1 b-2 c-1 c-2"]);
  });

  test("stay apart for longer each time that the group is in trouble again", async () => {
    const { ask, behaviour, time } = scene();
    const queries = fleet();
    const lengths: number[] = [];
    for (let strike = 0; strike < 4; strike++) {
      behaviour.msOf = () => 1;
      const from = time.ms;
      for (let round = 0; !(await ask(queries)).requests.includes(ALL); round++) {
        if (round > 1_000) throw new Error("they are never asked together again");
        time.ms += 30_000;
      }
      lengths.push(time.ms - from);
      behaviour.msOf = (workloads) => (workloads.length > 2 ? 1_000 : 1);
      // The limit of the group recovers as well.
      await ask(queries);
    }
    expect(lengths[0]).toBeLessThan(60_000);
    for (const [index, length] of lengths.entries())
      if (index > 1) expect(length).toBeGreaterThan(lengths[index - 1] ?? 0);
  });

  test("one of which Prometheus refuses have their answers in the same round, and are not asked with it again", async () => {
    const { ask, behaviour, time } = scene();
    const queries = fleet();
    await ask(queries);
    await ask(queries);
    behaviour.problemOf = (workloads) => (workloads.includes("a-1") ? "ASM_QUERY_REFUSED" : undefined);
    const first = await ask(queries);
    expect(isRead(first.answers)).toEqual([false, true, true, true, true, true]);
    expect(first.requests).toEqual(expect.arrayContaining([ALL, "b-1 b-2", "c-1 c-2"]));
    expect((await ask(queries)).requests).toEqual(["a-1", "a-2 b-1 b-2 c-1 c-2"]);
    time.ms += 300_001;
    // Long after, it is tried with its own namespace alone.
    expect((await ask(queries)).requests.filter((request) => request.includes("a-1"))).toEqual(["a-1"]);
  });

  test("of which one namespace has too many, or too long ones, leave those to themselves", async () => {
    const { ask } = scene();
    const many = Array.from({ length: 101 }, (_, index) => of(`a-${index}`));
    const long = Array.from({ length: 20 }, (_, index) => of(`b-${index}${"x".repeat(600)}`));
    const others = [of("c-1"), of("d-1")];
    const queries = [...many, ...long, ...others];
    await ask(queries);
    const { requests } = await ask(queries);
    expect(requests).toHaveLength(3);
    expect(requests).toContain("c-1 d-1");
  });

  test("that are too large as one for a proxy, and not by any one namespace, go in smaller groups from then on", async () => {
    const { ask } = scene({ problemOf: (workloads) => (workloads.length > 4 ? "ASM_ANSWER_LARGE" : undefined) });
    const queries = fleet();
    await ask(queries);
    expect(isRead((await ask(queries)).answers)).toEqual(Array(6).fill(true));
    expect((await ask(queries)).requests).toEqual(["a-1 a-2 b-1", "b-2 c-1 c-2"]);
  });

  test("one of which is not answered in the group as alone are asked by namespace, and only its own one by one", async () => {
    const { ask, behaviour, time } = scene();
    const queries = fleet();
    await ask(queries);
    await ask(queries);
    behaviour.sampleOf = (w, isGroup) => (w === "a-1" && isGroup ? 99 : 1);
    time.ms += 600_001;
    const { requests, answers } = await ask(queries);
    expect(requests).toEqual(expect.arrayContaining([ALL, "a-1", "a-2", "b-1 b-2", "c-1 c-2"]));
    expect(answers.map((answer) => answer.ok && answer.samples[0]?.value)).toEqual(Array(6).fill(1));
    expect((await ask(queries)).requests).toEqual(["a-1", "a-2", "b-1 b-2 c-1 c-2"]);
    time.ms += 60_001;
    behaviour.sampleOf = () => 1;
    expect((await ask(queries)).requests).toEqual(["a-1", "a-1 a-2", "b-1 b-2 c-1 c-2"]);
    expect((await ask(queries)).requests).toEqual([ALL]);
  });

  test("that time out together are asked by namespace next, whoever's fault it is", async () => {
    const { ask, behaviour } = scene();
    const queries = fleet();
    await ask(queries);
    await ask(queries);
    const isBad = (workloads: string[]) => workloads.some((w) => w.startsWith("a"));
    behaviour.msOf = (workloads) => (isBad(workloads) ? 10_000 : 1);
    behaviour.problemOf = (workloads) => (isBad(workloads) ? "ASM_PROMETHEUS_UNREACHABLE" : undefined);
    expect(isRead((await ask(queries)).answers)).toEqual(Array(6).fill(false));
    const next = await ask(queries);
    expect(isRead(next.answers)).toEqual([false, false, true, true, true, true]);
  });
});
