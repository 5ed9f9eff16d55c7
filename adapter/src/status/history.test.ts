import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createHistories, POINTS, STEP_MS } from "./history.ts";

const START = 1_800_000_000_000;
const at = (step: number) => START + step * STEP_MS;

describe("history", () => {
  test("what was noted holds until the next note and nothing is known from before the first", () => {
    const histories = createHistories();
    const row = histories.claim();
    histories.note(row, at(0), 4, 1);
    histories.note(row, at(3), 48, 5);
    const { readings, replicas, endsAt } = histories.points(row, at(5) + 1_000);
    expect(endsAt).toBe(at(5));
    expect(readings.slice(-7)).toEqual([undefined, 4, 4, 4, 48, 48, 48]);
    expect(replicas.slice(-7)).toEqual([undefined, 1, 1, 1, 5, 5, 5]);
    expect(readings).toHaveLength(POINTS);
  });

  test("the last note of a step counts", () => {
    const histories = createHistories();
    const row = histories.claim();
    histories.note(row, at(0), 4, 1);
    histories.note(row, at(0) + STEP_MS - 1, 7, 2);
    expect(histories.points(row, at(0)).readings.at(-1)).toBe(7);
  });

  test("a time without a reading is a gap, with the replicas that there were", () => {
    const histories = createHistories();
    const row = histories.claim();
    histories.note(row, at(0), 4, 3);
    histories.note(row, at(1), undefined, 3);
    histories.note(row, at(3), 6, 3);
    const { readings, replicas } = histories.points(row, at(3));
    expect(readings.slice(-4)).toEqual([4, undefined, undefined, 6]);
    expect(replicas.slice(-4)).toEqual([3, 3, 3, 3]);
  });

  test("nothing is left of what is older than the history, nor of the row's former owner", () => {
    const histories = createHistories();
    const row = histories.claim();
    histories.note(row, at(0), 4, 1);
    expect(histories.points(row, at(POINTS)).readings).toEqual(Array(POINTS).fill(undefined));
    histories.note(row, at(POINTS + 5), 9, 2);
    expect(histories.points(row, at(POINTS + 5)).readings.filter((reading) => reading !== undefined)).toEqual([9]);
    histories.release(row);
    expect(histories.claim()).toBe(row);
    expect(histories.points(row, at(POINTS + 6)).readings).toEqual(Array(POINTS).fill(undefined));
  });

  test("a clock that is set back starts anew from there", () => {
    const histories = createHistories();
    const row = histories.claim();
    histories.note(row, at(20), 4, 1);
    expect(histories.points(row, at(10)).readings).toEqual(Array(POINTS).fill(undefined));
    histories.note(row, at(10), 6, 1);
    expect(histories.points(row, at(10)).readings.filter((reading) => reading !== undefined)).toEqual([6]);
  });

  test("rows keep apart, whatever is noted in them", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(299), fc.nat(200), fc.nat(1_000)), { maxLength: 300 }), (notes) => {
        const histories = createHistories();
        const rows = Array.from({ length: 300 }, () => histories.claim());
        const own = Map.groupBy(notes, ([index]) => index);
        for (const [, all] of own) all.sort(([, a], [, b]) => a - b);
        for (const [index, all] of own)
          for (const [, step, reading] of all) histories.note(rows[index] ?? 0, at(step), reading, 1);
        for (const [index, all] of own) {
          const last = all.at(-1);
          expect(histories.points(rows[index] ?? 0, at(last?.[1] ?? 0)).readings.at(-1)).toBe(
            all.findLast(([, step]) => step === last?.[1])?.[2],
          );
        }
      }),
      { numRuns: 30 },
    );
  });
});
