import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { anyQuery, anyValue } from "./anyQuery.testing";
import { boundQuery } from "./bound";
import { canonicalQuery, parseQuery, type Query, treeOf } from "./query";
import { nodesNamed } from "./tree";
import { conditionsOf } from "./vectorSelector";

function queryOf(text: string): Query {
  const result = parseQuery(text);
  if (!result.ok) throw new Error(`${text}: ${result.problem.message}`);
  return result.query;
}

function bind(text: string, label = "ns", value = "shop"): string {
  const result = boundQuery(queryOf(text), label, value);
  return result.ok ? result.query.text : `line ${result.problem.line}, column ${result.problem.column}`;
}

test.each([
  ["foo", 'foo{ns="shop"}'],
  ["foo{}", 'foo{ns="shop"}'],
  ['foo { a = "b", }', 'foo {ns="shop", a = "b", }'],
  ['{__name__="foo"}', '{ns="shop",__name__="foo"}'],
  ['{"foo"}', '{ns="shop","foo"}'],
  ['{__name__=~".+"}', '{ns="shop",__name__=~".+"}'],
  ["foo[5m] # end", undefined],
  ["rate(foo[5m] offset 1h)", 'rate(foo{ns="shop"}[5m] offset 1h)'],
  ["foo @ 1600000000 offset 5m", 'foo{ns="shop"} @ 1600000000 offset 5m'],
  ["max_over_time(rate(foo[5m])[1h:1m])", 'max_over_time(rate(foo{ns="shop"}[5m])[1h:1m])'],
  ["foo / on(ns) group_left bar", 'foo{ns="shop"} / on(ns) group_left bar{ns="shop"}'],
  ["sum by (ns) (foo) or vector(0)", 'sum by (ns) (foo{ns="shop"}) or vector(0)'],
  ["vector(1)", "vector(1)"],
  ["time() > bool 5", "time() > bool 5"],
  ['foo{ # ns="x"\n}', 'foo{ns="shop" # ns="x"\n}'],
  ['label_replace(foo, "ns", "x", "", "")', 'label_replace(foo{ns="shop"}, "ns", "x", "", "")'],
  // The label is there already.
  ['foo{ns="shop"}', 'foo{ns="shop"}'],
  ["foo{ns='shop'}", "foo{ns='shop'}"],
  ['foo{"ns"="\\x73hop"}', 'foo{"ns"="\\x73hop"}'],
  ['foo{ns=~"s.*"}', 'foo{ns="shop",ns=~"s.*"}'],
  ['foo{ns!="other"}', 'foo{ns="shop",ns!="other"}'],
  // Other values are refused where they stand.
  ['foo{ns="other"}', "line 1, column 8"],
  ['foo{ns=""}', "line 1, column 8"],
  ['foo{ns!="shop"}', "line 1, column 9"],
  ['foo{ns="shop",ns="other"}', "line 1, column 18"],
  ['foo\n or bar{"ns"="other"}', "line 2, column 14"],
  ["info(foo)", "line 1, column 1"],
  ['info(foo,{__name__="target_info"})', "line 1, column 1"],
  ['info(foo,{a="b"})', 'info(foo{ns="shop"},{ns="shop",a="b"})'],
])("%j becomes %j", (text, expected) => {
  if (expected === undefined) expect(() => bind(text)).toThrow();
  else expect(bind(text)).toBe(expected);
});

test("every selector of every query gets the matcher, once, and it is all that changes", () => {
  fc.assert(
    fc.property(anyQuery, anyValue, (text, value) => {
      const query = queryOf(text);
      // The generator's labels begin with a letter.
      const result = boundQuery(query, "_ns", value);
      if (!result.ok) throw new Error(`${text}: ${result.problem.message}`);
      const again = queryOf(result.query.text);
      const selectors = nodesNamed(treeOf(again), "VectorSelector");
      for (const node of selectors) {
        const own = conditionsOf(node, again.text).filter(({ label }) => label === "_ns");
        expect(own.map(({ operator, value: found }) => operator + found)).toEqual([`=${value}`]);
      }
      expect(selectors.length).toBe(nodesNamed(treeOf(query), "VectorSelector").length);
      expect(canonicalQuery(again)).toBe(canonicalQuery(result.query));
      const twice = boundQuery(again, "_ns", value);
      expect(twice.ok && twice.query.text).toBe(again.text);
      const literal = again.text.match(/_ns=("(?:[^"\\]|\\.)*")/s)?.[0];
      const undone = literal
        ? again.text.split(`{${literal}}`).join("").split(`${literal},`).join("").replaceAll(literal, "")
        : again.text;
      expect(canonicalQuery(queryOf(undone)).replaceAll("{}", "")).toBe(canonicalQuery(query).replaceAll("{}", ""));
    }),
  );
});

test("a label that is none is the caller's mistake", () => {
  for (const label of ["", "a-b", "__name__", '"a"', "a=b"]) {
    expect(() => boundQuery(queryOf("x"), label, "y")).toThrow(RangeError);
  }
});
