import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { labelPattern } from "./labelPattern";
import { NotDirect } from "./notDirect";

const atom = fc.oneof(
  fc.constantFrom("a", "b", "5", "-", "\\.", ".", "\\d", "\\w", "\\D", "[ab]", "[^a]", "[0-9]", "[a-c5-7-]", "[.\\-b]"),
);
const repetition = fc.constantFrom("", "", "", "*", "+", "?", "{2}", "{1,}", "{0,2}", "*?", "{2}?");
const sequence = fc
  .array(fc.tuple(atom, repetition), { maxLength: 4 })
  .map((parts) => parts.map((part) => part.join("")).join(""));
const choice = fc.array(sequence, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("|"));
const expression = fc
  .array(
    fc.oneof(
      sequence,
      fc.tuple(fc.constantFrom("(", "(?:"), choice).map(([open, inner]) => `${open}${inner})`),
    ),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .chain((parts) => fc.tuple(fc.constantFrom("", "^"), fc.constant(parts.join("")), fc.constantFrom("", "$")))
  .map((parts) => parts.join(""));

test("a value matches as with the whole regular expression", () => {
  fc.assert(
    fc.property(
      expression,
      fc.string({ unit: fc.constantFrom("a", "b", "5", "-", ".", "é", "\n"), maxLength: 8 }),
      (pattern, value) => {
        const budget = { steps: 1e6 };
        expect(labelPattern(pattern).matches(value, budget)).toBe(new RegExp(`^(?:${pattern})$`, "su").test(value));
      },
    ),
    { numRuns: 3_000 },
  );
});

test.each([
  "5..",
  "5.*",
  "4..|5..",
  "(4|5)..",
  "[45]\\d\\d",
  ".+",
  ".*",
  "",
  "web|api",
  "web-.+",
  "^5..$",
  "outbound\\|80\\|\\|web",
])("common expressions are supported: %s", (pattern) => {
  expect(() => labelPattern(pattern)).not.toThrow();
});

test.each([
  "(?i)a",
  "(?P<x>a)",
  "(?=a)",
  "\\Aa",
  "\\pL",
  "a**",
  "(a*)*",
  "(a+){3}",
  "^*",
  "a{2",
  "{2}",
  "a{3,2}",
  "a{1001}",
  "a{2,1001}",
  "[a",
  "[]",
  "[z-a]",
  "[[:alpha:]]",
  "a)",
  "(a",
  "*",
  "\\",
  "\\n",
  "[a-\\d]",
  "[a-c-e]",
  "x".repeat(1_001),
])("another expression is refused: %s", (pattern) => {
  expect(() => labelPattern(pattern)).toThrow(NotDirect);
});

test("an expression that would backtrack for ever takes steps in proportion to the value", () => {
  const budget = { steps: 100_000 };
  expect(labelPattern(`${"a?".repeat(50)}${"a".repeat(50)}`).matches("a".repeat(49), budget)).toBe(false);
  expect(labelPattern(`${"(a|aa)".repeat(30)}$`).matches("a".repeat(61), budget)).toBe(false);
  expect(budget.steps).toBeGreaterThan(50_000);
});
