import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { unquote } from "../promql/text";
import { goQuoted } from "./goQuoted";

// The results of strconv.Quote of Go 1.26.
test.each<[string, string]>([
  ["", '""'],
  ['a"b\\c', String.raw`"a\"b\\c"`],
  ["\n\t\r\x07\b\f\v\0\x1f\x7f", String.raw`"\n\t\r\a\b\f\v\x00\x1f\x7f"`],
  ["é€😀", '"é€😀"'],
  ["\u0080\u00a0\u00ad\u2028\ufeff\ufffd\ue000", String.raw`"\u0080\u00a0\u00ad\u2028\ufeff${"\ufffd"}\ue000"`],
  ["\u{e0001}", String.raw`"\U000e0001"`],
  ["|.*+?", '"|.*+?"'],
])("%j is quoted as in Go", (text, quoted) => {
  expect(goQuoted(text)).toBe(quoted);
});

test("PromQL reads the same text", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }).filter((text) => text.isWellFormed()),
      (text) => expect(unquote(goQuoted(text))).toBe(text),
    ),
  );
});
