import { expect, test } from "@jest/globals";
import { nearest } from "./nearest";

test.each([
  ["intervall", ["query", "interval"], "interval"],
  ["ratee", ["irate", "rate"], "rate"],
  ["qury", ["query"], "query"],
  ["ab", ["ac"], undefined],
  ["request", ["latency", "errors"], undefined],
  ["", [""], ""],
])("nearest to %j of %j is %j", (word, candidates, expected) => {
  expect(nearest(word, candidates)).toBe(expected);
});
