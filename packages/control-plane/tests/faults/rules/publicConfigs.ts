import { REFUSED } from "./recordingPrometheus.ts";
import { group, type Rule, type RuleConfig } from "./ruleConfig.ts";

/**
 * Every kind of configuration of prometheus-adapter that is public, with the series of series.ts. Sources: its docs
 * (sample-config.yaml without its mistakes in YAML, config.md, config-walkthrough.md, externalmetrics.md), cmd/config-gen,
 * templates/configmap.yaml and values.yaml of its Helm chart, and rules as users publish them.
 */
export const PUBLIC_CONFIGS: Readonly<Record<string, RuleConfig>> = {
  "docs/sample-config.yaml": {
    rules: [
      container({
        name: { matches: "^container_(.*)_seconds_total$" },
        metricsQuery: 'sum(rate(<<.Series>>{<<.LabelMatchers>>,container!="POD"}[2m])) by (<<.GroupBy>>)',
      }),
      container({
        seriesQuery: '{__name__=~"^container_.*_total",container!="POD",namespace!="",pod!=""}',
        seriesFilters: [{ isNot: "^container_.*_seconds_total$" }],
        name: { matches: "^container_(.*)_total$" },
        metricsQuery: 'sum(rate(<<.Series>>{<<.LabelMatchers>>,container!="POD"}[2m])) by (<<.GroupBy>>)',
      }),
      {
        // Not `!~`, as the sample has it: it also matches the series of the containers.
        seriesQuery: '{namespace!="",__name__!="^container_.*"}',
        name: { matches: "^(.*)_total$" },
        resources: { template: "<<.Resource>>" },
        metricsQuery: 'sum(rate(<<.Series>>{<<.LabelMatchers>>,container!="POD"}[2m])) by (<<.GroupBy>>)',
      },
    ],
    externalRules: [
      {
        seriesQuery: '{__name__="queue_consumer_lag",name!=""}',
        metricsQuery: "sum(<<.Series>>{<<.LabelMatchers>>}) by (name)",
      },
      {
        seriesQuery: '{__name__="queue_depth",topic!=""}',
        metricsQuery: "sum(<<.Series>>{<<.LabelMatchers>>}) by (name)",
        resources: { namespaced: false },
      },
    ],
  },
  "docs/config-walkthrough.md": {
    rules: [
      {
        seriesQuery: 'frontend_requests_total{kubernetes_namespace!="",kubernetes_pod_name!=""}',
        resources: {
          overrides: {
            kubernetes_namespace: { resource: "namespace" },
            kubernetes_pod_name: { resource: "pod" },
          },
        },
        name: { matches: "^(.*)_total", as: `${group(1)}_per_second` },
        metricsQuery: "sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)",
      },
    ],
  },
  "docs/externalmetrics.md": {
    externalRules: [
      {
        seriesQuery: '{__name__="queue_consumer_lag",name!=""}',
        metricsQuery: "sum(<<.Series>>{<<.LabelMatchers>>}) by (name)",
        resources: { overrides: { namespace: { resource: "namespace" } } },
      },
      {
        seriesQuery: '{__name__="queue_depth",name!=""}',
        metricsQuery: "sum(<<.Series>>{<<.LabelMatchers>>}) by (name)",
        resources: { namespaced: false },
      },
    ],
  },
  "docs/config.md": {
    rules: [
      {
        seriesQuery: "grouped_work",
        resources: { template: "kube_<<.Group>>_<<.Resource>>" },
        metricsQuery: "sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)",
      },
    ],
  },
  "rules of users": {
    rules: [
      {
        seriesQuery: 'istio_requests_total{destination_workload_namespace!="",destination_workload!=""}',
        resources: {
          // Without a group, which prometheus-adapter finds.
          overrides: {
            destination_workload_namespace: { resource: "namespace" },
            destination_workload: { resource: "deployment" },
          },
        },
        name: { matches: "istio_requests_total", as: "http_request_rate" },
        metricsQuery: "sum(rate(istio_requests_total{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)\n",
      },
      {
        seriesQuery: '{__name__=~"^nginx_ingress_controller_requests.*",exported_namespace!=""}',
        resources: {
          overrides: {
            exported_namespace: { resource: "namespace" },
            ingress: { group: "networking.k8s.io", resource: "ingress" },
          },
        },
        name: { matches: "", as: "nginx_requests" },
        metricsQuery: "sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)",
      },
      {
        // Without `by`, so that no sample has the name of an object.
        seriesQuery: 'sessions{namespace!="",pod!=""}',
        resources: { overrides: { namespace: { resource: "namespace" }, pod: { resource: "pod" } } },
        name: { as: "average_sessions" },
        metricsQuery: "avg(<<.Series>>{<<.LabelMatchers>>})",
      },
    ],
    externalRules: [
      {
        seriesQuery: '{__name__=~"kube_adapter_metric_.+"}',
        resources: { namespaced: false },
        name: { matches: "^kube_adapter_metric_(.+)$", as: `${group(1)}` },
        metricsQuery:
          'label_replace(<<.Series>>{<<.LabelMatchers>>}, "__name__", "$1", "__name__", "^kube_adapter_metric_(.*)$")',
      },
    ],
  },
  "cmd/config-gen with a prefix": { rules: defaultRules("1m", "kube_") },
  "the chart's default rules": {
    rules: defaultRules("5m", "").map((rule) => ({
      ...rule,
      seriesFilters: rule.seriesFilters ?? [],
      name: { matches: rule.name?.matches ?? "", as: "" },
    })),
  },
  "the chart's own and external rules": {
    rules: [someMetric("sessions", "my_custom_metric")],
    externalRules: [someMetric("queue_depth", "my_external_metric")],
    resourceRules: {
      cpu: resourceRule("rate(container_cpu_usage_seconds_total{<<.LabelMatchers>>}[3m])"),
      memory: resourceRule("container_memory_working_set_bytes{<<.LabelMatchers>>}"),
      window: "3m",
    },
  },
};

const SELECTED = "sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)";
const ofPods = { overrides: { namespace: { resource: "namespace" }, pod: { resource: "pod" } } };

/** Rules about values and answers that are no readings, and an external rule that cannot be served. */
export const ODD_CONFIG: RuleConfig = {
  rules: [
    { seriesQuery: '{__name__=~"^(odd|answered)_.*"}', resources: ofPods, metricsQuery: SELECTED },
    { seriesQuery: "sessions", resources: ofPods, metricsQuery: "<<.Series>>{<<.LabelMatchers>>}" },
    { seriesQuery: "deployment_work", resources: ofPods, metricsQuery: "<<.Series>>{<<.LabelMatchers>>}[1m]" },
    { seriesQuery: "namespace_quota", resources: ofPods, metricsQuery: `${SELECTED} + on() ${REFUSED}` },
  ],
  externalRules: [
    {
      seriesQuery: '{__name__=~"^(odd|answered)_.*"}',
      resources: { namespaced: false },
      metricsQuery: "sum(<<.Series>>{<<.LabelMatchers>>})",
    },
    {
      seriesQuery: "queue_depth",
      resources: { namespaced: false },
      metricsQuery: "scalar(sum(<<.Series>>{<<.LabelMatchers>>}))",
    },
    { seriesQuery: "global_backlog", metricsQuery: "sum(<<.Series>>{<<.LabelMatchers>>})" },
  ],
};

function container(own: Partial<Rule> & Pick<Rule, "metricsQuery">): Rule {
  return {
    seriesQuery: '{__name__=~"^container_.*",container!="POD",namespace!="",pod!=""}',
    resources: { overrides: { namespace: { resource: "namespace" }, pod: { resource: "pod" } } },
    ...own,
  };
}

/** The six rules of the command config-gen, from which also the chart's default rules come. */
function defaultRules(window: string, prefix: string): Rule[] {
  const rate = `sum(rate(<<.Series>>{<<.LabelMatchers>>}[${window}])) by (<<.GroupBy>>)`;
  const containerRate = `sum(rate(<<.Series>>{<<.LabelMatchers>>,container!="POD"}[${window}])) by (<<.GroupBy>>)`;
  const others = {
    seriesQuery: `{${prefix}namespace!="",__name__!~"^container_.*"}`,
    resources: { template: `${prefix}<<.Resource>>` },
  };
  return [
    container({ name: { matches: "^container_(.*)_seconds_total$" }, metricsQuery: containerRate }),
    container({
      seriesFilters: [{ isNot: "^container_.*_seconds_total$" }],
      name: { matches: "^container_(.*)_total$" },
      metricsQuery: containerRate,
    }),
    container({
      seriesFilters: [{ isNot: "^container_.*_total$" }],
      name: { matches: "^container_(.*)$" },
      metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>,container!="POD"}) by (<<.GroupBy>>)',
    }),
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
  ];
}

/** As in the comments of the chart's values. */
function someMetric(series: string, as: string): Rule {
  return {
    seriesQuery: `{__name__=~"^${series}$"}`,
    resources: { template: "<<.Resource>>" },
    name: { matches: "", as },
    metricsQuery: "sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)",
  };
}

function resourceRule(query: string): object {
  return {
    containerQuery: `sum by (<<.GroupBy>>) (${query})`,
    nodeQuery: `sum by (<<.GroupBy>>) (${query})`,
    resources: {
      overrides: { instance: { resource: "node" }, namespace: { resource: "namespace" }, pod: { resource: "pod" } },
    },
    containerLabel: "container",
  };
}
