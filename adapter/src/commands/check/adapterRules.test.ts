import { describe, expect, test } from "@jest/globals";
import { stringify } from "yaml";
import { checkAll } from "./check.ts";
import { readManifests } from "./manifests.ts";

function check(rule: object, metric: { name: string; selector?: object }, more: object = {}) {
  const config = stringify({ externalRules: [rule], ...more });
  const configMap = {
    kind: "ConfigMap",
    metadata: { name: "adapter", namespace: "monitoring" },
    data: { "config.yaml": config },
  };
  const hpa = {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web", namespace: "shop" },
    spec: {
      maxReplicas: 3,
      metrics: [{ type: "External", external: { metric, target: { type: "Value", value: "1" } } }],
    },
  };
  const manifests = [hpa, configMap].flatMap((object) => readManifests(JSON.stringify(object), "file"));
  const [report, rules] = checkAll(manifests, "kube-metrics-adapter", undefined);
  const queries = Object.entries(Object(report?.manifest).metadata?.annotations ?? {});
  return { queries, said: report?.findings.map(({ id, here }) => `${id}: ${here}`), left: rules?.findings };
}

const rule = {
  seriesQuery: '{__name__=~"^http_.*_total$",namespace!=""}',
  name: { matches: "^(.*)_total$", as: "$".concat("{1}_per_second") },
  metricsQuery: "sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)",
};
const metric = { name: "http_requests_per_second", selector: { matchLabels: { app: "web" } } };
const KEY = "metric-config.external.web-http-requests-per-second.prometheus/query";

describe("an external rule", () => {
  test("becomes the annotation of the HPA that uses its metric", () => {
    const { queries, said, left } = check(rule, metric);
    expect(queries).toEqual([[KEY, 'sum(rate(http_requests_total{app="web",namespace="shop"}[2m])) by ()']]);
    expect(said).toEqual(["prometheus-adapter: served by the query that the rule asks, now an annotation"]);
    expect(left).toEqual([]);
  });

  test("without a namespace, with another label for it, or from a template", () => {
    const query = (resources: object) => check({ ...rule, resources }, metric).queries[0]?.[1];
    expect(query({ namespaced: false })).toContain('{app="web"}');
    expect(query({ overrides: { kube_ns: { resource: "namespace" } } })).toContain('{app="web",kube_ns="shop"}');
    expect(query({ template: "kube_<<.Resource>>" })).toContain('{app="web",kube_namespace="shop"}');
  });

  test("takes $1_per_second for a group of that name, as Go does, which there is none of", () => {
    const wrong = { ...rule, name: { matches: "^(.*)_total$", as: "$1_per_second" } };
    expect(check(wrong, metric).queries).toEqual([]);
  });

  test("of one series needs no name, and a result of several is summed as the HPA controller does", () => {
    const one = { seriesQuery: 'queue_length{job="mq"}', metricsQuery: "<<.Series>>{<<.LabelMatchers>>}" };
    const { queries } = check(one, { name: "queue_length" });
    expect(queries[0]?.[1]).toBe('sum(queue_length{namespace="shop"})');
  });

  test("takes the selector's expressions as prometheus-adapter does", () => {
    const matchExpressions = [
      { key: "a", operator: "In", values: ["1", "2"] },
      { key: "b", operator: "NotIn", values: ["3"] },
      { key: "c", operator: "Exists" },
      { key: "d", operator: "DoesNotExist" },
    ];
    const { queries } = check(rule, { name: metric.name, selector: { matchExpressions } });
    expect(queries[0]?.[1]).toContain('{a=~"1|2",b!~"3",c!="",d="",namespace="shop"}');
  });

  test("is the one that was written for the metric, whichever stands first, and filters of series count", () => {
    const any = { seriesQuery: '{__name__=~"^http_.*"}', metricsQuery: "sum(<<.Series>>{<<.LabelMatchers>>})" };
    expect(check(rule, metric, { externalRules: [any, rule] }).queries[0]?.[1]).toContain("rate(http_requests_total");
    const others = { ...any, seriesFilters: [{ isNot: "_total$" }] };
    const totals = { ...any, seriesFilters: [{ is: "_total$" }], metricsQuery: "sum(rate(<<.Series>>[1m]))" };
    const { queries } = check(rule, { name: "http_requests_total" }, { externalRules: [others, totals] });
    expect(queries[0]?.[1]).toBe("sum(rate(http_requests_total[1m]))");
  });

  test("that cannot be told from another one is named with it, and nothing is guessed", () => {
    const any = { seriesQuery: '{__name__=~"^http_.*"}', metricsQuery: "sum(<<.Series>>{<<.LabelMatchers>>})" };
    const other = { ...any, metricsQuery: "max(<<.Series>>)" };
    const { queries, said } = check(rule, { name: "http_requests_total" }, { externalRules: [any, other] });
    expect(queries).toEqual([]);
    expect(said?.[0]).toMatch(/^prometheus-adapter: cannot be translated: which rule serves it/);
  });

  test("that does not name the metric leaves it alone", () => {
    const { queries, said, left } = check(rule, { name: "http_requests_rate" });
    expect(queries).toEqual([]);
    expect(said?.join()).toMatch(/^ASM_METRIC_NOT_SERVED/);
    expect(left).toEqual([expect.objectContaining({ differs: false })]);
  });

  test("whose template is beyond us is told with why", () => {
    const odd = { ...rule, metricsQuery: 'x{<<index .LabelValuesByName "a">>}' };
    expect(check(odd, metric).said?.[0]).toMatch(
      /^prometheus-adapter: cannot be translated: its metricsQuery uses more/,
    );
    expect(check({ ...rule, metricsQuery: "sum(<<.Series>>" }, metric).said?.[0]).toMatch(
      /cannot be translated: line 1/,
    );
  });
});

test("rules for the custom metrics API stay where they are", () => {
  const { left } = check(rule, metric, { rules: [{ seriesQuery: "a" }] });
  expect(left).toEqual([
    expect.objectContaining({ differs: true, message: expect.stringMatching(/^1 rules are for/) }),
  ]);
});
