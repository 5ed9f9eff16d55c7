import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { parse } from "yaml";
import { yamlText } from "./yamlText.ts";

function readBack(object: object) {
  const text = yamlText(object);
  // Neither version may see a line break or a character that it refuses.
  expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u2028\u2029\ufeff]/u);
  return (["1.1", "1.2"] as const).map((version) => parse(text, { version, merge: true }));
}

test.each([
  ..."yes no on off y n Y N YES True FALSE null Null ~ <<".split(" "),
  ..."08 010 0o17 0b1 0x1F 1_000 1e3 +1 .5 1. .inf -.INF .nan 22:22 190:20:30 2026-01-01".split(" "),
  ..."= ! & * | > % @ ` - ? : #".split(" "),
  "2026-01-01T00:00:00Z",
  "",
  " ",
  "a: b",
  "a #b",
  "- a",
  "{a}",
  "[a]",
  "a\nb",
  "a\n",
  "a\n\n",
  "\na",
  " a\n  b",
  "a \nb ",
  "a\r\nb",
  "a\tb",
  "\ta",
  "---",
  "...",
  "a\n---\nb",
  "a\u0085b",
  "a\u2028b\u2029",
  "\ufeffa",
  "\u007f",
  "\\n",
  '"',
  "'",
  "😀",
  "é",
])("the text %j is the same to readers of YAML 1.1 and 1.2, as a value and as a key", (text) => {
  const object = { value: text, list: [text], [text]: "key" };
  for (const back of readBack(object)) expect(back).toEqual(object);
});

test("any text, number and boolean is the same to both", () => {
  const value = fc.letrec((tie) => ({
    tree: fc.oneof({ depthSize: "small" }, tie("leaf"), fc.array(tie("tree")), fc.dictionary(word, tie("tree"))),
    leaf: fc.oneof(word, fc.integer(), fc.boolean()),
  })).tree;
  fc.assert(
    fc.property(fc.dictionary(word, value), (object) => {
      for (const back of readBack(object)) expect(back).toEqual({ ...object });
    }),
    { numRuns: 50 },
  );
});

const word = fc.oneof(
  fc.string({ unit: "binary" }).filter((text) => text.isWellFormed() && text !== "__proto__"),
  fc.stringMatching(/^[-+0-9a-z_:.~<>=yn ]{0,8}$/),
);
