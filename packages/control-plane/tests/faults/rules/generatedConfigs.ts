import fc from "fast-check";
import { PARTIAL, REFUSED } from "./recordingPrometheus.ts";
import { group, type Rule, type RuleConfig } from "./ruleConfig.ts";

/** Generated configurations: rules of all forms that prometheus-adapter accepts, each with metrics of its own names. */

const overrides = { namespace: { resource: "namespace" }, pod: { resource: "pod" } };

/** Which series, and which labels of them name objects. */
const sources = fc.oneof(
  fc
    .constantFrom("http_requests_total", "sessions", "sessions_of_one", "container_memory_working_set_bytes")
    .map((series) => ({ series, resources: { overrides } })),
  fc.constantFrom("sessions", "http_requests_total").map((series) => ({
    series,
    resources: {
      overrides: {
        namespace: { resource: "namespaces" },
        service: { resource: "services" },
        pod: { resource: "pods" },
      },
    },
  })),
  fc.constant({
    series: "http_requests_total",
    resources: {
      template: "<<.Resource>>",
      overrides: { ingress: { group: "networking.k8s.io", resource: "ingress" } },
    },
  }),
  fc.constant({
    series: "deployment_work",
    resources: {
      overrides: { namespace: { resource: "namespace" }, deployment: { group: "apps", resource: "deployment" } },
    },
  }),
  fc.constantFrom("sessions", "namespace_quota", "odd_small", "odd_negative").map((series) => ({
    series,
    resources: { template: "<<.Resource>>" },
  })),
  fc.constant({ series: "kube_hits_total", resources: { template: "kube_<<.Resource>>" } }),
  fc.constant({ series: "node_gigawatts", resources: { overrides: { node: { resource: "node" } } } }),
  fc
    .constantFrom("odd_nan", "odd_infinite", "odd_large", PARTIAL)
    .map((series) => ({ series, resources: { overrides } })),
);

const wrap = (selector: string) =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom("sum", "max", "avg").map((call) => `${call}(${selector}) by (<<.GroupBy>>)`),
    },
    fc.constant(`sum by (<<range $i, $label := .GroupBySlice>><<if $i>>, <<end>><<$label>><<end>>) (${selector})`),
    fc.constant(`<<printf "sum by (%s)" .GroupBy>> (${selector})`),
    fc.constant(`sum(${selector}) by (<<.GroupBy>>) / 4`),
    fc.constant(`sum(${selector}) by (<<.GroupBy>>) or sum(absent_series{<<.LabelMatchers>>}) by (<<.GroupBy>>)`),
    fc.constant(selector),
    fc.constant(`max(${selector}) by (<<.GroupBy>>, code)`),
    fc
      .constantFrom("scalar(sum(%))", "vector(7)", `sum(%) by (<<.GroupBy>>) + on() ${REFUSED}`)
      .map((text) => text.replace("%", selector)),
    fc.constant(`<<if eq .Series "sessions">>min<<else>>max<<end>>(${selector}) by (<<.GroupBy>>)`),
    fc.constant(`sum(${selector}) by (<<.GroupBy>>) * <<len .GroupBySlice>>`),
  );

const matchers = fc.constantFrom(
  ...["<<.LabelMatchers>>", "<<.LabelMatchers>>", '<<.LabelMatchers>>,container!="POD"'],
  ...['code!="503",<<.LabelMatchers>>', 'method=~"<<index .LabelValuesByName "method">>.*",<<.LabelMatchers>>'],
);

/** The query about a series. A counter itself grows between the reads of two adapters, and its rate does not. */
const queryOf = (series: string) =>
  fc.tuple(matchers, fc.boolean(), fc.constantFrom("1m", "2m", "90s")).chain(([terms, isRate, window]) => {
    const selector = `<<.Series>>{${terms}}`;
    return wrap(isRate || series.endsWith("_total") ? `rate(${selector}[${window}])` : selector);
  });

/** How the name of the metric is made. `#` makes it the rule's own. */
const names = fc.constantFrom<Rule["name"]>(
  { as: "metric_#" },
  { matches: ".*", as: "metric_#_$0" },
  { matches: "^(.*)$", as: `${group(1)}_#` },
  { matches: "^(?P<first>[a-z]+)_?(.*)$", as: `${group("first")}_#` },
  { matches: "^([[:alpha:]]+)", as: `${group(1)}_#` },
  { matches: "(?i)^([A-Z])", as: `${group(1)}_#_$missing` },
);

const filters = fc.constantFrom<Rule["seriesFilters"]>(
  undefined,
  [],
  [{ is: "s" }],
  [{ isNot: "^nothing" }, { is: "^[a-z_]+$" }],
);

const customRule = sources.chain(({ series, resources }) =>
  fc.record({ name: names, seriesFilters: filters, metricsQuery: queryOf(series) }).map(
    ({ name, seriesFilters, metricsQuery }): Rule => ({
      seriesQuery: seriesQueryOf(series),
      resources,
      ...(name && { name }),
      ...(seriesFilters && { seriesFilters }),
      metricsQuery,
    }),
  ),
);

/** Which series, and where their namespace comes from. */
const externalSources = fc.record({
  series: fc.constantFrom(
    ...["queue_depth", "queue_consumer_lag", "global_backlog", "odd_nan", "odd_infinite", "odd_large", PARTIAL],
  ),
  resources: fc.constantFrom<Rule["resources"]>(
    { namespaced: false },
    { overrides: { namespace: { resource: "namespace" } } },
    { template: "<<.Resource>>" },
    { overrides: { namespace: { resource: "namespace" } }, namespaced: false },
    undefined,
  ),
});

const externalRule = externalSources.chain(({ series, resources }) =>
  fc.record({ name: names, metricsQuery: queryOf(series) }).map(
    ({ name, metricsQuery }): Rule => ({
      seriesQuery: seriesQueryOf(series),
      ...(resources && { resources }),
      ...(name && { name }),
      metricsQuery,
    }),
  ),
);

/** Both forms in which users write it. */
function seriesQueryOf(series: string): string {
  return series.length % 2 === 0 ? series : `{__name__=~"^${series}$"}`;
}

/** The configurations for a seed. */
export function generatedConfigs(seed: number, count: number): Record<string, RuleConfig> {
  const rules = fc.sample(fc.array(customRule, { minLength: 12, maxLength: 12 }), { seed, numRuns: count });
  const external = fc.sample(fc.array(externalRule, { minLength: 6, maxLength: 6 }), { seed, numRuns: count });
  return Object.fromEntries(
    rules.map((own, index) => [
      `generated ${seed}/${index}`,
      { rules: own.map(numbered), externalRules: (external[index] ?? []).map(numbered) },
    ]),
  );
}

function numbered(rule: Rule, index: number): Rule {
  return { ...rule, ...(rule.name && { name: { ...rule.name, as: rule.name.as?.replace("#", String(index)) ?? "" } }) };
}
