import { describe, expect, test } from "@jest/globals";
import type { MatchExpression } from "../annotations/spec";
import { clusterResource, find, findAmong, INGRESSES, NAMESPACE, PODS } from "./cluster.testing";
import { compileQueries } from "./queries";
import { compileResources } from "./resources";
import { parseTemplate } from "./template/template";

// pkg/naming/metrics_query_test.go of prometheus-adapter v0.12.0. There, the label of a resource is the resource.
const RESOURCE = clusterResource("group/resource", "resource", "Resource");
const upstream = findAmong([RESOURCE, NAMESPACE]);

function queriesOf(metricsQuery: string, isNamespaced = true, resources: object = {}) {
  const compiled = compileResources({
    overrides: [
      { label: "resource", group: "group", resource: "resource" },
      { label: "namespaces", group: "", resource: "namespaces" },
    ],
    template: "",
    ...resources,
  });
  if (!compiled.ok) throw new Error(compiled.why);
  const queries = compileQueries(metricsQuery, "rules[0]", compiled.resources, isNamespaced);
  if (!queries.ok) throw new Error(queries.why);
  return queries.queries;
}

const is = (key: string, ...values: string[]): MatchExpression => ({ key, operator: "=", values });
const isIn = (key: string, ...values: string[]): MatchExpression => ({ key, operator: "in", values });

describe("the query for objects, as upstream's test has it:", () => {
  test.each<[string, string, string, { selector?: MatchExpression[]; names?: string[]; namespace?: string }]>([
    ["series", "series <<.Series>>", "series foo", {}],
    ["several names", "<<.LabelMatchers>>", 'resource=~"bar|baz"', { names: ["bar", "baz"] }],
    ["one name", "<<.LabelMatchers>>", 'resource="bar"', { names: ["bar"] }],
    [
      "a selector",
      "<<.LabelMatchers>>",
      'metric1="value1",resource="bar"',
      {
        selector: [is("metric1", "value1")],
        names: ["bar"],
      },
    ],
    ["the values of one name", '<<index .LabelValuesByName "resource">>', "bar", { names: ["bar"] }],
    ["the values of several names", '<<index .LabelValuesByName "resource">>', "bar|baz", { names: ["bar", "baz"] }],
    [
      "the values with the namespace",
      '<<index .LabelValuesByName "namespaces">> <<index .LabelValuesByName "resource">>',
      "default bar|baz",
      { names: ["bar", "baz"], namespace: "default" },
    ],
    ["GroupBy", "<<.GroupBy>>", "resource", {}],
    ["GroupBySlice", "<<.GroupBySlice>>", "[resource]", {}],
  ])("%s", (_, template, text, { selector = [], names = [], namespace = "" }) => {
    const target = { resource: RESOURCE, namespace, names, selector };
    expect(queriesOf(template).custom("foo", target, upstream)).toEqual({ ok: true, text });
  });
});

describe("the query for an external metric, as upstream's test has it:", () => {
  test.each<[string, string, string, { selector?: MatchExpression[]; namespace?: string }]>([
    ["series", "series <<.Series>>", "series foo", {}],
    ["a selector", "<<.LabelMatchers>>", 'foo="bar"', { selector: [is("foo", "bar")] }],
    [
      "a selector and the namespace",
      "<<.LabelMatchers>>",
      'foo="bar",namespaces="default"',
      {
        selector: [is("foo", "bar")],
        namespace: "default",
      },
    ],
    [
      "several terms",
      "<<.LabelMatchers>>",
      'foo="bar",qux=~"bar|baz"',
      {
        selector: [is("foo", "bar"), isIn("qux", "bar", "baz")],
      },
    ],
    ["the values", "<<.LabelValuesByName>>", "map[foo:bar]", { selector: [is("foo", "bar")] }],
    ["several values", "<<.LabelValuesByName>>", "map[foo:bar|baz]", { selector: [isIn("foo", "bar", "baz")] }],
  ])("%s", (_, template, text, { selector = [], namespace = "" }) => {
    expect(queriesOf(template).external("foo", { namespace, selector }, upstream)).toEqual({ ok: true, text });
  });
});

// Upstream's tests pass these lists to the template themselves. prometheus-adapter never does.
test.each<[string, string, string[], Record<string, string>]>([
  ["<<.GroupBy>>", "resource,extra,groups", ["resource", "extra", "groups"], {}],
  ["<<.GroupBySlice>>", "[resource extra groups]", ["resource", "extra", "groups"], {}],
  ["<<.GroupBy>>", "foo", ["foo"], {}],
  ["<<.GroupBySlice>>", "[foo bar]", ["foo", "bar"], {}],
  [
    '<<index .LabelValuesByName "namespaces">> <<.GroupBySlice>>',
    "default [foo bar]",
    ["foo", "bar"],
    {
      namespaces: "default",
    },
  ],
])("%s with several labels is %s", (text, expected, groupBy, values) => {
  const parsed = parseTemplate(text, ["GroupBy", "GroupBySlice", "LabelValuesByName"]);
  const rendered = parsed.ok
    ? parsed.template.render({
        GroupBy: groupBy.join(","),
        GroupBySlice: groupBy,
        LabelValuesByName: new Map(Object.entries(values)),
      })
    : parsed;
  expect(rendered).toEqual({ ok: true, text: expected });
});

describe("the matchers", () => {
  const matchers = (selector: MatchExpression[]) =>
    queriesOf("<<.LabelMatchers>>", false).external("x", { namespace: "shop", selector }, upstream);

  // pkg/naming/metrics_query.go of prometheus-adapter v0.12.0: selectMatcher.
  test.each<[string, string[], string | RegExp]>([
    ["=", [], /has no values/],
    ["=", ["v"], 'l="v"'],
    ["==", ["b", "a"], 'l=~"a|b"'],
    ["!=", [], /has no values/],
    ["!=", ["v"], 'l!="v"'],
    ["!=", ["a", "b"], 'l!~"a|b"'],
    ["in", [], /has no values/],
    ["in", ["v"], 'l=~"v"'],
    ["In", ["b", "a", "b"], 'l=~"a|b"'],
    ["notin", [], /has no values/],
    ["notin", ["v"], 'l!~"v"'],
    ["NotIn", ["a", "b"], 'l!~"a|b"'],
    ["exists", [], 'l!=""'],
    ["Exists", ["v"], /has values/],
    ["!", [], 'l=""'],
    ["DoesNotExist", ["v"], /has values/],
    ["gt", ["1"], /PromQL has no operator for gt/],
    ["lt", ["1"], /PromQL has no operator for lt/],
    ["=", ['"} or vector(1'], /has a value that no label in Kubernetes has/],
  ])("of %s with the values %j", (operator, values, expected) => {
    const query = matchers([{ key: "l", operator, values }]);
    if (typeof expected === "string") expect(query).toEqual({ ok: true, text: expected });
    else
      expect(query).toMatchObject({ problem: { code: "ASM_RULE_SELECTOR", message: expect.stringMatching(expected) } });
  });

  test("are in the order of their labels, then the namespace, then the object", () => {
    const resources = { overrides: [], template: "kube_<<.Resource>>" };
    const target = { resource: PODS, namespace: "shop", names: ["web-0"], selector: [is("b", "2"), is("a", "1")] };
    expect(queriesOf("<<.LabelMatchers>>", true, resources).custom("x", target, find)).toEqual({
      ok: true,
      text: 'a="1",b="2",kube_namespace="shop",kube_pod="web-0"',
    });
  });

  test("have a label that Prometheus does not accept only if the template does not use them", () => {
    const selector = [is("app.kubernetes.io/name", "web")];
    expect(matchers(selector)).toMatchObject({
      problem: { code: "ASM_RULE_SELECTOR", message: expect.stringContaining("app.kubernetes.io/name") },
    });
    const queries = queriesOf('x{app="<<index .LabelValuesByName "app.kubernetes.io/name">>"}', false);
    expect(queries.external("x", { namespace: "shop", selector }, upstream)).toEqual({
      ok: true,
      text: 'x{app="web"}',
    });
  });
});

describe("there is no query", () => {
  const target = { resource: PODS, namespace: "shop", names: ["web-0"], selector: [] };
  const problemOf = (metricsQuery: string, resources: object, more: object = {}) =>
    queriesOf(metricsQuery, true, resources).custom("x", { ...target, ...more }, find);
  const template = { overrides: [], template: "kube_<<.Resource>>" };

  test.each<[string, string, object, object, object]>([
    [
      "without a label for the namespace",
      "x",
      { overrides: [{ label: "pod", group: "", resource: "pod" }] },
      {},
      {
        code: "ASM_RULE_RESOURCE",
        message: "rules[0] has no label for namespaces",
      },
    ],
    [
      "without a label for the object",
      "x",
      { overrides: [{ label: "ns", group: "", resource: "namespace" }] },
      {},
      {
        code: "ASM_RULE_RESOURCE",
        message: "rules[0] has no label for pods",
      },
    ],
    [
      "with a label that Prometheus does not accept",
      "x",
      { overrides: [], template: "kube-<<.Resource>>" },
      {},
      {
        code: "ASM_RULE_RESOURCE",
        message: "rules[0] has a label for namespaces that Prometheus does not accept: kube-namespace",
      },
    ],
    [
      "for a name that would end the text around it",
      "x",
      template,
      { names: ['a"} or vector(1) #'] },
      {
        code: "ASM_RULE_SELECTOR",
        message: '"a\\"} or vector(1) #" is not a name of pods',
      },
    ],
    [
      "if the template gives nothing",
      '<<if eq .Series "y">>y<<end>>',
      template,
      {},
      {
        code: "ASM_RULE_QUERY",
        message: "metricsQuery of rules[0] is empty for x",
      },
    ],
    [
      "if the template fails",
      "<<index .GroupBySlice 1>>",
      template,
      {},
      {
        code: "ASM_RULE_QUERY",
        message: "metricsQuery of rules[0] fails for x: index 1 of a list of 1",
      },
    ],
  ])("%s", (_, metricsQuery, resources, more, expected) => {
    expect(problemOf(metricsQuery, resources, more)).toMatchObject({ ok: false, problem: expected });
  });
});

test("a group is part of the label with _ for its dots and dashes", () => {
  const queries = queriesOf("<<.LabelMatchers>>", true, { overrides: [], template: "<<.Group>>_<<.Resource>>" });
  const target = { resource: INGRESSES, namespace: "", names: ["a"], selector: [] };
  expect(queries.custom("x", target, find)).toEqual({ ok: true, text: 'networking_k8s_io_ingress="a"' });
});
