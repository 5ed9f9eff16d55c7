import { expect, test } from "@jest/globals";
import { goBool, goNumber } from "./values.ts";

// https://pkg.go.dev/strconv#ParseBool
const TRUE = ["1", "t", "T", "TRUE", "true", "True"];
const FALSE = ["0", "f", "F", "FALSE", "false", "False"];

test("a boolean is what Go's ParseBool accepts, and nothing else", () => {
  expect(TRUE.map(goBool)).toEqual(TRUE.map(() => true));
  expect(FALSE.map(goBool)).toEqual(FALSE.map(() => false));
  expect(["", "yes", "no", "on", "off", "tRUE", "fALSE", "2", "null"].map(goBool)).toEqual(Array(9).fill(undefined));
});

test("a number is a decimal one", () => {
  expect(["10", " 2.5 ", "1e3", "-1", "+.5", "5."].map(goNumber)).toEqual([10, 2.5, 1000, -1, 0.5, 5]);
  expect(
    ["", "0x10", "1_000", "ten", "Infinity", "NaN", "1 2"].filter((text) => !Number.isNaN(goNumber(text))),
  ).toEqual([]);
});
