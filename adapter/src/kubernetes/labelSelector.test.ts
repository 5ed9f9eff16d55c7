import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { formatSelector, matchesSelector, type Operator, type Requirement } from "./labelSelector.ts";
import { parseSelector } from "./labelSelectorParser.ts";

interface Vector {
  in: string;
  canonical?: string;
  matches?: Record<string, boolean>;
  err?: string;
}
const vectors: Vector[] = JSON.parse(readFileSync(new URL("labelSelector.vectors.json", import.meta.url), "utf8"));

describe("a label selector is read as Kubernetes reads it", () => {
  test.each(vectors)("$in", (vector) => {
    const result = parseSelector(vector.in);
    if (vector.err !== undefined) {
      expect(result).toEqual({ ok: false, message: vector.err });
      return;
    }
    if (!result.ok) throw new Error(result.message);
    expect(formatSelector(result.selector)).toBe(vector.canonical);
    for (const [labels, expected] of Object.entries(vector.matches ?? {})) {
      expect([labels, matchesSelector(result.selector, labelsOf(labels))]).toEqual([labels, expected]);
    }
  });

  test("the vectors hold both selectors and errors", () => {
    expect(vectors.filter((vector) => vector.err !== undefined).length).toBeGreaterThan(15);
    expect(vectors.filter((vector) => vector.matches !== undefined).length).toBeGreaterThan(20);
  });
});

describe("problems the vectors do not hold", () => {
  test.each([
    ["a constructor", "unable to parse requirement: found 'constructor', expected: in, notin, =, ==, !=, gt, lt"],
    ["a in b", "unable to parse requirement: found 'b' expected: '('"],
    ["a in (=)", "unable to parse requirement: found '=', expected: ',', ')' or identifier"],
    ["a in (b,=)", "unable to parse requirement: found '=', expected: ',', or identifier"],
    ["!a in (b)", "found 'in', expected: ',' or 'end of string'"],
    ["a/b/c", /^unable to parse requirement: <nil>: Invalid value: "a\/b\/c": a valid label key must consist of/],
    ["/a", /prefix part must be non-empty$/],
    ["A.b/c", /prefix part a lowercase RFC 1123 subdomain must consist/],
    ["a>x:y", /requirement: \[values\[0\]: Invalid value: "x:y": for 'Gt'.*, values\[0\]\[a\]: Invalid value: "x:y"/],
    ['a="', /Invalid value: "\\"": a valid label/],
  ])("%s", (text, message) => {
    const result = parseSelector(text);
    expect(result.ok ? "parsed" : result.message).toEqual(
      typeof message === "string" ? message : expect.stringMatching(message),
    );
  });
});

test("no label of the object's prototype is ever there", () => {
  const result = parseSelector("constructor");
  expect(result.ok && matchesSelector(result.selector, {})).toBe(false);
});

test("a NUL parts two tokens or ends the text, as in Kubernetes", () => {
  const texts = ["a=b\0,c", "a \0,c"].map((text) => parseSelector(text));
  expect(texts.map((result) => result.ok && formatSelector(result.selector))).toEqual(["a=b,c", "a"]);
});

test("empty places in a set are the empty value", () => {
  for (const text of ["a in (,b)", "a in (b,)", "a in (b,,)"]) {
    const result = parseSelector(text);
    expect(result.ok && formatSelector(result.selector)).toBe("a in (,b)");
  }
});

const label = fc.stringMatching(/^[a-z][a-z0-9]{0,2}$/).filter((text) => text !== "in");
const value = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9]([-_.A-Za-z0-9]{0,4}[A-Za-z0-9])?$/),
  fc.constantFrom("", "7", "42"),
);
const requirement = fc.oneof(
  fc.record({
    key: label,
    operator: fc.constantFrom<Operator>("in", "notin"),
    values: fc.array(value, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ key: label, operator: fc.constantFrom<Operator>("=", "==", "!="), values: fc.tuple(value) }),
  fc.record({ key: label, operator: fc.constantFrom<Operator>("exists", "!"), values: fc.constant([]) }),
  fc.record({ key: label, operator: fc.constantFrom<Operator>("gt", "lt"), values: fc.tuple(fc.nat(99).map(String)) }),
);
const space = fc.constantFrom("", " ", "\t ");

test("any selector, however spaced, selects what a naive reading selects, and its canonical text reads back", () => {
  fc.assert(
    fc.property(fc.array(requirement, { maxLength: 4 }), fc.dictionary(label, value), space, (terms, labels, gap) => {
      const text = terms.map((term) => write(term, gap)).join(`${gap},${gap}`);
      const result = parseSelector(text);
      if (!result.ok) throw new Error(`${text}: ${result.message}`);
      expect(matchesSelector(result.selector, labels)).toBe(terms.every((term) => naive(term, labels)));
      expect(parseSelector(formatSelector(result.selector))).toEqual(result);
    }),
    { numRuns: 500 },
  );
});

test("no text makes the parser throw", () => {
  const odd = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: fc.constantFrom(..."ab=!<>(), \0in") }));
  fc.assert(
    fc.property(odd, (text) => {
      const result = parseSelector(text);
      expect(result.ok || result.message.length > 0).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

function labelsOf(text: string): Record<string, string> {
  if (text === "{}") return {};
  return Object.fromEntries(text.split(",").map((pair) => pair.split("=")));
}

function write({ key, operator, values }: Requirement, gap: string): string {
  if (operator === "exists") return key;
  if (operator === "!") return `!${gap}${key}`;
  if (operator === "in" || operator === "notin") return `${key} ${operator}${gap}(${values.join(`${gap},${gap}`)})`;
  const sign = { "=": "=", "==": "==", "!=": "!=", gt: ">", lt: "<" }[operator];
  return `${key}${gap}${sign}${gap}${values.join()}`;
}

function naive({ key, operator, values }: Requirement, labels: Record<string, string>): boolean {
  const found = new Map(Object.entries(labels)).get(key);
  const integer = found !== undefined && /^-?\d+$/.test(found) ? Number(found) : Number.NaN;
  if (operator === "exists") return found !== undefined;
  if (operator === "!") return found === undefined;
  if (operator === "gt") return integer > Number(values[0]);
  if (operator === "lt") return integer < Number(values[0]);
  const among = found !== undefined && values.some((candidate) => candidate === found);
  return operator === "!=" || operator === "notin" ? !among : among;
}
