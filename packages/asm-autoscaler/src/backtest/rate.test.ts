import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { rateOf } from "./stepwise.testing";

const samples = (...pairs: readonly (readonly [number, number])[]) => pairs.map(([at, value]) => ({ at, value }));

// Each as Prometheus 3 gives it for the same samples.
test.each([
  [
    "a steady counter, to the edges of the window",
    samples([0, 0], [15, 150], [30, 300], [45, 450], [60, 600]),
    60,
    60,
    10,
  ],
  ["a window whose start is a sample leaves that out", samples([0, 0], [60, 600]), 60, 60, undefined],
  ["a new counter, from its zero on and not further", samples([45, 50], [60, 200]), 60, 60, (150 * (20 / 15)) / 60],
  [
    "a counter that has ended, by half an interval more",
    samples([10, 100], [25, 250]),
    60,
    60,
    (150 * ((15 + 10 + 7.5) / 15)) / 60,
  ],
  ["one sample", samples([50, 9]), 60, 60, undefined],
  ["no sample", samples(), 60, 60, undefined],
  ["a counter that stands still", samples([10, 5], [25, 5], [40, 5]), 45, 60, 0],
])("the rate of %s", (_, given, now, window, expected) => {
  const rate = rateOf(given, now, window);
  if (expected === undefined) expect(rate).toBeUndefined();
  else expect(rate).toBeCloseTo(expected, 9);
});

test("a counter of constant rate has that rate, wherever its samples are", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.1, max: 1e4, noNaN: true }),
      fc.integer({ min: 1, max: 15 }),
      fc.nat(14),
      (rate, interval, offset) => {
        const given = Array.from({ length: 100 }, (_, index) => {
          const at = 1_000 + (offset % interval) + index * interval;
          return { at, value: at * rate };
        });
        const now = given.at(-1)?.at ?? 0;
        expect(rateOf(given, now, 60) ?? 0).toBeCloseTo(rate, 3);
      },
    ),
  );
});
