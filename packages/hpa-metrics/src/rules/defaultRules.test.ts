import { describe, expect, test } from "@jest/globals";
import { stringify } from "yaml";
import type { MatchExpression } from "../annotations/spec";
import { clusterResource, findAmong, NAMESPACE, NODES, PODS, SERVICES, VOLUMES } from "./cluster.testing";
import { readRules } from "./readRules";
import type { ClusterResource, MetricRule } from "./types";

// pkg/custom-provider/series_registry_test.go of prometheus-adapter v0.12.0, with the rules of
// cmd/config-gen/utils/default.go for labels with the prefix `kube_` and rates over one minute.
const INGRESSES = clusterResource("extensions/ingresses", "ingress", "Ingress");
const DEPLOYMENTS = clusterResource("extensions/deployments", "deployment", "Deployment");
const find = findAmong([PODS, SERVICES, INGRESSES, DEPLOYMENTS, NODES, VOLUMES, NAMESPACE]);

const containers = {
  seriesQuery: '{__name__=~"^container_.*",container!="POD",namespace!="",pod!=""}',
  resources: { overrides: { namespace: { resource: "namespace" }, pod: { resource: "pod" } } },
};
const others = {
  seriesQuery: '{kube_namespace!="",__name__!~"^container_.*"}',
  resources: { template: "kube_<<.Resource>>" },
};
const containerRate = 'sum(rate(<<.Series>>{<<.LabelMatchers>>,container!="POD"}[1m])) by (<<.GroupBy>>)';
const rate = "sum(rate(<<.Series>>{<<.LabelMatchers>>}[1m])) by (<<.GroupBy>>)";
const config = {
  rules: [
    { ...containers, name: { matches: "^container_(.*)_seconds_total$", as: "" }, metricsQuery: containerRate },
    {
      ...containers,
      seriesFilters: [{ isNot: "^container_.*_seconds_total$" }],
      name: { matches: "^container_(.*)_total$", as: "" },
      metricsQuery: containerRate,
    },
    {
      ...containers,
      seriesFilters: [{ isNot: "^container_.*_total$" }],
      name: { matches: "^container_(.*)$" },
      metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>,container!="POD"}) by (<<.GroupBy>>)',
    },
    {
      ...others,
      seriesFilters: [{ isNot: ".*_total$" }],
      metricsQuery: "sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)",
    },
    {
      ...others,
      seriesFilters: [{ isNot: ".*_seconds_total" }],
      name: { matches: "^(.*)_total$" },
      metricsQuery: rate,
    },
    { ...others, name: { matches: "^(.*)_seconds_total$" }, metricsQuery: rate },
  ],
  resourceRules: { window: "1m" },
};

/** The series of each rule: name and labels. */
const container = ["pod", "namespace", "container"];
const series: readonly (readonly (readonly [string, readonly string[]])[])[] = [
  [["container_some_time_seconds_total", container]],
  [["container_some_count_total", container]],
  [["container_some_usage", container]],
  [
    ["node_gigawatts", ["kube_node"]],
    ["service_proxy_packets", ["kube_service", "kube_namespace"]],
  ],
  [
    ["ingress_hits_total", ["kube_ingress", "kube_service", "kube_pod", "kube_namespace"]],
    ["volume_claims_total", ["kube_persistentvolume"]],
  ],
  [
    ["work_queue_wait_seconds_total", ["kube_deployment", "kube_namespace"]],
    ["node_fan_seconds_total", ["kube_node"]],
  ],
];

interface Metric {
  readonly rule: MetricRule;
  readonly series: string;
  readonly resource: ClusterResource;
}

function registered(): ReadonlyMap<string, Metric> {
  const read = readRules(stringify(config));
  if (!read.ok) throw new Error(read.problem.message);
  const metrics = new Map<string, Metric>();
  for (const [index, rule] of read.file.custom.entries()) {
    for (const [name, labels] of series[index] ?? []) {
      for (const label of labels) {
        const resource = rule.resourceOf(label, find);
        if (resource) metrics.set(`${resource.resource}/${rule.nameOf(name)}`, { rule, series: name, resource });
      }
    }
  }
  return metrics;
}

test("the default rules give upstream's list of metrics", () => {
  expect([...registered().keys()].sort()).toEqual([
    "deployments/work_queue_wait",
    "ingresses/ingress_hits",
    "namespaces/ingress_hits",
    "namespaces/service_proxy_packets",
    "namespaces/some_count",
    "namespaces/some_time",
    "namespaces/some_usage",
    "namespaces/work_queue_wait",
    "nodes/node_fan",
    "nodes/node_gigawatts",
    "persistentvolumes/volume_claims",
    "pods/ingress_hits",
    "pods/some_count",
    "pods/some_time",
    "pods/some_usage",
    "services/ingress_hits",
    "services/service_proxy_packets",
  ]);
});

describe("the default rules give upstream's query for", () => {
  const two = ["somepod1", "somepod2"];
  const param: MatchExpression = { key: "param1", operator: "=", values: ["value1"] };
  const pods = 'namespace="somens",pod=~"somepod1|somepod2",container!="POD"';
  test.each<[string, string, readonly string[], string, (readonly MatchExpression[])?]>([
    ["pods/some_usage", "somens", two, `sum(container_some_usage{${pods}}) by (pod)`],
    ["pods/some_count", "somens", two, `sum(rate(container_some_count_total{${pods}}[1m])) by (pod)`],
    ["pods/some_time", "somens", two, `sum(rate(container_some_time_seconds_total{${pods}}[1m])) by (pod)`],
    [
      "services/ingress_hits",
      "somens",
      ["somesvc"],
      'sum(rate(ingress_hits_total{kube_namespace="somens",kube_service="somesvc"}[1m])) by (kube_service)',
    ],
    [
      "services/ingress_hits",
      "somens",
      ["somesvc"],
      'sum(rate(ingress_hits_total{param1="value1",kube_namespace="somens",kube_service="somesvc"}[1m])) by (kube_service)',
      [param],
    ],
    [
      "ingresses/ingress_hits",
      "somens",
      ["someingress"],
      'sum(rate(ingress_hits_total{kube_namespace="somens",kube_ingress="someingress"}[1m])) by (kube_ingress)',
    ],
    [
      "pods/ingress_hits",
      "somens",
      ["somepod"],
      'sum(rate(ingress_hits_total{kube_namespace="somens",kube_pod="somepod"}[1m])) by (kube_pod)',
    ],
    [
      "services/service_proxy_packets",
      "somens",
      ["somesvc"],
      'sum(service_proxy_packets{kube_namespace="somens",kube_service="somesvc"}) by (kube_service)',
    ],
    [
      "deployments/work_queue_wait",
      "somens",
      ["somedep"],
      'sum(rate(work_queue_wait_seconds_total{kube_namespace="somens",kube_deployment="somedep"}[1m])) by (kube_deployment)',
    ],
    ["nodes/node_gigawatts", "", ["somenode"], 'sum(node_gigawatts{kube_node="somenode"}) by (kube_node)'],
    [
      "persistentvolumes/volume_claims",
      "",
      ["somepv"],
      'sum(rate(volume_claims_total{kube_persistentvolume="somepv"}[1m])) by (kube_persistentvolume)',
    ],
    ["nodes/node_fan", "", ["somenode"], 'sum(rate(node_fan_seconds_total{kube_node="somenode"}[1m])) by (kube_node)'],
  ])("%s in %j of %j", (name, namespace, names, text, selector = []) => {
    const metric = registered().get(name);
    if (!metric) throw new Error(`${name} is not registered`);
    const { rule, resource } = metric;
    expect(rule.labelOf(resource, find)).toBe(text.match(/by \((.*)\)/)?.[1]);
    expect(rule.customQuery(metric.series, { resource, namespace, names, selector }, find)).toEqual({ ok: true, text });
  });
});

test("the chart's default rules are those of upstream's generator for labels without a prefix and five minutes", () => {
  const chart = readRules("rules: {default: true}");
  const generated = JSON.stringify(config.rules).replaceAll("kube_", "").replaceAll("[1m]", "[5m]");
  const expected = readRules(`{"rules": ${generated}}`);
  if (!chart.ok || !expected.ok) throw new Error("not read");
  const shown = (rules: readonly MetricRule[]) =>
    rules.map((rule) => {
      const names = [
        "container_a_seconds_total",
        "container_a_total",
        "container_a",
        "a_seconds_total",
        "a_total",
        "a",
      ];
      const target = { resource: PODS, namespace: "shop", names: ["web"], selector: [] };
      return [rule.seriesQuery, names.map((name) => rule.nameOf(name)), rule.customQuery("x", target, find)];
    });
  expect(shown(chart.file.custom)).toEqual(shown(expected.file.custom));
});
