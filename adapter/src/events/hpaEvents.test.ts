import type { Problem, ProblemCode } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import { parseHpa } from "../hpas/hpa.ts";
import type { Trouble } from "../readings/staleness.ts";
import type { HpaEvent } from "./event.ts";
import { createHpaEvents } from "./hpaEvents.ts";

const START = Date.UTC(2026, 0, 1);

function scene() {
  const time = { ms: 0, open: true, gone: "" };
  const posted: HpaEvent[] = [];
  const events = createHpaEvents({
    uidOf: (hpa) => (hpa === time.gone ? undefined : `uid of ${hpa}`),
    post: (event) => time.open && posted.push(event) > 0,
    clock: { monotonic: () => time.ms, wall: () => START + time.ms },
  });
  const told = () => posted.map(({ hpa, reason, count }) => `${hpa} ${reason} ${count}`);
  return { time, events, posted, told };
}
const problem = (code: ProblemCode, message = code.toLowerCase()): Problem => ({
  code,
  severity: "error",
  message,
  remedy: "Mend it",
});
const down = problem("ASM_PROMETHEUS_UNREACHABLE", "Prometheus cannot be asked");
const since = (sinceMs: number): Trouble => ({ problem: down, cause: "no-answer", sinceMs, since: START + sinceMs });

describe("events about the reads of an HPA", () => {
  test("a refused read is told once, with its key, cause, remedy and since when; again only after ten minutes", () => {
    const { events, time, posted, told } = scene();
    for (; time.ms <= 900_000; time.ms += 15_000)
      events.troubled("shop/a", "the-key", down, { trouble: since(0), refused: true });
    expect(told()).toEqual(["shop/a PrometheusUnreachable 1", "shop/a PrometheusUnreachable 2"]);
    expect(posted[0]).toMatchObject({
      type: "Warning",
      uid: "uid of shop/a",
      message:
        "the-key: ASM_PROMETHEUS_UNREACHABLE: Prometheus cannot be asked. Mend it. Failing since 2026-01-01T00:00:00Z.",
    });
    expect(posted[1]).toMatchObject({ first: START, last: START + 600_000 });
  });

  test("another cause is told at once, and the recovery too, once", () => {
    const { events, posted, told } = scene();
    events.troubled("shop/a", "k", problem("ASM_NO_SERIES"), { refused: true });
    events.troubled("shop/a", "k", problem("ASM_NAN"), { refused: true });
    events.well("shop/a", "k");
    events.well("shop/a", "k");
    expect(told()).toEqual(["shop/a NoSeries 1", "shop/a Nan 1", "shop/a MetricRecovered 1"]);
    expect(posted[2]).toMatchObject({ type: "Normal", message: expect.stringContaining("It was ASM_NAN, since") });
  });

  test("a blip during which the last reading is held is not told, one that lasts is", () => {
    const { events, time, told } = scene();
    time.ms = 14_000;
    events.troubled("shop/a", "k", down, { trouble: since(0), refused: false });
    events.well("shop/a", "k");
    expect(told()).toEqual([]);
    time.ms = 60_000;
    events.troubled("shop/a", "k", down, { trouble: since(45_000), refused: false });
    expect(told()).toEqual(["shop/a PrometheusUnreachable 1"]);
  });

  test("a read that ends after its HPA has gone is told nobody", () => {
    const { events, time, told } = scene();
    time.gone = "shop/a";
    events.troubled("shop/a", "k", down, { trouble: since(0), refused: true });
    expect(told()).toEqual([]);
  });

  test("what could not be written is tried again at the next read", () => {
    const { events, time, told } = scene();
    time.open = false;
    events.troubled("shop/a", "k", down, { refused: true });
    time.open = true;
    events.troubled("shop/a", "k", down, { refused: true });
    time.open = false;
    events.well("shop/a", "k");
    time.open = true;
    events.well("shop/a", "k");
    expect(told()).toEqual(["shop/a PrometheusUnreachable 1", "shop/a MetricRecovered 1"]);
  });

  test("a flapping HPA spends its own budget, not that of others", () => {
    const { events, told } = scene();
    for (let round = 0; round < 100; round++) {
      events.troubled("shop/a", "k", problem("ASM_NAN"), { refused: true });
      events.well("shop/a", "k");
    }
    expect(told()).toHaveLength(10);
    events.troubled("shop/b", "k", down, { refused: true });
    expect(told().at(-1)).toBe("shop/b PrometheusUnreachable 1");
  });

  test("what is remembered has a bound, and a lasting fault is not forgotten for a past one", () => {
    const { events, told } = scene();
    for (let index = 0; index < 10_001; index++) {
      events.troubled(`shop/${index}`, "k", down, { refused: true });
      if (index === 5_000) events.well("shop/5000", "k");
    }
    events.troubled("shop/10000", "k", down, { refused: true });
    events.troubled("shop/0", "k", down, { refused: true });
    events.troubled("shop/one-too-many", "k", down, { refused: true });
    expect(told().filter((line) => line.startsWith("shop/10000 "))).toHaveLength(1);
    expect(told().filter((line) => line.startsWith("shop/0 "))).toHaveLength(1);
    expect(told().filter((line) => line.startsWith("shop/one-too-many"))).toEqual([]);
    events.forget("shop/7");
    events.troubled("shop/one-too-many", "k", down, { refused: true });
    expect(told().at(-1)).toBe("shop/one-too-many PrometheusUnreachable 1");
  });
});

test("a namespace with more HPAs in trouble than are remembered leaves another's a place", () => {
  const { events, told } = scene();
  for (let index = 0; index < 10_100; index++) events.troubled(`loud/${index}`, "k", down, { refused: true });
  for (let index = 0; index < 50; index++) events.troubled(`shop/${index}`, "k", down, { refused: true });
  for (let index = 0; index < 50; index++) events.well(`shop/${index}`, "k");
  expect(told().filter((line) => line.startsWith("shop/"))).toHaveLength(100);
});

describe("events about an HPA's annotations", () => {
  const hpa = parseHpa({ metadata: { namespace: "shop", name: "a", uid: "u" }, spec: {} });
  if (!hpa) throw new Error("the test's HPA has no name");
  const bad: Problem = { ...problem("ASM_QUERY_INVALID", "the query is wrong\nsum(\n   ^"), key: "the-key" };

  test("tell each fault with its text and caret, and when it is mended", () => {
    const { events, posted, told } = scene();
    events.asked({ hpa, specs: [], problems: [bad, { ...bad, key: "another" }] });
    events.asked({ hpa, specs: [], problems: [bad] });
    expect(told()).toEqual(["shop/a QueryInvalid 1", "shop/a QueryInvalid 1", "shop/a MetricRecovered 1"]);
    expect(posted[0]?.message).toBe("ASM_QUERY_INVALID: the query is wrong. Mend it.\nsum(\n   ^");
    expect(new Set(posted.map(({ subject }) => subject)).size).toBe(2);
  });

  test("of a code that is to be passed over are not told", () => {
    const posted: HpaEvent[] = [];
    const events = createHpaEvents({
      uidOf: () => "uid",
      post: (event) => posted.push(event) > 0,
      clock: { monotonic: () => 0, wall: () => START },
      untold: new Set(["ASM_METRIC_NOT_SERVED"]),
    });
    const hpa = parseHpa({ metadata: { namespace: "shop", name: "a" } });
    if (!hpa) throw new Error("the test's HPA has no name");
    events.asked({ hpa, specs: [], problems: [problem("ASM_METRIC_NOT_SERVED"), problem("ASM_QUERY_INVALID")] });
    expect(posted.map(({ reason }) => reason)).toEqual(["QueryInvalid"]);
  });

  test("are not ended by a reading, nor is a reading's trouble by a mended annotation", () => {
    const { events, told } = scene();
    events.asked({ hpa, specs: [], problems: [bad] });
    events.troubled("shop/a", "the-key", down, { refused: true });
    events.asked({ hpa, specs: [], problems: [] });
    events.well("shop/a", "the-key");
    expect(told()).toEqual([
      "shop/a QueryInvalid 1",
      "shop/a PrometheusUnreachable 1",
      "shop/a MetricRecovered 1",
      "shop/a MetricRecovered 1",
    ]);
  });
});
