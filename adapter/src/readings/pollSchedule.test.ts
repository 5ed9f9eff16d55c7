import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { afterRead, isExpected, nextRead, type PollSchedule } from "./pollSchedule.ts";

const after = (...readAt: number[]) => readAt.reduce<PollSchedule | undefined>(afterRead, undefined) as PollSchedule;

describe("the poll schedule of a metric", () => {
  test("is the HPA controller's own after one read", () => {
    expect(nextRead(after(1_000))).toBe(16_000);
  });

  test("is learnt from reads of another pace, and again after one out of turn", () => {
    expect(nextRead(after(0, 30_000, 60_000))).toBe(90_000);
    expect(after(0, 30_000, 60_000, 67_000)).toMatchObject({ isSteady: false });
    expect(after(0, 30_000, 60_000, 67_000, 90_000, 120_000, 150_000)).toMatchObject({ gapMs: 30_000, isSteady: true });
  });

  test("expects a read at any moment while it is not known, and not for long", () => {
    expect(isExpected(after(0), 3_000, 6_000)).toBe(true);
    expect(isExpected(after(0), 15_500, 18_000)).toBe(true);
    expect(isExpected(after(0), 17_000, 18_000)).toBe(false);
  });

  test("takes reads that come together for one", () => {
    expect(after(0, 15_000, 15_010, 15_400)).toEqual(after(0, 15_000));
  });

  test("begins anew after a long pause", () => {
    expect(nextRead(after(0, 30_000, 60_000, 400_000))).toBe(415_000);
  });

  test("expects a read in its time, for a moment longer, and then no more", () => {
    const pollSchedule = after(0, 15_000);
    expect(isExpected(pollSchedule, 24_000, 27_000)).toBe(false);
    expect(isExpected(pollSchedule, 28_000, 30_500)).toBe(true);
    expect(isExpected(pollSchedule, 30_900, 33_000)).toBe(true);
    expect(isExpected(pollSchedule, 31_100, 34_000)).toBe(false);
    expect(isExpected(undefined, 0, 1e9)).toBe(false);
  });

  test("of a steady reader expects every read, whatever its pace and phase", () => {
    const pace = fc.record({ gap: fc.integer({ min: 5_000, max: 60_000 }), phase: fc.integer({ min: 0, max: 3_000 }) });
    fc.assert(
      fc.property(pace, ({ gap, phase }) => {
        const reads = Array.from({ length: 40 }, (_, index) => phase + index * gap);
        const next = phase + 40 * gap;
        const evaluationTime = Math.floor(next / 3_000) * 3_000;
        expect(isExpected(after(...reads), evaluationTime, evaluationTime + 3_000)).toBe(true);
      }),
    );
  });
});
