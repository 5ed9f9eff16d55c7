import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createClockSkew } from "./clockSkew.ts";

const NOW = 1_800_000_000_000;
const date = (ms: number) => new Date(ms).toUTCString();

test("clocks that differ by little are taken for the same", () => {
  const clockSkew = createClockSkew();
  expect([-4_000, 0, 4_000].map((ms) => clockSkew.measure(date(NOW + ms), NOW, NOW + 20))).toEqual([
    false,
    false,
    false,
  ]);
  expect(clockSkew.offsetMs()).toBe(0);
});

test("a clock that was set is found out once, and again when it is set right", () => {
  const clockSkew = createClockSkew();
  const later = NOW + 3_600_000;
  expect([clockSkew.measure(date(NOW), later, later), clockSkew.measure(date(NOW), later, later)]).toEqual([
    true,
    false,
  ]);
  expect(clockSkew.offsetMs()).toBe(-3_600_000);
  expect([clockSkew.measure(date(NOW), NOW, NOW), clockSkew.measure(date(NOW), NOW, NOW)]).toEqual([true, false]);
  expect(clockSkew.offsetMs()).toBe(0);
});

test("a slow answer says nothing of the clock, whenever in its time it was dated", () => {
  fc.assert(
    fc.property(fc.nat(60_000), fc.nat(60_000), (tookMs, datedMs) => {
      const clockSkew = createClockSkew();
      expect(clockSkew.measure(date(NOW + Math.min(datedMs, tookMs)), NOW, NOW + tookMs)).toBe(false);
    }),
  );
});

test("whatever the difference, our time with the offset is near the other's", () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e9, max: 1e9 }), (difference) => {
      const clockSkew = createClockSkew();
      clockSkew.measure(date(NOW + difference), NOW, NOW);
      expect(Math.abs(NOW + clockSkew.offsetMs() - (NOW + difference))).toBeLessThanOrEqual(6_000);
    }),
  );
});

test.each([undefined, "", "yesterday"])("%s says nothing", (text) => {
  expect(createClockSkew().measure(text, NOW, NOW)).toBe(false);
});
