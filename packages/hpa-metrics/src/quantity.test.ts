import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseQuantity } from "./parsedQuantity";
import { formatMilli, milliFromNumber } from "./quantity";

const largest = 9223372036854775807n;
const milli = fc.bigInt({ min: -largest - 1n, max: largest });

test.each([
  [0n, "0"],
  [1n, "1m"],
  [8308n, "8308m"],
  [10_000n, "10"],
  [1_500n, "1500m"],
  [1_000_000n, "1k"],
  [1_100_000n, "1100"],
  [-1_500n, "-1500m"],
  [1_000_000_000n, "1M"],
  [10_000_000_000_000_000n, "10T"],
  [9_000_000_000_000_000_000n, "9P"],
])("%s thousandths print as %s, like Go's", (value, text) => {
  expect(formatMilli(value)).toBe(text);
});

test.each([
  [8.308, 8308n],
  [0.0005, 1n],
  [0.00049, 0n],
  [-0.0005, -1n],
  [0.0625, 63n],
  [-0.0625, -63n],
  [1.001, 1001n],
  [-0, 0n],
  [5e-324, 0n],
  [9223372036854774, 9223372036854774000n],
  [-9223372036854774, -9223372036854774000n],
])("%s is %s thousandths", (value, expected) => {
  expect(milliFromNumber(value)).toBe(expected);
});

test.each([Number.NaN, Infinity, -Infinity, 9.3e15, -9.3e15, 2 ** 63 / 1000, 1e21, Number.MAX_VALUE])(
  "%s is refused, not printed as some other number",
  (value) => {
    expect(() => milliFromNumber(value)).toThrow(RangeError);
    expect(() => milliFromNumber(value)).toThrow(String(value));
  },
);

test("what is printed reads back as the same thousandths", () => {
  fc.assert(
    fc.property(milli, (value) => {
      const text = formatMilli(value);
      const parsed = parseQuantity(text);
      expect(parsed.canonical).toBe(text);
      // Go's own MilliValue() overflows beyond 18 digits; there only the text is compared.
      if (text.replace(/\D/g, "").length <= 18) expect(parsed.milli).toBe(value);
    }),
  );
});

/** `value` as an exact fraction: numerator and a power of two below it. */
function exact(value: number): [numerator: bigint, denominator: bigint] {
  let denominator = 1n;
  let scaled = value;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    denominator *= 2n;
  }
  return [BigInt(scaled), denominator];
}

test("a reading is never more than half a thousandth off", () => {
  fc.assert(
    fc.property(fc.double({ min: -9e15, max: 9e15, noNaN: true }), (value) => {
      const [numerator, denominator] = exact(value);
      const off = milliFromNumber(value) * denominator - numerator * 1000n;
      expect((off < 0n ? -off : off) * 2n <= denominator).toBe(true);
    }),
  );
});

test("a larger reading is never printed as a smaller one", () => {
  const reading = fc.oneof(
    fc.double({ min: -9e15, max: 9e15, noNaN: true }),
    fc.double({ min: -2, max: 2, noNaN: true }),
  );
  fc.assert(
    fc.property(reading, reading, (a, b) => {
      const [low, high] = a <= b ? [a, b] : [b, a];
      expect(milliFromNumber(low) <= milliFromNumber(high)).toBe(true);
    }),
  );
});
