import { expect, test } from "@jest/globals";
import { freeName } from "./translation.ts";

test("a name loses the dashes at its ends, and none inside", () => {
  expect(freeName("--a--b_c--", new Set())).toBe("a--b-c");
});

test("a name of 200,000 dashes is made at once", () => {
  const began = performance.now();
  expect(freeName(`a${"-".repeat(200_000)}b`, new Set())).toMatch(/^a-[0-9a-f]{6}$/);
  expect(performance.now() - began).toBeLessThan(1_000);
});
