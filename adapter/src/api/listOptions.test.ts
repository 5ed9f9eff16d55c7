import { expect, test } from "@jest/globals";
import { readListOptions } from "./listOptions.ts";

const timeoutOf = (timeout: string) => {
  const options = readListOptions(new URLSearchParams({ timeout }), { ok: true, selector: [] });
  return options.ok ? options.timeoutMs : options.message.slice(0, 80);
};

test("a timeout is the sum of its parts", () => {
  expect(["1m30s", "1.5s", "+.5s250ms", "0", "-5s", "1h0.5us"].map(timeoutOf)).toEqual([
    90_000,
    1_500,
    750,
    undefined,
    undefined,
    3_600_000.0005,
  ]);
});

test.each(["1h".repeat(100_000), "1.0s".repeat(50_000), "0".repeat(200_000), "..".repeat(100_000)])(
  "a timeout of 200,000 characters is read at once",
  (text) => {
    const began = performance.now();
    timeoutOf(text);
    expect(performance.now() - began).toBeLessThan(1_000);
  },
);
