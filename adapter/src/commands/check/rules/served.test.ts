import { describe, expect, test } from "@jest/globals";
import { stringify } from "yaml";
import { checkAll } from "../check.ts";
import { readManifests } from "../manifests.ts";

const resources = { template: "<<.Resource>>" };
const metricsQuery = "sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)";
const perSecond = { matches: "^(.*)_total$", as: "$".concat("{1}_per_second") };
const rule = { seriesQuery: '{__name__=~"^http_.*",pod!=""}', name: perSecond, resources, metricsQuery };
const target = { type: "AverageValue", averageValue: "1" };
const pods = (name = "http_requests_per_second", selector?: object) => ({
  type: "Pods",
  pods: { metric: { name, ...(selector ? { selector } : {}) }, target },
});
const object = (kind: string, apiVersion = "v1") => ({
  type: "Object",
  object: { metric: { name: "http_requests_per_second" }, describedObject: { kind, apiVersion, name: "main" }, target },
});
const external = (name: string, selector: object = {}) => ({
  type: "External",
  external: { metric: { name, selector }, target },
});

/** The findings about the HPA's metrics, and the findings about the rules. */
function check(metric: object | object[], config: object) {
  const manifests = [hpaOf(metric), configMap(stringify(config))].flatMap(
    (given) => readManifests(JSON.stringify(given), "file").manifests,
  );
  const [hpa, rules] = checkAll(manifests, "kube-metrics-adapter", undefined);
  return { hpa: hpa?.findings ?? [], manifest: hpa?.manifest, rules: rules?.findings ?? [] };
}

const served = (place: string) => ({
  differs: false,
  message: expect.stringContaining(`${place} of monitoring/adapter`),
  here: "served as it is, with --prometheus-adapter-config",
});

describe("a metric of a rule is served as it is, and the HPA is not changed:", () => {
  test.each<[string, object, object, string]>([
    ["Pods", pods(), { rules: [rule] }, "rules[0]"],
    ["Object, of a kind in an API group", object("Ingress", "networking.k8s.io/v1"), { rules: [rule] }, "rules[0]"],
    ["Object, of the namespace", object("Namespace"), { rules: [rule] }, "rules[0]"],
    ["External", external("http_requests_per_second"), { rules: [], externalRules: [rule] }, "externalRules[0]"],
    ["of rules in a row, the first and the last one", pods(), { rules: [rule, rule, rule] }, "rules[0] to rules[2]"],
    ["of two rules, both of them", pods(), { rules: [rule, rule] }, "rules[0], rules[1]"],
  ])("%s", (_, metric, config, place) => {
    const { hpa, manifest, rules } = check(metric, config);
    expect(hpa).toEqual([expect.objectContaining(served(place))]);
    expect(manifest).toBeUndefined();
    expect(rules).toEqual([expect.objectContaining({ differs: false, here: expect.stringContaining("as they are") })]);
  });

  test("also with a name whose series only Prometheus knows, which is reported", () => {
    const { hpa: open } = check(pods("http_requests_rate"), {
      rules: [{ ...rule, name: { matches: "^(.*)_(?:total|sum)$", as: "$".concat("{1}_rate") } }],
    });
    expect(open).toEqual([expect.objectContaining(served("rules[0]"))]);
    expect(open[0]?.reference).toContain("only Prometheus tells which series");
  });

  test("in the default rules of the chart, and in both APIs of Alibaba Cloud's adapter", () => {
    const values = (given: object, metric: object) => {
      const manifests = [hpaOf(metric), given].flatMap((one) => readManifests(JSON.stringify(one), "values").manifests);
      return checkAll(manifests, "kube-metrics-adapter", undefined)[0]?.findings.map(({ here }) => here);
    };
    expect(values({ rules: { default: true } }, pods("http_requests"))).toEqual([
      "served as it is, with --prometheus-adapter-config",
    ]);
    const alibaba = { prometheus: { url: "http://p", adapter: { rules: { custom: [rule] } } } };
    for (const metric of [pods(), external("http_requests_per_second")])
      expect(values(alibaba, metric)).toEqual([
        "served as it is, with --prometheus-adapter-config and --prometheus-adapter-rules-for-both",
      ]);
  });
});

describe("a metric that no adapter can serve by the rule is reported with the reason:", () => {
  test.each<[string, object, object, RegExp]>([
    [
      "a selector with a key that PromQL does not have",
      pods(undefined, { matchLabels: { "app.kubernetes.io/name": "web" } }),
      rule,
      /^not served either: ASM_RULE_/,
    ],
    [
      "a selector with an operator that rules do not have",
      pods(undefined, { matchExpressions: [{ key: "a", operator: "Gt", values: ["1"] }] }),
      rule,
      /^not served either: ASM_RULE_SELECTOR/,
    ],
    [
      "a query that is not PromQL",
      pods(),
      { ...rule, metricsQuery: "sum(<<.Series>>" },
      /^not served either: ASM_RULE_QUERY: its query is not PromQL/,
    ],
    ["an object without a namespace", object("Node"), rule, /^the same$/],
  ])("%s", (_, metric, given, here) => {
    expect(check(metric, { rules: [given] }).hpa).toEqual([
      expect.objectContaining({ differs: false, here: expect.stringMatching(here) }),
    ]);
  });
});

describe("what is not served differs:", () => {
  test("a metric that no rule has", () => {
    expect(check(pods("other"), { rules: [rule] }).hpa).toEqual([
      expect.objectContaining({ id: "ASM_SOURCE_MISSING", differs: true }),
    ]);
  });

  test("a rule that names no label of the object", () => {
    const { hpa } = check(pods(), {
      rules: [{ ...rule, resources: { overrides: { ns: { resource: "namespace" } } } }],
    });
    expect(hpa).toEqual([
      expect.objectContaining({
        ...{ id: "prometheus-adapter", differs: true },
        message: expect.stringContaining("rules[0] of monitoring/adapter, but this rule has no label for pods"),
      }),
    ]);
  });

  test("an object of another kind, beside a metric of the same name that is served", () => {
    const overrides = { namespace: { resource: "namespace" }, pod: { resource: "pod" } };
    const both = [pods(), object("Service")];
    const { hpa } = check(both, { rules: [{ ...rule, resources: { overrides } }] });
    expect(hpa).toEqual([
      expect.objectContaining(served("rules[0]")),
      expect.objectContaining({ differs: true, message: expect.stringContaining("no label for services") }),
    ]);
  });

  test.each([pods("other"), external("other")])("a metric that no valid rule has, with the broken ones", (metric) => {
    const broken = { ...rule, metricsQuery: "<<.Nothing>>" };
    expect(check(metric, { rules: [rule, broken] }).hpa).toEqual([
      expect.objectContaining({
        differs: true,
        here: expect.stringContaining(
          "no valid rule gives a metric of this name, and these are not valid: rules[1] of",
        ),
      }),
    ]);
  });

  test("a broken rule, by its place, and the others are served", () => {
    const { hpa, rules } = check(pods(), { rules: [{ ...rule, metricsQuery: "<<.Nothing>>" }, rule] });
    expect(hpa).toEqual([expect.objectContaining(served("rules[1]"))]);
    expect(rules).toContainEqual(expect.objectContaining({ id: "ASM_RULE_INVALID", differs: true, key: "rules[0]" }));
  });

  test("resource rules, and each field beside the rules that is not known, once", () => {
    const { rules } = check(pods(), { rules: [rule], resourceRules: { cpu: {} }, odd: 1 });
    expect(rules.filter(({ differs }) => differs).map(({ key }) => key)).toEqual(["resourceRules", "odd"]);
  });

  test("a placeholder that is not filled in", () => {
    const { rules } = check(pods(), { rules: [{ ...rule, metricsQuery: "sum({{ .Values.query }})" }] });
    expect(rules).toContainEqual(
      expect.objectContaining({ differs: true, message: expect.stringContaining("placeholder") }),
    );
  });
});

function configMap(text: string) {
  return {
    kind: "ConfigMap",
    metadata: { name: "adapter", namespace: "monitoring" },
    data: { "config.yaml": text },
  };
}

describe("policies of a metric of a rule", () => {
  const annotated = (name: string, policies: Record<string, string>) => {
    const hpa = hpaOf(pods());
    const metadata = { namespace: "shop", name, annotations: policies };
    return { ...hpa, metadata };
  };
  const key = "metric-config.pods.http-requests-per-second.prometheus/on-no-data";
  const findings = (...hpas: object[]) => {
    const objects = [...hpas, configMap(stringify({ rules: [rule] }))];
    const manifests = objects.flatMap((given) => readManifests(JSON.stringify(given), "file").manifests);
    const reports = checkAll(manifests, "kube-metrics-adapter", undefined).slice(0, hpas.length);
    return reports.map((report) => report.findings.map(({ id, message }) => `${id} ${message}`));
  };

  test("are no finding", () => {
    expect(findings(annotated("a", { [key]: "zero" }))).toEqual([[expect.stringContaining("comes from rules[0]")]]);
  });

  test("that are not valid are one", () => {
    const [found] = findings(annotated("a", { [key]: "nil" }));
    expect(found).toContainEqual(expect.stringContaining("ASM_POLICY_INVALID"));
  });

  test("that differ are one on both HPAs", () => {
    for (const found of findings(annotated("a", { [key]: "zero" }), annotated("b", {})))
      expect(found).toContainEqual(expect.stringMatching(/^ASM_RULE_POLICIES HPAs shop\/a and shop\/b /));
  });
});

function hpaOf(metric: object | object[]) {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web", namespace: "shop" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      maxReplicas: 3,
      metrics: [metric].flat(),
    },
  };
}
