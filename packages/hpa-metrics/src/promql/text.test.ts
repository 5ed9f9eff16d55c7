import { expect, test } from "@jest/globals";
import { squeeze } from "./text";

test("white space and comments go, except in strings and between what would join", () => {
  expect(squeeze("sum ( a ) # why\n by (b) + +1 < = c{d=' # '}")).toBe("sum(a)by(b)+ +1< =c{d=' # '}");
});

test.each(['"', "'", "`"])("text with many %s that no string ends is squeezed at once", (quote) => {
  const text = `\\${quote}`.repeat(100_000);
  const began = performance.now();
  expect(squeeze(text)).toBe(text);
  expect(performance.now() - began).toBeLessThan(1_000);
});
