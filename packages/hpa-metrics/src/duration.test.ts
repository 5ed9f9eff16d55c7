import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseDuration, parseSignedDuration, promDuration } from "./duration";

test.each([
  ["30s", 30],
  ["1m30s", 90],
  ["0", 0],
  ["+0", 0],
  ["0s", 0],
  ["1.5h", 5400],
  [".5s", 0.5],
  ["1.s", 1],
  ["300ms", 0.3],
  ["1us", 0.000001],
  ["1µs", 0.000001],
  ["30s1m", 90],
  ["+5s", 5],
])("%s is %d seconds, as in Go", (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});

test.each([
  ["", "invalid duration"],
  ["s", "invalid duration"],
  [".s", "invalid duration"],
  ["-", "invalid duration"],
  ["xx", "invalid duration"],
  [" 5s", "invalid duration"],
  ["--5s", "invalid duration"],
  ["1s.", "invalid duration"],
  ["300000000h", "invalid duration"],
  ["30", "missing unit"],
  ["1m30", "missing unit"],
  ["1d", 'unknown unit "d"'],
  ["5s ", 'unknown unit "s "'],
  ["1M", 'unknown unit "M"'],
  ["-5s", "negative duration"],
])("%j is refused: %s", (text, words) => {
  expect(() => parseDuration(text)).toThrow(RangeError);
  expect(() => parseDuration(text)).toThrow(words);
});

test("a text of 200,000 characters is refused for its length, before it is read", () => {
  expect(() => parseDuration("1s".repeat(100_000))).toThrow("more than 256 characters");
});

test.each([
  ["-1m30s", -90],
  ["-0s", 0],
  ["5s", 5],
])("%s is %d seconds where a negative duration is accepted", (text, expected) => {
  expect(parseSignedDuration(text)).toBe(expected);
});

test.each([
  [60, "1m"],
  [90, "1m30s"],
  [15, "15s"],
  [0.5, "500ms"],
  [3600, "1h"],
  [86_400, "24h"],
  [3661.25, "1h1m1s250ms"],
])("%d seconds are %s", (duration, text) => {
  expect(promDuration(duration)).toBe(text);
});

test.each([0, -1, 0.0001, Number.NaN, Infinity, 1e300])("%d seconds are no duration", (duration) => {
  expect(() => promDuration(duration)).toThrow(RangeError);
});

test("what is written reads back", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e12 }), (milliseconds) => {
      expect(parseDuration(promDuration(milliseconds / 1000))).toBe(milliseconds / 1000);
    }),
  );
});

test("any text is read or refused with a RangeError", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-+]?([0-9.]{1,4}[a-zµ]{0,2}){0,4}$/)), (text) => {
      try {
        expect(parseDuration(text)).toBeGreaterThanOrEqual(0);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
  );
});
