import { type MetricSpec, parseQuery } from "@asm-autoscaler/hpa-metrics";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { Answer } from "../prometheus/answer.ts";
import type { Prometheus, Question } from "../prometheus/prometheus.ts";
import { READ_DEADLINE_MS } from "./readDeadline.ts";
import { createReadings } from "./readings.ts";

/** A Prometheus whose answers the test gives one by one, and a clock that the test moves. */
function scene(options: { ttlMs?: number } = {}) {
  const time = { ms: 1_200_000, jumpMs: 0 };
  const asked: {
    questions: readonly Question[];
    evaluateAt: number;
    answer: (index: number, answer: Answer) => void;
  }[] = [];
  const prometheus: Pick<Prometheus, "evaluate"> = {
    evaluate(questions, evaluateAt) {
      const resolvers: ((answer: Answer) => void)[] = [];
      const promises = questions.map(
        (_question, index) => new Promise<Answer>((resolve) => (resolvers[index] = resolve)),
      );
      asked.push({ questions, evaluateAt, answer: (index, answer) => resolvers[index]?.(answer) });
      return promises;
    },
  };
  const told: string[] = [];
  const readings = createReadings({
    prometheus,
    ttlMs: options.ttlMs ?? 30_000,
    defaultIntervalMs: 0,
    clock: { monotonic: () => time.ms, wall: () => time.ms + time.jumpMs },
    onProblem: (problem) => told.push(problem.code),
    onRecovery: () => told.push("recovered"),
  });
  return { time, asked, readings, told };
}

const spec = (query: string, more: Partial<MetricSpec> = {}): MetricSpec => {
  const parsed = parseQuery(query);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return { metricName: "m", labels: {}, query: parsed.query, queryKey: "k", server: { kind: "default" }, ...more };
};
const one = (value: number, tookMs = 1): Answer => ({
  ok: true,
  samples: [{ labels: {}, value }],
  evaluatedAt: 0,
  tookMs,
});
const down: Answer = {
  ok: false,
  problem: { code: "ASM_PROMETHEUS_UNREACHABLE", severity: "error", message: "down", remedy: "start it" },
};
const turn = () => new Promise((resolve) => setImmediate(resolve));
const text = (outcome: Awaited<ReturnType<ReturnType<typeof createReadings>["read"]>>) =>
  outcome.ok ? outcome.reading.quantity : outcome.problem.code;

describe("many metrics", () => {
  const metrics = Array.from({ length: 30 }, (_, index) => spec(`m${index}`));
  const answerAll = async (asked: ReturnType<typeof scene>["asked"], from: number, tookMs?: number) => {
    await turn();
    for (const { questions, answer } of asked.slice(from))
      for (const index of questions.keys()) answer(index, one(index, tookMs));
    await turn();
  };

  test("that will be read before the next moment are evaluated with the first that is", async () => {
    const { asked, readings, time } = scene();
    // Two a second, in the order of the list, every 15 s, as the HPA controller does.
    for (let round = 0; round < 4; round++) {
      for (const metric of metrics) {
        const before = asked.length;
        void readings.read(metric, "shop");
        await answerAll(asked, before);
        time.ms += 500;
      }
    }
    const steady = asked.slice(-10);
    expect(steady).toHaveLength(10);
    for (const { questions } of steady) expect(questions.length).toBeGreaterThanOrEqual(5);
    expect(asked.filter(({ evaluateAt }) => evaluateAt >= 1_245_000).length).toBeLessThanOrEqual(10);
  });

  test("that exist and were never read are evaluated with the first that is", async () => {
    const { asked, readings, time } = scene();
    for (const metric of metrics) readings.acquire(metric, "shop");
    // Two a second, spread over the first sync period of the HPA controller.
    for (const metric of metrics) {
      const before = asked.length;
      void readings.read(metric, "shop");
      await answerAll(asked, before);
      time.ms += 500;
    }
    expect(asked.map(({ questions }) => questions.length)).toEqual([30, 30, 30, 30, 30]);
    time.ms += 60_000;
    const before = asked.length;
    void readings.read(spec("another"), "shop");
    await answerAll(asked, before);
    expect(asked.slice(before).map(({ questions }) => questions.length)).toEqual([1]);
  });

  test("that nobody reads any more are soon evaluated no more", async () => {
    const { asked, readings, time } = scene();
    for (const metric of metrics) void readings.read(metric, "shop");
    await answerAll(asked, 0);
    const [reader] = metrics as [MetricSpec];
    for (let round = 0; round < 10; round++) {
      time.ms += 15_000;
      const before = asked.length;
      void readings.read(reader, "shop");
      await answerAll(asked, before);
    }
    expect(asked.map(({ questions }) => questions.length)).toEqual([30, 30, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
  });

  describe("that are slow", () => {
    beforeEach(() => {
      jest.useFakeTimers({ doNotFake: ["setImmediate", "queueMicrotask", "nextTick", "performance", "Date"] });
    });
    afterEach(() => {
      jest.useRealTimers();
    });

    /** Metrics whose first evaluation took 5 s. */
    async function slowScene(count: number) {
      const { asked, readings, time } = scene();
      const slow = metrics.slice(0, count);
      const pass = async (ms: number) => {
        time.ms += ms;
        jest.advanceTimersByTime(ms);
        await turn();
      };
      for (const metric of slow) readings.acquire(metric, "shop");
      const first = slow.map((metric) => readings.read(metric, "shop"));
      await turn();
      await pass(900);
      for (const outcome of await Promise.all(first)) expect(text(outcome)).toBe("ASM_PROMETHEUS_SLOW");
      await pass(4_100);
      await answerAll(asked, 0, 5_000);
      return { asked, readings, slow, pass };
    }

    test("hold no more than two of their readers at a time, and one of each namespace", async () => {
      const { readings, slow, pass } = await slowScene(10);
      await pass(15_000);
      const done: string[] = [];
      const namespaces = [...Array.from({ length: 5 }, () => "shop"), "pay", "search", "mail", "mail", "mail"];
      const reads = slow.map((metric, index) =>
        readings.read(metric, namespaces[index] ?? "").then((outcome) => done.push(text(outcome))),
      );
      await turn();
      expect(done).toHaveLength(8);
      await pass(900);
      await Promise.all(reads);
      expect(done.filter((value) => /^\d$/.test(value))).toHaveLength(10);
    });

    test("are evaluated before they are read, and then nobody waits", async () => {
      const { asked, readings, slow, pass } = await slowScene(1);
      const [metric] = slow as [MetricSpec];
      const answerNext = async () => {
        await pass(5_000);
        await answerAll(asked, asked.length - 1, 5_000);
      };
      void readings.read(metric, "shop");
      await turn();
      await answerNext();
      const before = asked.length;
      // Five seconds and one moment before the read that is expected.
      await pass(2_000);
      expect(asked).toHaveLength(before + 1);
      await answerNext();
      await pass(3_000);
      // No timer runs by itself here, so a read that waited would never end.
      expect(text(await readings.read(metric, "shop"))).toBe("0");
      expect(asked).toHaveLength(before + 1);
      readings.release(metric, "shop");
      expect(jest.getTimerCount()).toBe(0);
    });

    test("and were evaluated for a read that never came are not served to one that comes an hour later", async () => {
      const { asked, readings, slow, pass } = await slowScene(1);
      const [metric] = slow as [MetricSpec];
      void readings.read(metric, "shop");
      await pass(5_000);
      await answerAll(asked, asked.length - 1, 5_000);
      const before = asked.length;
      await pass(5_000);
      await pass(5_000);
      expect(asked).toHaveLength(before + 1);
      await answerAll(asked, before, 5_000);
      await pass(3_600_000);
      const late = readings.read(metric, "shop");
      await pass(900);
      expect(text(await late)).toBe("ASM_PROMETHEUS_SLOW");
    });
  });
});

describe("reading a metric", () => {
  test("asks Prometheus when it is read, and shares one flight between readers of the same query", async () => {
    const { asked, readings } = scene();
    const reads = [readings.read(spec("up"), "shop"), readings.read(spec(" up "), "shop")];
    await turn();
    expect(asked).toHaveLength(1);
    expect(asked[0]?.questions).toHaveLength(1);
    asked[0]?.answer(0, one(4));
    expect((await Promise.all(reads)).map(text)).toEqual(["4", "4"]);
  });

  test("different queries of one moment leave as one set", async () => {
    const { asked, readings } = scene();
    const reads = [readings.read(spec("up"), "shop"), readings.read(spec("down"), "shop")];
    await turn();
    expect(asked.map((set) => set.questions.length)).toEqual([2]);
    asked[0]?.answer(1, one(2));
    expect(text(await (reads[1] as (typeof reads)[0]))).toBe("2");
    asked[0]?.answer(0, one(1));
    expect(text(await (reads[0] as (typeof reads)[0]))).toBe("1");
  });

  test("a fresh reading is served as it is, an older one is evaluated again", async () => {
    const { asked, readings, time } = scene();
    const first = readings.read(spec("up"), "shop");
    await turn();
    asked[0]?.answer(0, one(1));
    await first;
    time.ms += 2_000;
    expect(text(await readings.read(spec("up"), "shop"))).toBe("1");
    expect(asked).toHaveLength(1);
    time.ms += 2_000;
    const second = readings.read(spec("up"), "shop");
    await turn();
    asked[1]?.answer(0, one(2));
    expect(text(await second)).toBe("2");
  });

  test("an interval of the HPA's own caps how often its query runs", async () => {
    const { asked, readings, time } = scene();
    const slow = spec("up", { intervalSeconds: 60 });
    const first = readings.read(slow, "shop");
    await turn();
    asked[0]?.answer(0, one(1));
    await first;
    time.ms += 59_000;
    expect(text(await readings.read(slow, "shop"))).toBe("1");
    expect(asked).toHaveLength(1);
  });

  test("a failing Prometheus leaves the last reading in place until its time to live, then says why", async () => {
    const { asked, readings, time, told } = scene({ ttlMs: 30_000 });
    const first = readings.read(spec("up"), "shop");
    await turn();
    asked[0]?.answer(0, one(7));
    await first;
    for (const [later, expected] of [
      [15_000, "7"],
      [15_000, "7"],
      [15_000, "ASM_PROMETHEUS_UNREACHABLE"],
    ] as const) {
      time.ms += later;
      const read = readings.read(spec("up"), "shop");
      await turn();
      asked.at(-1)?.answer(0, down);
      expect(text(await read)).toBe(expected);
    }
    expect(told).toEqual(["ASM_PROMETHEUS_UNREACHABLE"]);
    time.ms += 15_000;
    const back = readings.read(spec("up"), "shop");
    await turn();
    asked.at(-1)?.answer(0, one(8));
    expect(text(await back)).toBe("8");
    expect(told).toEqual(["ASM_PROMETHEUS_UNREACHABLE", "recovered"]);
  });

  test("a query without a result never becomes zero", async () => {
    const { asked, readings } = scene();
    const read = readings.read(spec("up"), "shop");
    await turn();
    asked[0]?.answer(0, { ok: true, samples: [], evaluatedAt: 0 });
    expect(text(await read)).toBe("ASM_NO_SERIES");
  });

  test("a hung Prometheus holds a reader no longer than the deadline and does not pile up flights", async () => {
    const { asked, readings } = scene();
    const began = performance.now();
    expect(text(await readings.read(spec("up"), "shop"))).toBe("ASM_PROMETHEUS_SLOW");
    expect(performance.now() - began).toBeLessThan(READ_DEADLINE_MS * 1.5);
    expect(text(await readings.read(spec("up"), "shop"))).toBe("ASM_PROMETHEUS_SLOW");
    expect(asked).toHaveLength(1);
    asked[0]?.answer(0, one(3));
    await turn();
    expect(text(await readings.read(spec("up"), "shop"))).toBe("3");
  });

  test("what the adapter itself observes waits until it is evaluated, and keeps no read of its namespace from waiting", async () => {
    const { asked, readings, time } = scene();
    const observed = Array.from({ length: 20 }, (_, index) => spec(`o${index}`, { intervalSeconds: 60 }));
    const answers = observed.map((metric) => readings.observe(metric));
    await turn();
    time.ms += 5_000;
    const answered = async (isMeant: (query: string) => boolean) => {
      await turn();
      for (const { questions, answer } of asked)
        for (const [index, { query }] of questions.entries()) if (isMeant(query.text)) answer(index, one(5));
    };
    for (const name of ["a", "b", "c", "d", "e", "f", "g"]) {
      const read = readings.read(spec(name), "shop");
      await answered((query) => query === name);
      expect(text(await read)).toBe("5");
    }
    await answered((query) => query.startsWith("o"));
    expect(new Set((await Promise.all(answers)).map(text))).toEqual(new Set(["5"]));
    const before = asked.length;
    expect(text(await readings.observe(observed[0] ?? spec("o0")))).toBe("5");
    expect(asked).toHaveLength(before);
  });

  test("a reading that is served before its evaluation has ended is marked as stale, also at the first that hangs", async () => {
    const { asked, readings, time } = scene();
    const first = readings.read(spec("up"), "shop");
    await turn();
    asked[0]?.answer(0, one(7));
    expect(await first).not.toHaveProperty("isStale");
    time.ms += 15_000;
    expect(await readings.read(spec("up"), "shop")).toMatchObject({ ok: true, isStale: true });
    asked[1]?.answer(0, one(8));
    await turn();
    expect(await readings.read(spec("up"), "shop")).not.toHaveProperty("isStale");
  });

  test("one failing query leaves another alone", async () => {
    const { asked, readings } = scene();
    const [bad, good] = [readings.read(spec("bad"), "shop"), readings.read(spec("good"), "shop")];
    await turn();
    asked[0]?.answer(0, down);
    asked[0]?.answer(1, one(5));
    expect([text(await bad), text(await good)]).toEqual(["ASM_PROMETHEUS_UNREACHABLE", "5"]);
  });

  test("a query that times out while others are answered is asked again after 6 s, 12 s and so on up to a minute", async () => {
    const { asked, readings, time } = scene();
    const alone: Answer = { ...down, tookMs: 10_000, othersWereQuick: true };
    const tries: number[] = [];
    const readFor = async (ms: number, answer: Answer) => {
      for (const end = time.ms + ms; time.ms < end; time.ms += 3_000) {
        const before = asked.length;
        void readings.read(spec("up"), "shop");
        await turn();
        if (asked.length === before) continue;
        tries.push(time.ms);
        asked.at(-1)?.answer(0, answer);
        await turn();
      }
    };
    await readFor(300_000, alone);
    const gaps = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
    expect(gaps).toEqual([6_000, 12_000, 24_000, 48_000, 60_000, 60_000, 60_000]);
    time.ms += 60_000;
    tries.length = 0;
    await readFor(12_000, one(1));
    await readFor(12_000, { ...down, tookMs: 10_000 });
    // Where nothing is answered, as by a server that hangs, it is tried at each step, to be back as soon as the server is.
    expect(tries).toHaveLength(8);
  });

  test("a query that waits in the adapter's own queue is not taken for a slow one", async () => {
    const { asked, readings, time } = scene();
    const first = readings.read(spec("up"), "shop");
    await turn();
    time.ms += 5_000;
    asked[0]?.answer(0, one(1, 20));
    await first;
    expect(readings.state(spec("up")).tookMs).toBe(20);
    time.ms += 5_000;
    const second = readings.read(spec("up"), "shop");
    await turn();
    const busy = { code: "ASM_PROMETHEUS_BUSY", severity: "error", message: "m", remedy: "r" } as const;
    asked[1]?.answer(0, { ok: false, problem: busy });
    // What was not asked leaves the last reading and what is known of the query.
    expect(text(await second)).toBe("1");
    expect(readings.state(spec("up"))).toMatchObject({ tookMs: 20, code: "ASM_PROMETHEUS_BUSY" });
  });

  test("a query that several namespaces ask for is evaluated once, for those of them that still ask", async () => {
    const { asked, readings, time } = scene();
    const metric = spec("up");
    for (const namespace of ["shop", "pay", "pay"]) readings.acquire(metric, namespace);
    void readings.read(metric, "pay");
    await turn();
    expect(asked[0]?.questions).toMatchObject([{ namespaces: ["shop", "pay"] }]);
    asked[0]?.answer(0, one(1));
    await turn();
    readings.release(metric, "shop");
    readings.release(metric, "pay");
    time.ms += 3_000;
    void readings.read(metric, "pay");
    await turn();
    expect(asked[1]?.questions).toMatchObject([{ namespaces: ["pay"] }]);
  });

  test("a jump of the wall clock makes no reading older or younger", async () => {
    const { asked, readings } = scene();
    const first = readings.read(spec("up"), "shop");
    await turn();
    asked[0]?.answer(0, { ...one(1), evaluatedAt: Number.MAX_SAFE_INTEGER } as Answer);
    await first;
    expect(text(await readings.read(spec("up"), "shop"))).toBe("1");
    expect(asked).toHaveLength(1);
  });

  test("two replicas that are asked in the same second evaluate at the same time and serve that until the next", async () => {
    const replicas = [scene(), scene()];
    for (const [index, { readings, asked, time }] of replicas.entries()) {
      time.ms += 1_100 + index * 800;
      void readings.read(spec("up"), "shop");
      void readings.read(spec("slow", { intervalSeconds: 60 }), "shop");
      await turn();
      expect(asked.map(({ evaluateAt }) => evaluateAt)).toEqual([1_200_000]);
      asked[0]?.answer(0, one(1));
    }
    for (const { time, readings, asked } of replicas) {
      time.ms = 1_202_999;
      expect(text(await readings.read(spec("up"), "shop"))).toBe("1");
      time.ms = 1_203_000;
      void readings.read(spec("up"), "shop");
      await turn();
      expect(asked.at(-1)?.evaluateAt).toBe(1_203_000);
    }
  });

  test("a query of a long interval that failed is evaluated at a later time, not again at the start of its interval", async () => {
    const { asked, readings, time } = scene();
    const metric = spec("up", { intervalSeconds: 60 });
    time.ms += 40_000;
    const first = readings.read(metric, "shop");
    await turn();
    expect(asked[0]?.evaluateAt).toBe(1_200_000);
    asked[0]?.answer(0, { ok: true, samples: [], evaluatedAt: 0 });
    expect(text(await first)).toBe("ASM_NO_SERIES");
    const second = readings.read(metric, "shop");
    await turn();
    expect(asked[1]?.evaluateAt).toBe(1_239_000);
    asked[1]?.answer(0, one(4));
    expect(text(await second)).toBe("4");
    time.ms += 10_000;
    expect(text(await readings.read(metric, "shop"))).toBe("4");
    expect(asked).toHaveLength(2);
  });

  test("a wall clock that jumps back neither keeps an old reading fresh nor stops evaluations", async () => {
    const { asked, readings, time } = scene();
    const first = readings.read(spec("up"), "shop");
    await turn();
    asked[0]?.answer(0, one(1));
    await first;
    time.jumpMs = -3_600_000;
    time.ms += 3_001;
    const second = readings.read(spec("up"), "shop");
    await turn();
    expect(asked).toHaveLength(2);
    asked[1]?.answer(0, one(2));
    expect(text(await second)).toBe("2");
  });

  test("what nobody asks for any more is forgotten at once", async () => {
    const { asked, readings } = scene();
    const metric = spec("up");
    readings.acquire(metric, "shop");
    const first = readings.read(metric, "shop");
    await turn();
    asked[0]?.answer(0, one(1));
    await first;
    readings.release(metric, "shop");
    void readings.read(metric, "shop");
    await turn();
    expect(asked).toHaveLength(2);
  });
});

describe("data that is older than its evaluation time", () => {
  const aged = (value: number, olderMs: number): Answer => ({
    ok: true,
    samples: [{ labels: {}, value, at: 1_000_000 - olderMs }],
    evaluatedAt: 1_000_000,
    tookMs: 1,
  });
  const readOnce = async ({ readings, asked }: ReturnType<typeof scene>, answer: Answer, metric = spec("up")) => {
    const before = asked.length;
    const read = readings.read(metric, "shop");
    await turn();
    if (asked.length > before) asked.at(-1)?.answer(0, answer);
    return read;
  };

  test("is served with its own time, is counted, and its age is the age of the data", async () => {
    const one = scene();
    expect(await readOnce(one, aged(12, 20_000))).toMatchObject({ ok: true, reading: { evaluatedAt: 980_000 } });
    expect(one.readings.state(spec("up")).ageMs).toBe(20_000);
    expect(one.readings.counts.oldData).toBe(1);
    expect(one.told).toEqual([]);
  });

  test("is evaluated again at each evaluation time and not more often", async () => {
    const one = scene();
    for (let read = 0; read < 9; read++) {
      expect(text(await readOnce(one, aged(12, 20_000)))).toBe("12");
      one.time.ms += 1_000;
    }
    expect(one.asked).toHaveLength(3);
  });

  test("is an error beyond the time to live, which counts from the time of the data", async () => {
    const one = scene({ ttlMs: 30_000 });
    expect(text(await readOnce(one, aged(12, 29_000)))).toBe("12");
    one.time.ms += 3_000;
    expect(await readOnce(one, aged(12, 32_000))).toMatchObject({
      ok: false,
      problem: { code: "ASM_DATA_OLD", message: expect.stringContaining("32 s old") },
    });
    expect(one.told).toEqual(["ASM_DATA_OLD"]);
    one.time.ms += 3_000;
    expect(text(await readOnce(one, aged(48, 1_000)))).toBe("48");
    expect(one.told).toEqual(["ASM_DATA_OLD", "recovered"]);
  });

  test("serves as long as a policy allows, and never becomes the value that stands for no data", async () => {
    const one = scene({ ttlMs: 30_000 });
    const lasting = spec("up", { onError: { kind: "last-for", seconds: 600 } });
    expect(text(await readOnce(one, aged(12, 300_000), lasting))).toBe("12");
    const zero = spec("other", { onNoData: { kind: "value", quantity: "0" } });
    expect(text(await readOnce(one, aged(12, 300_000), zero))).toBe("ASM_DATA_OLD");
  });

  test("does not replace newer data, as of two servers behind one address", async () => {
    const one = scene({ ttlMs: 30_000 });
    expect(text(await readOnce(one, aged(48, 1_000)))).toBe("48");
    one.time.ms += 3_000;
    expect(text(await readOnce(one, aged(12, 20_000)))).toBe("48");
    one.time.ms += 3_000;
    expect(text(await readOnce(one, aged(47, 1_000)))).toBe("47");
  });
});
