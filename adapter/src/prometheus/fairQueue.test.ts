import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { Answer } from "./answer.ts";
import { createFairQueue, LONGEST_WAIT_MS } from "./fairQueue.ts";
import { MOST_QUEUED, type Speed } from "./lane.ts";

const OK: Answer = { ok: true, samples: [], evaluatedAt: 0 };

/** A queue over a server that answers when the test says so, and a clock that the test moves. */
function scene() {
  const time = { ms: 0 };
  const counts = { queued: 0, refused: 0 };
  const queue = createFairQueue(counts, () => time.ms);
  /** Who has requests under way, in the order in which they were sent. */
  const sent: { name: string; end(): void }[] = [];
  const answers: [name: string, answer: Answer][] = [];
  const run = (namespaces: string | string[], speed: Speed, count = 1) => {
    const all = [namespaces].flat();
    const name = `${all.join("+")} ${speed}`;
    for (let index = 0; index < count; index++) {
      const send = () => new Promise<Answer>((resolve) => sent.push({ name, end: () => resolve(OK) }));
      void queue.run({ namespaces: all, speed, send }).then((answer) => answers.push([name, answer]));
    }
  };
  const flush = async () => {
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  const pass = async (ms: number) => {
    time.ms += ms;
    jest.advanceTimersByTime(ms);
    await flush();
  };
  const end = async (name: string) => {
    const index = sent.findIndex((one) => one.name === name);
    sent.splice(index, 1)[0]?.end();
    await flush();
  };
  const underWay = () => {
    const found: Record<string, number> = {};
    for (const { name } of sent) found[name] = (found[name] ?? 0) + 1;
    return found;
  };
  return { counts, run, pass, end, underWay, answers, flush };
}

beforeEach(() => void jest.useFakeTimers({ doNotFake: ["queueMicrotask", "nextTick", "performance", "Date"] }));
afterEach(() => void jest.useRealTimers());

describe("requests to one Prometheus", () => {
  test("of one namespace are bounded, and another's are sent at once", () => {
    const { run, underWay, counts } = scene();
    run("a", "quick", 100);
    run("b", "quick", 3);
    expect(underWay()).toEqual({ "a quick": 8, "b quick": 3 });
    expect(counts.queued).toBe(92);
  });

  test("that wait are sent in turn by namespace, however many one of them has", async () => {
    const { run, end, underWay } = scene();
    for (let index = 0; index < 8; index++) run(`n${index}`, "slow");
    run("a", "slow", 50);
    run("b", "slow", 2);
    await end("n0 slow");
    await end("n1 slow");
    await end("n2 slow");
    expect(underWay()).toMatchObject({ "a slow": 2, "b slow": 1 });
    await end("n3 slow");
    expect(underWay()).toMatchObject({ "a slow": 2, "b slow": 2 });
  });

  test("that are slow leave room for quick ones, of all namespaces and of their own", () => {
    const { run, underWay } = scene();
    for (const namespace of ["a", "b", "c"]) run(namespace, "slow", 50);
    for (const namespace of ["a", "d"]) run(namespace, "quick", 2);
    expect(underWay()).toEqual({ "a slow": 6, "b slow": 2, "a quick": 2, "d quick": 2 });
  });

  test("of unknown speed are let in by and by, and another namespace's find room beside them", async () => {
    const { run, end, underWay } = scene();
    for (const namespace of ["a", "b"]) run(namespace, "slow", 50);
    run("c", "unknown", 50);
    run("d", "unknown", 50);
    expect(underWay()).toEqual({ "a slow": 6, "b slow": 2, "c unknown": 2, "d unknown": 2 });
    await end("c unknown");
    await end("d unknown");
    expect(underWay()).toMatchObject({ "c unknown": 2, "d unknown": 2 });
  });

  test("of unknown speed become more while they are answered quickly", async () => {
    const { run, end, underWay } = scene();
    run("a", "unknown", 50);
    for (let round = 0; round < 6; round++) await end("a unknown");
    expect(underWay()).toEqual({ "a unknown": 6 });
  });

  test("that turn out slow count as slow while they are under way, and so do the namespace's next ones", async () => {
    const { run, pass, underWay, end } = scene();
    for (const namespace of ["a", "b", "c", "d", "e", "f"]) run(namespace, "unknown", 10);
    run("good", "unknown");
    expect(underWay()["good unknown"]).toBeUndefined();
    await pass(1_000);
    await end("a unknown");
    // Not one of a's, which are known to be slow by now.
    expect(underWay()).toMatchObject({ "good unknown": 1, "a unknown": 1 });
    await end("good unknown");
    run("good", "quick", 5);
    expect(underWay()).toMatchObject({ "good quick": 5 });
  });

  test("that several namespaces ask for go on the share of the one that asks least", () => {
    const { run, underWay } = scene();
    run("a", "slow", 500);
    run("a", "quick", 500);
    run(["a", "b"], "quick", 3);
    expect(underWay()).toMatchObject({ "a+b quick": 3 });
  });
});

describe("a request that is not sent", () => {
  test("within the longest wait is answered with what fills the share of its namespace", async () => {
    const { run, pass, answers, counts, underWay } = scene();
    run("a", "slow", 10);
    await pass(LONGEST_WAIT_MS);
    expect(answers).toHaveLength(4);
    const [, answer] = answers[0] ?? [];
    expect(answer).toMatchObject({ ok: false, problem: { code: "ASM_PROMETHEUS_BUSY" } });
    expect(answer).not.toHaveProperty("tookMs");
    expect(JSON.stringify(answer)).toContain("namespace a fill its share: 6 are under way");
    expect(counts).toEqual({ queued: 0, refused: 4 });
    expect(underWay()).toEqual({ "a slow": 6 });
  });

  test("is answered so at once where too many of its namespace wait, and names no namespace to another", async () => {
    const { run, answers, flush } = scene();
    for (const namespace of ["a", "b"]) run(namespace, "slow", MOST_QUEUED + 8);
    await flush();
    const before = answers.length;
    run(["a", "b"], "slow", 20);
    await flush();
    const shared = answers.slice(before);
    expect(shared.length).toBeGreaterThan(0);
    expect(JSON.stringify(shared)).not.toMatch(/namespace [ab] /);
  });
});

test("the time in the queue is not the request's", async () => {
  const { run, pass, end, answers } = scene();
  run("a", "quick", 9);
  await pass(5_000);
  await end("a quick");
  await pass(20);
  // The ninth is the last that was sent.
  for (let index = 0; index < 8; index++) await end("a quick");
  expect(answers.map(([, { tookMs }]) => tookMs)).toEqual([5_000, ...Array(7).fill(5_020), 20]);
});
