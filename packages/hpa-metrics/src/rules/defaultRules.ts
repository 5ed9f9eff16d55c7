const CONTAINERS = {
  seriesQuery: '{__name__=~"^container_.*",container!="POD",namespace!="",pod!=""}',
  resources: { overrides: { namespace: { resource: "namespace" }, pod: { resource: "pod" } } },
};
const OTHERS = {
  seriesQuery: '{namespace!="",__name__!~"^container_.*"}',
  resources: { template: "<<.Resource>>" },
};
const CONTAINER_RATE = 'sum(rate(<<.Series>>{<<.LabelMatchers>>,container!="POD"}[5m])) by (<<.GroupBy>>)';
const RATE = "sum(rate(<<.Series>>{<<.LabelMatchers>>}[5m])) by (<<.GroupBy>>)";

/**
 * The rules that the Helm chart of prometheus-adapter has unless its value `rules.default` is false.
 * Source: charts/prometheus-adapter/templates/configmap.yaml 5.3.0 of prometheus-community/helm-charts.
 */
export const DEFAULT_RULES: readonly object[] = [
  { ...CONTAINERS, name: { matches: "^container_(.*)_seconds_total$" }, metricsQuery: CONTAINER_RATE },
  {
    ...CONTAINERS,
    seriesFilters: [{ isNot: "^container_.*_seconds_total$" }],
    name: { matches: "^container_(.*)_total$" },
    metricsQuery: CONTAINER_RATE,
  },
  {
    ...CONTAINERS,
    seriesFilters: [{ isNot: "^container_.*_total$" }],
    name: { matches: "^container_(.*)$" },
    metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>,container!="POD"}) by (<<.GroupBy>>)',
  },
  {
    ...OTHERS,
    seriesFilters: [{ isNot: ".*_total$" }],
    metricsQuery: "sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)",
  },
  {
    ...OTHERS,
    seriesFilters: [{ isNot: ".*_seconds_total" }],
    name: { matches: "^(.*)_total$" },
    metricsQuery: RATE,
  },
  { ...OTHERS, name: { matches: "^(.*)_seconds_total$" }, metricsQuery: RATE },
];
