import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { offsetText } from "./clockText.ts";
import { type WeeklyWindow, weeklyWindows } from "./cron.ts";

const DAY = 1440;
const WEEK = 7 * DAY;

function isInside(windows: readonly WeeklyWindow[], minute: number): boolean {
  return windows.some(({ days, from, to }) =>
    days.some((day) => {
      const length = (to - from + DAY) % DAY || DAY;
      return (minute - (day * DAY + from) + WEEK) % WEEK < length;
    }),
  );
}

describe("the windows of two cron expressions", () => {
  test.each<[string, string, WeeklyWindow[]]>([
    ["0 8 * * 1-5", "0 20 * * 1-5", [{ days: [1, 2, 3, 4, 5], from: 480, to: 1200 }]],
    ["0 8 * * *", "30 20 * * *", [{ days: [0, 1, 2, 3, 4, 5, 6], from: 480, to: 1230 }]],
    ["0 22 * * MON,wed", "0 6 * * TUE,thu", [{ days: [1, 3], from: 1320, to: 360 }]],
    ["0 0 ? ? *", "0 12 ? ? *", [{ days: [0, 1, 2, 3, 4, 5, 6], from: 0, to: 720 }]],
    [
      "0 22 * * 5",
      "30 6 * * 1",
      [
        { days: [5], from: 1320, to: 1440 },
        { days: [0, 6], from: 0, to: 1440 },
        { days: [1], from: 0, to: 390 },
      ],
    ],
  ])("%s to %s", (start, end, windows) => {
    expect(weeklyWindows(start, end)).toEqual(windows);
  });

  test.each([
    ["0 8 1 * *", "0 20 1 * *"],
    ["0 8 * 12 *", "0 20 * 12 *"],
    ["@daily", "0 8 * * *"],
    ["0 8 * *", "0 20 * * *"],
    ["61 8 * * *", "0 20 * * *"],
    ["0 8 * * 7", "0 20 * * *"],
    ["0 8-4 * * *", "0 20 * * *"],
    ["*/5 * * * *", "3-59/5 * * * *"],
    ["0 8 * * someday", "0 20 * * *"],
  ])("%s to %s are not weekly, and the reason is given", (start, end) => {
    expect(weeklyWindows(start, end)).toEqual(expect.any(String));
  });

  test("hold exactly when the next end comes before the next start, as in KEDA", () => {
    const some = (most: number) => fc.uniqueArray(fc.integer({ min: 0, max: most }), { minLength: 1, maxLength: 2 });
    const times = fc.record({ minute: fc.integer({ min: 0, max: 59 }), hours: some(23), days: some(6) });
    fc.assert(
      fc.property(times, times, (start, end) => {
        const text = ({ minute, hours, days }: typeof start) => `${minute} ${hours} * * ${days}`;
        const minutes = ({ minute, hours, days }: typeof start) =>
          days.flatMap((day) => hours.map((hour) => day * DAY + hour * 60 + minute));
        const next = (all: readonly number[], now: number) =>
          Math.min(...all.map((time) => (time > now ? time : time + WEEK)));
        const windows = weeklyWindows(text(start), text(end));
        if (typeof windows === "string") throw new Error(windows);
        const all = Array.from({ length: WEEK / 7 }, (_, index) => index * 7);
        const wrong = all.filter((now) => {
          const isActive = next(minutes(end), now) <= next(minutes(start), now);
          return isInside(windows, now) !== isActive;
        });
        expect(wrong).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});

test.each([
  [480, "+08:00"],
  [0, "+00:00"],
  [330, "+05:30"],
  [-210, "-03:30"],
])("an offset of %d minutes is written %s", (minutes, text) => {
  expect(offsetText(minutes)).toBe(text);
});
