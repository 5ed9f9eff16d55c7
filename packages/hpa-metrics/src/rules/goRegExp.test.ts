import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { expand, goRegExp } from "./goRegExp";

interface Pattern {
  readonly p: string;
  readonly ok: boolean;
  readonly n: number;
  readonly m?: readonly { readonly s: string; readonly g?: readonly string[]; readonly e?: readonly string[] }[];
}

/** What Go makes of each pattern: see `source` in the file. */
const vectors: { readonly expands: readonly string[]; readonly patterns: readonly Pattern[] } = JSON.parse(
  readFileSync(join(__dirname, "goRegExp.vectors.json"), "utf8"),
);

/** Go accepts two groups of one name. Nobody can mean both of them. */
const REFUSED = ["(?P<a>x)(?P<a>y)"];

describe("the pattern", () => {
  test.each(vectors.patterns.map((pattern) => [pattern.p, pattern] as const))(
    "%s is what it is in Go",
    (p, pattern) => {
      const compiled = goRegExp(p);
      expect(compiled.ok).toBe(pattern.ok && !REFUSED.includes(p));
      if (!compiled.ok) return;
      expect(compiled.pattern.groups).toBe(pattern.n);
      for (const { s, g, e } of pattern.m ?? []) {
        const match = compiled.pattern.find(s);
        expect(match && Array.from({ length: pattern.n + 1 }, (_, group) => match.group(String(group)))).toEqual(g);
        expect(compiled.pattern.matches(s)).toBe(g !== undefined);
        if (match && e) expect(vectors.expands.map((template) => expand(template, match))).toEqual(e);
      }
    },
  );
});

describe("expanding a template", () => {
  const match = { group: (name: string) => (name === "1" ? "one" : name === "n" ? "$1" : undefined) };
  const text = fc.string({ unit: "binary" });

  test("keeps text without $, and makes $ of $$", () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(expand(value.replaceAll("$", ""), match)).toBe(value.replaceAll("$", ""));
        expect(expand(value.replaceAll("$", "$$$$"), match)).toBe(value);
      }),
    );
  });

  test("is the same in braces and before what is not part of a name", () => {
    fc.assert(
      fc.property(text, fc.constantFrom("1", "n", "x", "01"), text, (before, name, after) => {
        const left = before.replaceAll("$", "");
        const value = match.group(name) ?? "";
        expect(expand(`${left}\${${name}}${after.replaceAll("$", "")}`, match)).toBe(
          left + value + after.replaceAll("$", ""),
        );
        expect(expand(`${left}$${name}-`, match)).toBe(`${left}${value}-`);
      }),
    );
  });
});

describe("a pattern that would take long", () => {
  const hostile = `${"a".repeat(511)}!`;
  const patterns = [
    "(a+)+$",
    "(a|a)*$",
    "(.*)(.*)(.*)(.*)(.*)$x",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "(?:a?){20}a{20}b",
    "(?:(?:(?:a{9}){9}){9}){6}",
    "[a-z]{1000}".repeat(4),
    `(?i)${"[^\\pL]".repeat(300)}`,
    "(.*){500}$x",
    `${"(".repeat(450)}${")".repeat(450)}`,
    "a|".repeat(1000),
  ];
  test.each(patterns)(
    "%# is compiled and searched in less than a second of a busy machine, or is refused",
    (pattern) => {
      const start = process.cpuUsage();
      const compiled = goRegExp(pattern);
      if (compiled.ok) compiled.pattern.find(hostile);
      expect(process.cpuUsage(start).user).toBeLessThan(1_000_000);
    },
  );

  test.each<[string, RegExp]>([
    ["a".repeat(2001), /longer than 2000 characters/],
    ["(?:a{1000}){9}", /its repetitions make it too large/],
    ["((((a{100}){100}){100}){100})", /its repetitions make it too large/],
    ["[a-z]{1000}".repeat(80), /its repetitions make it too large/],
    ["[[:alpha:]]{1000}".repeat(80), /its repetitions make it too large/],
    ["(".repeat(900), /missing/],
  ])("%# is refused with the reason", (pattern, why) => {
    expect(goRegExp(pattern)).toEqual({ ok: false, why: expect.stringMatching(why) });
  });

  test("a text that no name is as long as does not match", () => {
    const compiled = goRegExp(".*");
    expect(compiled.ok && compiled.pattern.matches("a".repeat(513))).toBe(false);
  });
});
