import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { growthPlot, logScale, valueScale } from "./growthPlot.ts";

const values = fc.array(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 20 });

describe("an axis", () => {
  test.each([
    [
      [118, 180],
      [0, 50, 100, 150, 200],
    ],
    [
      [0.34, 4.9],
      [0.2, 0.5, 1, 2, 5],
    ],
    [
      [1, 40_000],
      [1, 10, 100, 1_000, 10_000],
    ],
    [
      [7, 7],
      [0, 2, 4, 6, 8],
    ],
  ])("of the values %j has the ticks %j", (given, ticks) => {
    expect(valueScale(given, 0, 100).ticks).toEqual(ticks);
  });

  test("shows every value between its ends, and uses at least a third of its length", () => {
    fc.assert(
      fc.property(values, (given) => {
        for (const { at } of [valueScale(given, 0, 100), logScale(given, 0, 100)]) {
          const places = given.map(at);
          expect(Math.min(...places)).toBeGreaterThanOrEqual(-1e-6);
          expect(Math.max(...places)).toBeLessThanOrEqual(100 + 1e-6);
        }
        expect(Math.max(...given.map(valueScale(given, 0, 100).at))).toBeGreaterThan(33);
      }),
    );
  });

  test("shows a value whose logarithm is rounded to a whole number", () => {
    expect(logScale([999_999.999_999_999], 0, 100).at(999_999.999_999_999)).toBeGreaterThanOrEqual(0);
    expect(logScale([1_000_000], 0, 100).at(1_000_000)).toBeLessThanOrEqual(100);
  });

  test("has three to nine ticks", () => {
    fc.assert(
      fc.property(values, (given) => {
        const { ticks } = valueScale(given, 0, 100);
        expect(ticks.length).toBeGreaterThanOrEqual(3);
        expect(ticks.length).toBeLessThanOrEqual(10);
      }),
    );
  });
});

test("a plot is whole XML whatever the names hold", () => {
  const plot = growthPlot('a"<b>&', "HPAs", [
    {
      name: "<i>",
      points: [
        [1, 1],
        [10, 30],
      ],
    },
  ]);
  expect(plot).not.toMatch(/<b>|<i>|&(?!\w+;)|NaN|Infinity/);
});
