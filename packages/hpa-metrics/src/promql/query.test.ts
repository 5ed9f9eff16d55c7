import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { anyQuery, anyValue } from "./anyQuery.testing";
import { canonicalQuery, parseQuery, type Query, type QueryProblem, treeOf } from "./query";

interface Vector {
  readonly query: string;
  /** Type of the expression, or the error. */
  readonly prometheus: string;
  readonly ours?: string;
}
const vectors: { queries: Vector[] } = JSON.parse(readFileSync(join(__dirname, "promql.vectors.json"), "utf8"));

function problemOf(text: string): QueryProblem {
  const result = parseQuery(text);
  if (result.ok) throw new Error(`${text} has no fault`);
  return result.problem;
}

function queryOf(text: string): Query {
  const result = parseQuery(text);
  if (!result.ok) throw new Error(`${text}: ${result.problem.message}\n${result.problem.caret}`);
  return result.query;
}

test.each([
  ["a regular expression that takes for ever", `{a=~"${"(|)".repeat(60)}b"}`],
  ["a long comment before a mistake", `up ${"#".repeat(200_000)}\nx`],
])("%s is judged at once", (_, text) => {
  const began = performance.now();
  parseQuery(text);
  // A hundred times what it takes; the ways of before took minutes.
  expect(performance.now() - began).toBeLessThan(1_000);
});

test("queries are judged as Prometheus judges them", () => {
  const agreed = vectors.queries.filter(({ ours }) => ours === undefined);
  expect(agreed.length).toBeGreaterThan(290);
  const disagreements = agreed.filter(({ query, prometheus }) => {
    return parseQuery(query).ok !== (prometheus === "scalar" || prometheus === "vector");
  });
  expect(disagreements).toEqual([]);
});

test.each(vectors.queries.filter(({ ours }) => ours !== undefined))(
  "$query is $ours, on purpose",
  ({ query, ours }) => {
    expect(parseQuery(query).ok).toBe(ours !== "refused");
  },
);

test.each([
  ["sum(rate(x[1m])", 1, 4, 'this "(" is never closed'],
  ["sum(rate(x[1m])))", 1, 17, 'unexpected ")": no bracket is open here'],
  ["(x]", 1, 3, 'unexpected "]", expected ")" for the "(" at line 1, column 1'],
  ["ratee(x[1m])", 1, 1, 'unknown function "ratee", did you mean "rate"?'],
  ["foo{a=b}", 1, 7, 'unexpected "b", expected a value in quotes'],
  ["foo{a}", 1, 6, 'unexpected "}", expected one of = != =~ !~'],
  ['foo{a="b",,}', 1, 11, 'unexpected ",", expected a label name or "}"'],
  ["foo[5x]", 1, 5, '"5x" is not a number or a duration such as 5m'],
  ["foo[x]", 1, 5, 'unexpected "x", expected a duration such as 5m'],
  ["foo[-5m]", 1, 5, "the duration must be greater than 0"],
  ["foo[# c\n5m]", 1, 5, "a comment is not allowed before the duration in [ ]"],
  ["1 > bool.5", 1, 9, 'write a space after "bool"'],
  ["sum by (inf) (x)", 1, 9, 'write the label name "inf" in quotes'],
  ["foo[]", 1, 5, 'unexpected "]", expected a duration such as 5m'],
  ["sum by (a b) (x)", 1, 11, 'unexpected "b", expected "," or ")"'],
  ["1 +", 1, 4, "unexpected end of the query, expected an expression"],
  ["a b", 1, 3, 'unexpected "b", expected an operator or the end of the expression'],
  ["sum(\n\tx,\n\tbad(y))", 3, 2, 'unknown function "bad", did you mean "rad"?'],
  ['foo{a="b}', 1, 7, 'this " is never closed on its line'],
  [String.raw`foo{a="\d"}`, 1, 8, String.raw`unknown escape \d in a string: write \\ for a backslash`],
  ["foo +\u00a0bar", 1, 6, "unexpected character U+00A0"],
  ["rate(x)", 1, 6, "expected a range vector in rate(), got an instant vector: add a range such as [1m]"],
  ["sum(x[5m])", 1, 5, "expected an instant vector in sum(), got a range vector"],
  ["rate(sum(x)[5m])", 1, 12, "a range is only allowed after a selector: use a subquery such as [5m:1m]"],
  ["topk(x)", 1, 1, "expected 2 arguments in topk(), got 1"],
  ["1 > 2", 1, 3, "a comparison between scalars needs bool"],
  ["x and 1", 1, 3, "and, or and unless are only allowed between instant vectors"],
  ['x{a=~"("}', 1, 6, "the value is no regular expression"],
  ["{}", 1, 1, "a selector needs a metric name or a matcher that does not match the empty string"],
  ["x[5m]", 1, 1, "a range vector is not a reading: wrap it in rate() or similar"],
  ["(x[5m:1m]) # c", 1, 1, "a range vector is not a reading: wrap it in rate() or similar"],
  ['"x"', 1, 1, "a string is not a reading"],
  ["", 1, 1, "the query is empty"],
  [" \n ", 1, 1, "the query is empty"],
  ["× + y", 1, 1, 'unexpected character "×" (U+00D7)'],
])("%j fails at line %d, column %d: %s", (text, line, column, message) => {
  expect(problemOf(text)).toMatchObject({ line, column, message });
});

test.each([
  "x * 100.",
  "1./2.",
  "x * 0X1F + 0x1_0 + 0755 + 1_000",
  "-x offset 1m @ end()",
  "a * b offset 1m @ start()",
  "sum by (a:b) (x)",
  "x * on (a:b) group_left (c:d) y",
  "sum(offset{a='b'})",
  "rate(x[5m # five\n])",
  "rate(x[MAX_OF(5m, STEP())])",
  "rate(x anchored[5m])",
  "x offset (1m) + 2",
  "max_of(5m, 1m) + min_of(1, 2)",
  "integral(x[5m])",
  'info(m, {version=~".*"})',
  '{"http.server.duration"}',
  "sum by (service.name) (http.server.duration{http.method='GET'})",
  'sum by ("inf", "without") (x)',
])("%s is a query, as in Prometheus", (text) => {
  queryOf(text);
});

test.each([
  "x @ NaN",
  "x offset (4d/0)",
  "x offset (1m) + y",
  "a + on (i) group_left (i) b",
  "9e999999",
  "0x1E+5",
  "atan2",
  "1or x",
  "sum by (without) (x)",
  "x offset 5m [5m]",
])("%s is not a query, as in Prometheus", (text) => {
  problemOf(text);
});

test("every node of a tree contains its parts, in the order of the text", () => {
  fc.assert(
    fc.property(anyQuery, (text) => {
      treeOf(queryOf(text)).topNode.visit(({ from, to, children }) => {
        let at = from;
        for (const child of children) {
          expect(child.from).toBeGreaterThanOrEqual(at);
          at = child.to;
        }
        expect(at).toBeLessThanOrEqual(to);
        return true;
      });
    }),
  );
});

test("the caret stands under the fault, after tabs and wide characters too", () => {
  expect(problemOf('sum(\n\tx{a="名"} +\t,\n)').caret).toBe('\tx{a="名"} +\t,\n\t          \t^');
});

test("a long line is cut around the fault", () => {
  const [line = "", caret = ""] = problemOf(`sum(${"a + ".repeat(100)}? + ${"b + ".repeat(100)}c)`).caret.split("\n");
  expect(line.length).toBeLessThan(110);
  expect(line.charAt(caret.indexOf("^"))).toBe("?");
});

test("the text is kept as written but for the white space around it", () => {
  expect(queryOf("\n  sum(  x ) # rate\n\n").text).toBe("sum(  x ) # rate");
});

test.each([
  ['sum (\n  rate( x{ a = "b c" } [1m] ) # c\n)', 'sum(rate(x{a="b c"}[1m]))'],
  ["a and b", "a and b"],
  ["sum by (a) (x)", "sum by(a)(x)"],
  ["a - -b", "a- -b"],
  ["x offset 5m", "x offset 5m"],
  ['x{a="# no comment"} # one', 'x{a="# no comment"}'],
])("%j is the same query as %j", (text, canonical) => {
  expect(canonicalQuery(queryOf(text))).toBe(canonical);
});

test("white space and comments do not make another query, and the canonical text is a query itself", () => {
  fc.assert(
    fc.property(anyQuery, (text) => {
      const canonical = canonicalQuery(queryOf(text));
      expect(canonicalQuery(queryOf(canonical))).toBe(canonical);
      expect(canonicalQuery(queryOf(`# again\n${text}\n# end`))).toBe(canonical);
    }),
  );
});

test("different label values make different queries", () => {
  fc.assert(
    fc.property(anyValue, anyValue, (a, b) => {
      const canonical = (value: string) =>
        canonicalQuery(queryOf(`x{a=${JSON.stringify(value.replace(/[^a-z #]/g, "z"))}}`));
      const [left, right] = [a, b].map((value) => value.replace(/[^a-z #]/g, "z"));
      expect(canonical(a) === canonical(b)).toBe(left === right);
    }),
  );
});

test("any text is a query or has a fault with a place in it", () => {
  const segment = fc.oneof(
    anyQuery,
    fc.string({ unit: "binary" }),
    fc.constantFrom(..."()[]{},=\"'`#\\+-*/ \n\r@:".split(""), "rate(", "sum by", "offset 5m", "bool", "\ud800"),
  );
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 6 }), (segments) => {
      const text = segments.join("");
      const result = parseQuery(text);
      if (result.ok) return;
      expect(result.problem.line).toBeGreaterThanOrEqual(1);
      expect(result.problem.line).toBeLessThanOrEqual(text.split("\n").length);
      expect(result.problem.column).toBeGreaterThanOrEqual(1);
      expect(result.problem.message).not.toBe("");
    }),
    { numRuns: 500 },
  );
});

test.each(["(", "-", "a+", "sum(", "x{", "[", '"', "\\", "a[1m:", "# ", "a offset ", "a,", '{a=~"((((((((', "1^"])(
  "nonsense is refused quickly at any length: %j",
  (segment) => {
    const started = performance.now();
    for (const length of [32_000, 262_144]) {
      // An HPA's annotations may have 256 KiB in all.
      expect(parseQuery(segment.repeat(length / segment.length)).ok).toBe(false);
    }
    expect(performance.now() - started).toBeLessThan(1000);
  },
);
