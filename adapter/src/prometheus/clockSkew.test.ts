import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createSkew } from "./clockSkew.ts";

const NOW = 1_800_000_000_000;
const date = (ms: number) => new Date(ms).toUTCString();

test("clocks that differ by little are taken for the same", () => {
  const skew = createSkew();
  expect([-4_000, 0, 4_000].map((ms) => skew.measure(date(NOW + ms), NOW, NOW + 20))).toEqual([false, false, false]);
  expect(skew.offsetMs()).toBe(0);
});

test("a clock that was set is found out once, and again when it is set right", () => {
  const skew = createSkew();
  const later = NOW + 3_600_000;
  expect([skew.measure(date(NOW), later, later), skew.measure(date(NOW), later, later)]).toEqual([true, false]);
  expect(skew.offsetMs()).toBe(-3_600_000);
  expect([skew.measure(date(NOW), NOW, NOW), skew.measure(date(NOW), NOW, NOW)]).toEqual([true, false]);
  expect(skew.offsetMs()).toBe(0);
});

test("a slow answer says nothing of the clock, whenever in its time it was dated", () => {
  fc.assert(
    fc.property(fc.nat(60_000), fc.nat(60_000), (tookMs, datedMs) => {
      const skew = createSkew();
      expect(skew.measure(date(NOW + Math.min(datedMs, tookMs)), NOW, NOW + tookMs)).toBe(false);
    }),
  );
});

test("whatever the difference, our time with the offset is near the other's", () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e9, max: 1e9 }), (difference) => {
      const skew = createSkew();
      skew.measure(date(NOW + difference), NOW, NOW);
      expect(Math.abs(NOW + skew.offsetMs() - (NOW + difference))).toBeLessThanOrEqual(6_000);
    }),
  );
});

test.each([undefined, "", "yesterday"])("%s says nothing", (text) => {
  expect(createSkew().measure(text, NOW, NOW)).toBe(false);
});
