import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseJson } from "./boundedJson.ts";

test("whatever is not too deep is read as it is", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }),
  );
});

test("brackets in strings do not count", () => {
  expect(parseJson(`["${"[".repeat(1_000)}","\\"${"{".repeat(1_000)}"]`)).toHaveLength(2);
});

test("a million brackets are refused before they are parsed", () => {
  expect(() => parseJson("[".repeat(1_000_000))).toThrow("deeper than 64");
  expect(() => parseJson("]".repeat(1_000_000))).toThrow(SyntaxError);
});
