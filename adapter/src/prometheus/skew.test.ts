import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createSkew } from "./skew.ts";

const NOW = 1_800_000_000_000;
const date = (ms: number) => new Date(ms).toUTCString();

test("clocks that differ by little are taken for the same", () => {
  const skew = createSkew(() => NOW);
  expect([-4_000, 0, 4_000].map((ms) => skew.measure(date(NOW + ms)))).toEqual([false, false, false]);
  expect(skew.offsetMs()).toBe(0);
});

test("a clock that was set is found out once, and again when it is set right", () => {
  let now = NOW;
  const skew = createSkew(() => now);
  now += 3_600_000;
  expect([skew.measure(date(NOW)), skew.measure(date(NOW))]).toEqual([true, false]);
  expect(skew.offsetMs()).toBe(-3_600_000);
  now = NOW;
  expect([skew.measure(date(NOW)), skew.measure(date(NOW))]).toEqual([true, false]);
  expect(skew.offsetMs()).toBe(0);
});

test("whatever the difference, our time with the offset is within five seconds of the other's", () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e9, max: 1e9 }), (difference) => {
      const skew = createSkew(() => NOW);
      skew.measure(date(NOW + difference));
      expect(Math.abs(NOW + skew.offsetMs() - (NOW + difference))).toBeLessThanOrEqual(6_000);
    }),
  );
});

test.each([undefined, "", "yesterday"])("%s says nothing", (text) => {
  expect(createSkew(() => NOW).measure(text)).toBe(false);
});
