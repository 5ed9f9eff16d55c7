import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { anyQuery, anyValue } from "./anyQuery.testing";
import { boundQuery } from "./bound";
import { parseQuery, type Query } from "./query";
import { groupOf } from "./queryGroup";
import { type TemplateInstance, templateInstanceOf } from "./queryTemplate";
import type { GroupSample } from "./splitResult";

function query(text: string): Query {
  const parsed = parseQuery(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.problem.message}`);
  return parsed.query;
}

function instance(text: string): TemplateInstance {
  const found = templateInstanceOf(query(text));
  if (!found) throw new Error(`no shape: ${text}`);
  return found;
}

const grouped = (...texts: string[]) => groupOf(texts.map(instance)).text;
/** The samples of each instance, and how many belong to none. */
function split(texts: readonly string[], samples: readonly GroupSample[]) {
  const result = groupOf(texts.map(instance)).split(samples);
  return { instances: texts.map((_, index) => result.samplesOf(index)), extraSeries: result.unclaimed() };
}

const isLone = (text: string) => templateInstanceOf(query(text)) === undefined;

describe("a group", () => {
  test("matches the values in which its queries differ and keeps their labels", () => {
    const guide = (workload: string, namespace: string) =>
      `sum(rate(istio_requests_total{destination_workload="${workload}",destination_workload_namespace="${namespace}",reporter="destination"}[1m]))`;
    expect(grouped(guide("web", "a"), guide("api", "b"))).toBe(
      'sum by(destination_workload,destination_workload_namespace)(rate(istio_requests_total{destination_workload=~"web|api",destination_workload_namespace=~"a|b",reporter="destination"}[1m]))',
    );
  });

  test("keeps them through by, without, on, ignoring and histogram_quantile", () => {
    const of = (text: string) => grouped(...["1", "2"].map((value) => text.replaceAll("$", `a="${value}"`)));
    expect(of("sum by (b) (x{$})")).toBe('sum by(b,a)(x{a=~"1|2"})');
    expect(of("sum without (a, b) (x{$})")).toBe('sum without(b)(x{a=~"1|2"})');
    expect(of("x{$} / on (b) y{$}")).toBe('x{a=~"1|2"} / on(b,a) y{a=~"1|2"}');
    expect(of("x{$} / ignoring (a, b) y{$}")).toBe('x{a=~"1|2"} / ignoring(b) y{a=~"1|2"}');
    expect(of("histogram_quantile(0.9, sum by (le) (rate(x{$}[5m])))")).toBe(
      'histogram_quantile(0.9,sum by(le,a)(rate(x{a=~"1|2"}[5m])))',
    );
    expect(of("max_over_time(sum(x{$})[1h:5m] offset 1m) > bool 3")).toBe(
      'max_over_time(sum by(a)(x{a=~"1|2"})[1h:5m] offset 1m) > bool 3',
    );
  });

  test("keeps labels with a fixed value that tell parts of the query apart", () => {
    const part = (value: string) => `label_replace(sum(x{a="${value}"}), "part", "1", "", "") or sum(y{a="${value}"})`;
    expect(grouped(...["1", "2"].map((value) => `max(${part(value)}) or vector(0)`))).toBe(
      'max by(a)(label_replace(sum by(a)(x{a=~"1|2"}),"part","1","","") or sum by(a)(y{a=~"1|2"}))',
    );
  });

  test("matches what all have in common as each query alone does", () => {
    const of = (text: string) => grouped(...["1", "2"].map((value) => text.replaceAll("$", `a="${value}",k="v"`)));
    expect(of("sum without (k) (x{$})")).toBe('sum without(k)(x{a=~"1|2",k="v"})');
    expect(of("sum by (a, k) (x{$}) / ignoring (a, k) sum(y{$})")).toBe(
      'sum by(a,k)(x{a=~"1|2",k="v"}) / ignoring(k) sum by(a)(y{a=~"1|2",k="v"})',
    );
  });

  test("keeps offsets and other modifiers at their selectors", () => {
    const of = (text: string) => grouped(...["1", "2"].map((value) => text.replaceAll("$", `a="${value}"`)));
    expect(of("x{$} - y{$} offset 5m @ end()")).toBe('x{a=~"1|2"} - y{a=~"1|2"} offset 5m @end()');
  });

  test("quotes labels whose names are words of PromQL", () => {
    const of = (text: string) => grouped(...["1", "2"].map((value) => text.replaceAll("$", `inf="${value}"`)));
    expect(of('sum by ("without", "a:b", "NaN", by) (x{$})')).toBe(
      'sum by("without","a:b","NaN",by,"inf")(x{"inf"=~"1|2"})',
    );
  });

  test("of one is the query itself but for white space and the order of matchers", () => {
    expect(grouped('sum by (b) ( x { c != "2" , a = "1" } )')).toBe('sum by(b)(x{c!="2",a="1"})');
  });

  test("gives each member its samples with the labels that it has alone", () => {
    const samples = [
      { labels: { a: "1", b: "p" }, value: 1 },
      { labels: { a: "2", b: "p" }, value: 2 },
      { labels: { a: "1", b: "q" }, value: 3 },
      { labels: { a: "3", b: "q" }, value: 4 },
    ];
    expect(split(['sum by (b) (x{a="1"})', 'sum by (b) (x{a="2"})'], samples)).toEqual({
      instances: [
        [
          { labels: { b: "p" }, value: 1 },
          { labels: { b: "q" }, value: 3 },
        ],
        [{ labels: { b: "p" }, value: 2 }],
      ],
      extraSeries: 1,
    });
  });

  test("of a raw selector gives the labels back that the selector carries", () => {
    const samples = [{ labels: { __name__: "x", a: "2", r: "z" }, value: 7 }];
    const { instances } = split(['x{a="1",r="z"}', 'x{a="2",r="z"}'], samples);
    expect(instances).toEqual([[], [{ labels: { __name__: "x", a: "2", r: "z" }, value: 7 }]]);
  });

  test("reads bytes written as escapes as the UTF-8 that they are", () => {
    expect(grouped('x{a="\\xc3\\xa9"}', 'x{a="é"}')).toBe('x{a="é"}');
  });

  test("answers for vector(N) where a member finds nothing", () => {
    const texts = ['sum(x{a="1"}) or vector(0)', '(sum(x{a="2"})) or vector(0)'];
    expect(grouped(...texts)).toBe('sum by(a)(x{a=~"1|2"})');
    expect(split(texts, [{ labels: { a: "2" }, value: 5 }]).instances).toEqual([
      [{ labels: {}, value: 0 }],
      [{ labels: {}, value: 5 }],
    ]);
  });
});

describe("a group of queries with sets of values", () => {
  const pods = (namespace: string, set: string) =>
    `sum(rate(x{ns="${namespace}",${set}}[2m])) by (pod) / sum(rate(y{ns="${namespace}",${set}}[2m])) by (pod)`;

  test("selects all values of all sets, once each", () => {
    const [x, y] = ["x", "y"].map((name) => `sum by(pod,ns)(rate(${name}{ns=~"a|b",pod=~"p1|p2|p3"}[2m]))`);
    expect(grouped(pods("a", 'pod=~"p2|p1"'), pods("b", 'pod="p2"'), pods("b", 'pod=~"p3"'))).toBe(`${x} / ${y}`);
  });

  test("keeps a set that all have in common", () => {
    expect(grouped(pods("a", 'pod=~"p1|p2"'), pods("b", 'pod=~"p2|p1"'))).toContain('x{ns=~"a|b",pod=~"p1|p2"}');
  });

  test("gives each the samples of its own values, in the order of the answer, also where sets overlap", () => {
    const sample = (ns: string, pod: string, value: number) => ({ labels: { ns, pod }, value });
    const samples = [sample("a", "p2", 1), sample("a", "p1", 2), sample("b", "p1", 3), sample("b", "p2", 4)];
    const texts = [pods("a", 'pod=~"p1|p2"'), pods("b", 'pod=~"p2|p3"'), pods("a", 'pod="p2"'), pods("c", 'pod="p1"')];
    const own = (pod: string, value: number) => ({ labels: { pod }, value });
    expect(split(texts, samples)).toEqual({
      instances: [[own("p2", 1), own("p1", 2)], [own("p2", 4)], [own("p2", 1)], []],
      extraSeries: 1,
    });
  });

  test("of two labels gives each what both of its sets have", () => {
    const of = (a: string, b: string) => `max by (a, b) (x{a=~"${a}",b=~"${b}"})`;
    const samples = ["1", "2", "3"].flatMap((a) => ["1", "2"].map((b) => ({ labels: { a, b }, value: Number(a + b) })));
    const { instances, extraSeries } = split([of("1|2", "1"), of("2|3", "1|2")], samples);
    expect(instances.map((own) => own.map(({ value }) => value))).toEqual([
      [11, 21],
      [21, 22, 31, 32],
    ]);
    expect(extraSeries).toBe(1);
  });

  test.each([
    ["a sum over the set", 'sum(x{a="$",pod=~"p1|p2"})'],
    ["a sum that removes the label", 'sum without (pod) (x{a="$",pod=~"p1|p2"})'],
    ["an operator that does not match on the label", 'x{a="$",pod=~"p1|p2"} and on (a) y{a="$",pod=~"p1|p2"}'],
    ["an operator that ignores the label", 'x{a="$",pod=~"p1|p2"} / ignoring (pod) y{a="$",pod=~"p1|p2"}'],
    ["a set that only one selector has", 'sum by (pod) (x{a="$",pod=~"p1|p2"}) / sum by (pod) (y{a="$",pod=~"p1|p3"})'],
    ["a second matcher of the label", 'sum by (pod) (x{a="$",pod=~"p1|p2",pod!="p3"})'],
    ["an expression that is not a list of literals", 'sum by (pod) (x{a="$",pod=~"p1|p.2"})'],
    ["an empty value", 'sum by (pod) (x{a="$",pod=~"p1|"})'],
    ["the empty expression", 'sum by (pod) (x{a="$",pod=~""})'],
    ["a class", 'sum by (pod) (x{a="$",pod=~"p1|\\\\d"})'],
    ["a group", 'sum by (pod) (x{a="$",pod=~"(p1|p2)"})'],
    ["an expression of bytes", 'sum by (pod) (x{a="$",pod=~"\\\\x41|b"})'],
    ["a set of the name", 'sum by (__name__) ({a="$",__name__=~"x|y"})'],
    [
      "more values than a pod list has",
      `sum by (pod) (x{a="$",pod=~"${Array.from({ length: 1001 }, (_, n) => n).join("|")}"})`,
    ],
  ])("is by the other labels where there is %s", (_, text) => {
    const [one, two] = ["1", "2"].map((value) => instance(text.replaceAll("$", value)));
    expect(one?.template.labels).toEqual(["a"]);
    expect(two?.template.key).toBe(one?.template.key);
  });

  test("reads escaped punctuation as itself", () => {
    const { values } = instance(String.raw`sum by (pod) (x{pod=~"a\\.b|c\\|d|e\\\\|\\_f|é"})`);
    expect(values).toEqual([["_f", "a.b", "c|d", "e\\", "é"]]);
  });

  test("is one shape for one pod and for several", () => {
    const keys = ['pod="p1"', 'pod=~"p1"', 'pod=~"p1|p2"'].map((set) => instance(pods("a", set)).template.key);
    expect(new Set(keys).size).toBe(1);
  });
});

describe("a query has no shape", () => {
  test.each([
    ["one side of an operator has lost the label and the other has not", 'x{a="1"} / sum(y{a="1"})'],
    ["so has one side of on()", 'x{a="1"} / on(a) sum(y{a="1"})'],
    ["so has one side of or", 'x{a="1"} or on(b) sum(y{a="1"})'],
    ["no matcher is shared", 'sum(x{a="1"}) / sum(y{a="2"})'],
    ["the label is matched twice", 'x{a="1",a!="2"}'],
    ["the value is empty", 'x{a=""}'],
    ["it makes something of nothing", 'absent(x{a="1"})'],
    ["it picks the first of all", 'topk(1, x{a="1"})'],
    ["it gives one number whatever it finds", 'vector(scalar(x{a="1"}))'],
    ["it changes labels", 'label_replace(x{a="1"}, "b", "$1", "c", "(.*)")'],
    ["it changes the label in which its instances differ", 'label_replace(x{a="1"}, "a", "b", "", "")'],
    ["it removes a label", 'label_replace(x{a="1"}, "b", "", "", "")'],
    ["it takes labels from the other side", 'x{a="1"} * on (a) group_left y{a="1"}'],
    ["vector(0) would stand beside its samples", 'sum by (b) (x{a="1"}) or vector(0)'],
    ["a side is filled in where the other has none", 'x{a="1"} + fill(0) y{a="1"}'],
    ["a value may be bytes that are no UTF-8", 'x{a="1",b!="\\xff"}'],
    ["it selects nothing", "vector(1)"],
  ])("when %s", (_, text) => {
    expect(isLone(text)).toBe(true);
  });
});

describe("whatever the query", () => {
  test("its group is a query, and of one shape with it", () => {
    let shaped = 0;
    fc.assert(
      fc.property(anyQuery, fc.array(anyValue, { minLength: 2, maxLength: 3 }), (text, values) => {
        const bound = values.filter((value) => value !== "").map((value) => withLabel(text, value));
        const instances = bound.map((one) => templateInstanceOf(query(one)));
        const [first] = instances.flatMap((one) => one ?? []);
        if (!first) return;
        shaped++;
        // One with U+FFFD in its value has none: it may stand for bytes.
        for (const one of instances) expect(one?.template.key ?? first.template.key).toBe(first.template.key);
        // It throws on a text that is no query.
        query(groupOf(instances.flatMap((one) => one ?? [])).text);
      }),
      { numRuns: 2000 },
    );
    expect(shaped).toBeGreaterThan(200);
  });
});

/** The query with a label of the value in every selector. */
/** A label that the generator does not make: its own begin with a letter. */
function withLabel(text: string, value: string): string {
  const bound = boundQuery(query(text), "_zz", value);
  return bound.ok ? bound.query.text : text;
}
