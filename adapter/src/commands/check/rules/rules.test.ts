import { describe, expect, test } from "@jest/globals";
import { stringify } from "yaml";
import { checkAll } from "../check.ts";
import { readManifests } from "../manifests.ts";

/** As with --translate-rules. */
const TRANSLATED = { translatesRules: true };

function check(rule: object, metric: { name: string; selector?: object }, more: object = {}) {
  const config = stringify({ externalRules: [rule], ...more });
  const manifests = [hpaOf(metric), configMap(config)].flatMap(
    (object) => readManifests(JSON.stringify(object), "file").manifests,
  );
  const [report, rules] = checkAll(manifests, "kube-metrics-adapter", undefined, TRANSLATED);
  const queries = Object.entries(Object(report?.manifest).metadata?.annotations ?? {});
  return { queries, said: report?.findings.map(({ id, here }) => `${id}: ${here}`), left: rules?.findings };
}

const NAMESPACED = { template: "<<.Resource>>" };
const rule = {
  seriesQuery: '{__name__=~"^http_.*_total$",namespace!=""}',
  name: { matches: "^(.*)_total$", as: "$".concat("{1}_per_second") },
  resources: NAMESPACED,
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
    const metricsQuery = "<<.Series>>{<<.LabelMatchers>>}";
    const one = { seriesQuery: 'queue_length{job="mq"}', resources: NAMESPACED, metricsQuery };
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
    const metricsQuery = "sum(<<.Series>>{<<.LabelMatchers>>})";
    const any = { seriesQuery: '{__name__=~"^http_.*"}', resources: NAMESPACED, metricsQuery };
    expect(check(rule, metric, { externalRules: [any, rule] }).queries[0]?.[1]).toContain("rate(http_requests_total");
    const others = { ...any, seriesFilters: [{ isNot: "_total$" }] };
    const totals = { ...any, seriesFilters: [{ is: "_total$" }], metricsQuery: "sum(rate(<<.Series>>[1m]))" };
    const { queries } = check(rule, { name: "http_requests_total" }, { externalRules: [others, totals] });
    expect(queries[0]?.[1]).toBe("sum(rate(http_requests_total[1m]))");
  });

  test("that cannot be told from another one is named with it, and nothing is guessed", () => {
    const metricsQuery = "sum(<<.Series>>{<<.LabelMatchers>>})";
    const any = { seriesQuery: '{__name__=~"^http_.*"}', resources: NAMESPACED, metricsQuery };
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

  test.each<[string, object]>([
    ["a name of its own", { matches: "^http_.*", as: "http_requests_per_second" }],
    ["a pattern with alternatives", { matches: "^(.*)_(?:total|sum)$", as: "$".concat("{1}_per_second") }],
  ])("that may serve the metric by %s is told, because only Prometheus knows its series", (_, name) => {
    const { queries, said } = check({ ...rule, name }, metric);
    expect([queries, said?.[0]]).toEqual([
      [],
      expect.stringMatching(/^prometheus-adapter: cannot be translated: its series/),
    ]);
  });

  test("can have any template that the adapter serves", () => {
    const odd = { ...rule, metricsQuery: 'x{app="<<index .LabelValuesByName "app">>"}' };
    expect(check(odd, metric).queries[0]?.[1]).toBe('sum(x{app="web"})');
  });

  test("whose template is not supported, or gives no PromQL, is reported with the reason", () => {
    const { queries, left } = check({ ...rule, metricsQuery: "x{<<join .GroupBySlice>>}" }, metric);
    expect(queries).toEqual([]);
    expect(left).toContainEqual(
      expect.objectContaining({ message: expect.stringMatching(/metricsQuery is not supported: .* join is not/) }),
    );
    expect(check({ ...rule, metricsQuery: "sum(<<.Series>>" }, metric).said?.[0]).toMatch(
      /cannot be translated: line 1/,
    );
  });
});

test("rules for the custom metrics API stay where they are", () => {
  const { left } = check(rule, metric, { rules: [{ seriesQuery: "a" }] });
  expect(left).toEqual([expect.objectContaining({ differs: true, message: expect.stringMatching(/^1 rule is for/) })]);
});

describe("an external rule that prometheus-adapter refuses", () => {
  test.each<[string, object, RegExp]>([
    ["says nothing about the namespace", { resources: {} }, /does not say which label has the namespace/],
    ["has overrides for other resources only", { resources: { overrides: { pod: { resource: "pod" } } } }, /namespace/],
    ["has a template without the resource", { resources: { template: "kube_namespace" } }, /<<\.Resource>>/],
    ["has no query", { metricsQuery: "" }, /metricsQuery is missing/],
    ["has no series", { seriesQuery: "" }, /seriesQuery is missing/],
    ["has a filter of both kinds", { seriesFilters: [{ is: "a", isNot: "b" }] }, /either is or isNot/],
    ["has an empty filter", { seriesFilters: [{}] }, /either is or isNot/],
    ["has several groups and no name", { name: { matches: "(a)(b)" } }, /name\.as is missing/],
    ["has a pattern that is not valid", { name: { matches: "(" } }, /regular expression/],
    ["has a pattern that only JavaScript knows", { name: { matches: "^(?=a)" } }, /regular expression/],
  ])("%s: it is named, and nothing is translated", (_, more, why) => {
    const { queries, left } = check({ ...rule, ...more }, { name: "http_requests_total" });
    expect(queries).toEqual([]);
    expect(left).toContainEqual(expect.objectContaining({ differs: true, message: expect.stringMatching(why) }));
  });
});

const values = (more: object = {}) => ({ rules: { default: false, external: [rule], ...more } });

describe("the rules are found", () => {
  test.each<[string, object]>([
    ["in the values of the chart", values()],
    ["in the values of a chart that includes it", { "prometheus-adapter": values() }],
    ["two charts deep, under an alias", { platform: { metrics: values() } }],
    ["in a HelmRelease", { kind: "HelmRelease", metadata: { name: "a" }, spec: { values: values() } }],
    ["in an Application", { kind: "Application", spec: { source: { helm: { values: stringify(values()) } } } }],
    ["in a configuration", { externalRules: [rule] }],
    ["in a ConfigMap with quoted keys", configMap(JSON.stringify({ externalRules: [rule] }))],
    ["in a ConfigMap with a comment first", configMap(`# rules\n---\n${stringify({ externalRules: [rule] })}`)],
  ])("%s", (_, object) => {
    const manifests = [hpaOf(metric), object].flatMap((each) => readManifests(JSON.stringify(each), "file").manifests);
    const [report] = checkAll(manifests, "kube-metrics-adapter", undefined, TRANSLATED);
    expect(Object.keys(Object(report?.manifest).metadata?.annotations ?? {})).toEqual([KEY]);
  });
});

describe("the values of the chart", () => {
  const findings = (object: object) => {
    const { manifests } = readManifests(JSON.stringify(object), "file");
    return checkAll(manifests, "kube-metrics-adapter", undefined, TRANSLATED).flatMap((report) => report.findings);
  };
  const keysOf = (object: object) => findings(object).flatMap(({ key, differs }) => (key && differs ? [key] : []));

  test("name the rules for other APIs, and what their loss means", () => {
    const more = { default: true, custom: [rule], resource: { cpu: { containerLabel: "container" } } };
    const told = findings(values(more)).map(({ message, here }) => `${message}: ${here}`);
    expect(told).toContainEqual(expect.stringMatching(/^1 rule is for the custom metrics API/));
    expect(told).toContainEqual(expect.stringMatching(/default rules are for the custom metrics API/));
    expect(told).toContainEqual(expect.stringMatching(/metrics\.k8s\.io.*every HPA on CPU or memory stops scaling/));
  });

  test("have the default rules unless they are switched off", () => {
    expect(keysOf({ rules: { external: [] } })).toEqual(["rules.default"]);
    expect(keysOf({ rules: { default: false, external: [] } })).toEqual([]);
  });

  test("with rules in a ConfigMap of its own say which to pass", () => {
    expect(findings({ rules: { existing: "my-rules" } })).toContainEqual(
      expect.objectContaining({ differs: true, message: expect.stringContaining("my-rules") }),
    );
  });

  test("name every value that is not known, and the values of other charts", () => {
    expect(keysOf({ "prometheus-adapter": { ...values({ odd: 1 }), replicas: 2, strange: 1 }, grafana: {} })).toEqual(
      expect.arrayContaining(["prometheus-adapter.rules.odd", "prometheus-adapter.strange", "grafana"]),
    );
  });
});

describe("the values of Alibaba Cloud's adapter", () => {
  const secret = "0123456789abcdef";
  const alibaba = (rules: object) => ({
    prometheus: {
      enabled: true,
      url: `https://cn-beijing.arms.aliyuncs.com:9443/api/v1/prometheus/${secret}/1/c1/cn-beijing`,
      prometheusHeader: { Authorization: secret },
      metricsRelistInterval: "1m",
      adapter: { rules },
    },
  });
  const reportsOf = (object: object) =>
    checkAll(
      [hpaOf(metric), object].flatMap((each) => readManifests(JSON.stringify(each), "file").manifests),
      "kube-metrics-adapter",
      undefined,
      TRANSLATED,
    );
  const queriesOf = (object: object) => Object.keys(Object(reportsOf(object)[0]?.manifest).metadata?.annotations ?? {});

  test.each(["external", "custom"])("have %s rules, which become annotations of the HPAs that use them", (list) => {
    expect(queriesOf(alibaba({ [list]: [rule] }))).toEqual([KEY]);
  });

  test("also have them in a ConfigMap, which prometheus-adapter reads for another API", () => {
    const map = configMap(stringify({ rules: [rule] }));
    const named = { ...map, metadata: { ...map.metadata, name: "alibaba-cloud-metrics-adapter-config" } };
    expect(queriesOf(named)).toEqual([KEY]);
    expect(queriesOf(map)).toEqual([]);
  });

  test("and those of prometheus-adapter's chart have an age of series, which is named with the flag for it", () => {
    const { prometheus } = alibaba({});
    for (const values of [
      { prometheus: { ...prometheus, metricsMaxAge: "1h" } },
      { rules: { external: [rule] }, metricsMaxAge: "1h" },
    ])
      expect(reportsOf(values)[1]?.findings).toContainEqual(
        expect.objectContaining({
          ...{ differs: false, message: "a metric exists if it had a sample in the last 1h" },
          here: expect.stringContaining("--metrics-max-age"),
        }),
      );
  });

  test("are named, without credentials and with what is not known", () => {
    const { prometheus } = alibaba({ custom: [rule], odd: [] });
    const [hpa, rules] = reportsOf({ prometheus: { ...prometheus, strange: 1 }, grafana: {} });
    expect(rules?.subject).toBe("Rules of ack-alibaba-cloud-metrics-adapter (file)");
    expect(rules?.findings.flatMap(({ key, differs }) => (key && differs ? [key] : []))).toEqual([
      "prometheus.adapter.rules",
      "prometheus.strange",
      "prometheus.adapter.rules.odd",
      "grafana",
    ]);
    expect(rules?.findings.map(({ message }) => message).join()).toContain("cn-beijing.arms.aliyuncs.com:9443");
    expect(JSON.stringify([hpa, rules])).not.toContain(secret);
  });
});

test("a ConfigMap whose rules are not valid YAML is named, and hides no other object", () => {
  const objects = [configMap("externalRules: [a"), hpaOf(metric)];
  const manifests = objects.flatMap((each) => readManifests(JSON.stringify(each), "file").manifests);
  const reports = checkAll(manifests, "kube-metrics-adapter", undefined, TRANSLATED);
  expect(reports.map(({ subject }) => subject)).toHaveLength(2);
  expect(JSON.stringify(reports)).toContain("not valid YAML");
});

function configMap(text: string) {
  return {
    kind: "ConfigMap",
    metadata: { name: "adapter", namespace: "monitoring" },
    data: { "config.yaml": text },
  };
}

function hpaOf(external: object) {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web", namespace: "shop" },
    spec: {
      maxReplicas: 3,
      metrics: [{ type: "External", external: { metric: external, target: { type: "Value", value: "1" } } }],
    },
  };
}
