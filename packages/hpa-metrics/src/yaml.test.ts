import { expect, test } from "@jest/globals";
import { yamlValue } from "./yaml";

// The values of kubectl 1.36 (`kubectl annotate --local -o json`).
test.each<[string, unknown]>([
  ["yes", true],
  ["N", false],
  ["tRUE", "tRUE"],
  ["017", 15],
  ["0o17", 15],
  ["-0O1_7", -15],
  ["0o18", "0o18"],
  ["08", 8],
  ["0x1F", 31],
  ["0b11", 3],
  ["1_000", 1000],
  ["12:30", "12:30"],
  ["2001-01-01", "2001-01-01"],
  ["=", "="],
  ["~", null],
  ["_1", "_1"],
  ["1e", "1e"],
])("%s is read as kubectl reads it", (text, value) => {
  expect(yamlValue(`a: ${text}`)).toEqual({ a: value });
});
