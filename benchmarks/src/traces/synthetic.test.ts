import { describe, expect, test } from "@jest/globals";
import { SYNTHETIC_NAMES, syntheticTrace, WEEKS } from "./synthetic.ts";
import { CAPACITY, DAY_SECONDS, scaled, type Trace, WEEK_SECONDS } from "./trace.ts";

const DAY_MINUTES = 1_440;
const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
const bytesOf = ({ points }: Trace) => Buffer.from(points.buffer);
/** Mean load of some hours of a day of a week from 1, with weekdays from 0 (Monday). Hours are UTC. */
const load = ({ points }: Trace, week: number, weekday: number, from = 0, to = 24) => {
  const day = ((week - 1) * 7 + weekday) * DAY_MINUTES;
  return mean(points.subarray(day + Math.round(from * 60), day + Math.round(to * 60)));
};

describe("a synthetic trace", () => {
  test.each(SYNTHETIC_NAMES)(
    "%s says that it is synthetic, starts on a Monday and is the same on each call",
    (name) => {
      const trace = syntheticTrace(name);
      expect(trace.name).toMatch(/^synthetic-/);
      expect([new Date(trace.startsAt * 1000).getUTCDay(), trace.startsAt % DAY_SECONDS]).toEqual([1, 0]);
      expect(trace.points.length * trace.stepSeconds).toBe(WEEKS * WEEK_SECONDS);
      expect(Buffer.compare(bytesOf(syntheticTrace(name)), bytesOf(trace))).toBe(0);
      expect(trace.points.every((point) => point >= 0 && point < 10)).toBe(true);
    },
  );

  test("is not the same as another one", () => {
    expect(new Set(SYNTHETIC_NAMES.map((name) => mean(syntheticTrace(name).points))).size).toBe(SYNTHETIC_NAMES.length);
  });

  test("has an unknown name", () => {
    expect(() => syntheticTrace("nasa")).toThrow(new RangeError("there is no synthetic trace nasa"));
  });
});

describe("the features of the synthetic traces", () => {
  test("the office grows each week, and rests at the weekend", () => {
    const trace = syntheticTrace("office");
    expect(load(trace, 7, 2) / load(trace, 1, 2)).toBeCloseTo(1.18, 1);
    expect(load(trace, 3, 5) / load(trace, 3, 4)).toBeLessThan(0.3);
  });

  test("the outage has no requests, and the same hours of other weeks have", () => {
    const trace = syntheticTrace("outage");
    expect([load(trace, 4, 2), load(trace, 6, 2, 10, 10.66)]).toEqual([0, 0]);
    expect([load(trace, 5, 2) > 0.3, load(trace, 7, 2, 10, 10.66) > 0.9]).toEqual([true, true]);
  });

  test("the attack is four times the usual load, once", () => {
    const trace = syntheticTrace("attack");
    const usual = load(trace, 4, 4, 10, 14);
    expect(load(trace, 5, 4, 10, 14) / usual).toBeCloseTo(4, 1);
    expect(load(trace, 6, 4, 10, 14) / usual).toBeCloseTo(1, 1);
  });

  test("a holiday is as quiet as a Sunday", () => {
    const trace = syntheticTrace("holiday");
    expect(load(trace, 6, 2) / load(trace, 6, 6)).toBeCloseTo(1, 1);
    expect(load(trace, 5, 0) / load(trace, 6, 0)).toBeLessThan(0.3);
  });

  test("matches rise within three minutes, at other times each week", () => {
    const trace = syntheticTrace("matches");
    expect(load(trace, 6, 2, 18.6, 19.2) / load(trace, 6, 2, 18.2, 18.5)).toBeGreaterThan(2.5);
    expect(load(trace, 5, 2, 18.6, 19.2) / load(trace, 5, 2, 18.2, 18.5)).toBeLessThan(1.2);
  });

  test.each([
    ["clock-forward", -1],
    ["clock-back", 1],
  ])("after %s the same load comes %d hour later by UTC", (name, later) => {
    const trace = syntheticTrace(name);
    const before = load(trace, 5, 1, 7, 8);
    expect(load(trace, 6, 1, 7 + later, 8 + later) / before).toBeCloseTo(1, 1);
    expect(Math.abs(load(trace, 6, 1, 7, 8) / before - 1)).toBeGreaterThan(0.1);
  });

  test("the erratic load has no week", () => {
    const { points } = syntheticTrace("erratic");
    const [week, next] = [points.subarray(0, 7 * DAY_MINUTES), points.subarray(7 * DAY_MINUTES, 14 * DAY_MINUTES)];
    const [one, other] = [mean(week), mean(next)];
    const together = mean(week.map((point, index) => (point - one) * ((next[index] ?? 0) - other)));
    const alone = Math.sqrt(
      mean(week.map((point) => (point - one) ** 2)) * mean(next.map((point) => (point - other) ** 2)),
    );
    expect(Math.abs(together / alone)).toBeLessThan(0.3);
  });

  test("jobs start with the full hour", () => {
    const trace = syntheticTrace("cron");
    expect(load(trace, 6, 1, 6 + 1 / 60, 6 + 5 / 60) / load(trace, 6, 1, 5.5, 5.9)).toBeGreaterThan(5);
    expect(load(trace, 6, 1, 7 + 1 / 60, 7 + 5 / 60) / load(trace, 6, 1, 7.5, 7.9)).toBeGreaterThan(3);
  });
});

describe("a scaled trace", () => {
  test("needs its number of pods at its highest point", () => {
    const trace = syntheticTrace("office");
    const { load: own, factor } = scaled(trace);
    const most = own.perSecond.reduce((max, rate) => Math.max(max, rate), 0);
    expect(most / CAPACITY).toBeGreaterThan(trace.peakPods - 0.2);
    expect(most / CAPACITY).toBeLessThanOrEqual(trace.peakPods);
    expect(own.perSecond[0]).toBeCloseTo((trace.points[0] ?? 0) * factor, 0);
    expect([own.startsAt, own.perSecond.length]).toEqual([trace.startsAt, WEEKS * WEEK_SECONDS]);
  });

  test("must have traffic", () => {
    const trace = { ...syntheticTrace("office"), points: new Float64Array(10) };
    expect(() => scaled(trace)).toThrow(new RangeError("the trace has no traffic"));
  });
});
