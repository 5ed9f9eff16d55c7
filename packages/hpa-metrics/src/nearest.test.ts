import { expect, test } from "@jest/globals";
import fc from "fast-check";
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

test("it is the one with the fewest edits, and none beyond two or a third of the word", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 9 });
  fc.assert(
    fc.property(word, fc.array(word, { maxLength: 6 }), (wanted, candidates) => {
      const edits = candidates.map((candidate) => levenshtein(wanted, candidate));
      const fewest = Math.min(...edits);
      const expected =
        fewest <= Math.min(2, Math.floor(wanted.length / 3)) ? candidates[edits.indexOf(fewest)] : undefined;
      expect(nearest(wanted, candidates)).toBe(expected);
    }),
  );
});

test("a long word and a long list of candidates cost nothing", () => {
  const long = "a".repeat(1_000_000);
  expect(nearest(long, [long])).toBeUndefined();
  function* endless() {
    for (;;) yield "other";
  }
  expect(nearest("query", endless())).toBeUndefined();
});

/** By its definition, slowly. */
function levenshtein(from: string, to: string): number {
  if (from === "" || to === "") return from.length + to.length;
  if (from[0] === to[0]) return levenshtein(from.slice(1), to.slice(1));
  return (
    1 +
    Math.min(levenshtein(from.slice(1), to), levenshtein(from, to.slice(1)), levenshtein(from.slice(1), to.slice(1)))
  );
}
