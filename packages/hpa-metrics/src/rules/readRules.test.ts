import { describe, expect, test } from "@jest/globals";
import { stringify } from "yaml";
import { runToEnd } from "../steps";
import { clusterResource, find, findAmong, INGRESSES, NAMESPACE, PODS } from "./cluster.testing";
import { readRules, readRulesInSteps } from "./readRules";
import type { RulesOptions } from "./types";

const RULE = {
  seriesQuery: 'http_requests_total{namespace!="",pod!=""}',
  resources: { overrides: { namespace: { resource: "namespace" }, pod: { resource: "pod" } } },
  name: { matches: "^(.*)_total$", as: "$".concat("{1}_per_second") },
  metricsQuery: "sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)",
};

function read(config: object | string, options?: RulesOptions) {
  const result = readRules(typeof config === "string" ? config : stringify(config), options);
  if (!result.ok) throw new Error(result.problem.message);
  return result.file;
}

const places = (config: object | string, options?: RulesOptions) => {
  const { custom, external, broken } = read(config, options);
  const placesOf = (rules: readonly { place: string }[]) => rules.map(({ place }) => place);
  return { custom: placesOf(custom), external: placesOf(external), broken: placesOf(broken) };
};

const one = (rule: object) => {
  const { custom, broken } = read({ rules: [{ ...RULE, ...rule }] });
  return custom[0] ?? broken[0]?.problem.message;
};

const configMap = (data: object) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "adapter" }, data });

describe("the rules are found in", () => {
  const both = { rules: [RULE], externalRules: [RULE] };
  test.each<[string, object | string, object]>([
    ["the configuration", both, { custom: ["rules[0]"], external: ["externalRules[0]"] }],
    ["JSON", JSON.stringify(both), { custom: ["rules[0]"], external: ["externalRules[0]"] }],
    [
      "a ConfigMap",
      configMap({ "config.yaml": stringify(both) }),
      {
        custom: ["rules[0]"],
        external: ["externalRules[0]"],
      },
    ],
    [
      "several keys of a ConfigMap",
      configMap({ "a.yaml": stringify({ rules: [RULE] }), "b.yaml": stringify(both), "readme.md": "about rules" }),
      { custom: ["a.yaml: rules[0]", "b.yaml: rules[0]"], external: ["b.yaml: externalRules[0]"] },
    ],
    [
      "a document after others",
      `${stringify({ kind: "Service" })}---\n${stringify(configMap({ "config.yaml": stringify(both) }))}`,
      { custom: ["rules[0]"], external: ["externalRules[0]"] },
    ],
    [
      "the values of the chart",
      { rules: { default: false, custom: [RULE], external: [RULE] } },
      {
        custom: ["rules.custom[0]"],
        external: ["rules.external[0]"],
      },
    ],
    [
      "the values of a chart that includes it",
      { "prometheus-adapter": { rules: { custom: [RULE] } } },
      {
        custom: [
          ...Array.from({ length: 6 }, (_, index) => `prometheus-adapter.rules.default[${index}]`),
          "prometheus-adapter.rules.custom[0]",
        ],
      },
    ],
    [
      "the values of Alibaba Cloud's chart, which serves each rule by both APIs",
      { prometheus: { url: "http://prometheus", adapter: { rules: { custom: [RULE] } } } },
      { custom: ["prometheus.adapter.rules.custom[0]"], external: ["prometheus.adapter.rules.custom[0]"] },
    ],
    ["lists that are null", "rules:\nexternalRules:\nresourceRules:\n", {}],
  ])("%s", (_, config, expected) => {
    expect(places(config)).toEqual({ custom: [], external: [], broken: [], ...expected });
  });

  test("the configuration for both APIs, as Alibaba Cloud's adapter reads it", () => {
    const apis = places({ rules: [RULE], externalRules: [RULE] }, { isAlibaba: true });
    expect(apis).toEqual({ custom: ["rules[0]"], external: ["rules[0]", "externalRules[0]"], broken: [] });
  });

  test("a configuration with resourceRules, which are told", () => {
    expect(read({ rules: [], resourceRules: { cpu: { containerLabel: "container" } } }).hasResourceRules).toBe(true);
    expect(read({ rules: { default: false, resource: { cpu: {} } } }).hasResourceRules).toBe(true);
    expect(read({ rules: [], resourceRules: {} }).hasResourceRules).toBe(false);
  });
});

describe("a text without a configuration is refused:", () => {
  test.each<[string, string, RegExp]>([
    ["nothing", "", /has no rules of prometheus-adapter/],
    ["another object", "kind: Service", /has no rules of prometheus-adapter/],
    ["a ConfigMap without rules", stringify(configMap({ a: "rules are nice" })), /has no rules/],
    ["no YAML", "rules: [a", /cannot be read: line 1, column \d+: /],
    ["a text", "rules", /has no rules/],
    ["a tab", "rules:\n\t- a", /cannot be read: line 2, column 1: /],
  ])("%s", (_, text, message) => {
    const expected = { code: "ASM_RULES_FILE", message: expect.stringMatching(message) };
    expect(readRules(text)).toEqual({ ok: false, problem: expect.objectContaining(expected) });
  });
});

describe("a rule is broken, and the others are served, if", () => {
  test.each<[string, object | string | null, RegExp]>([
    ["it has a key that rules do not have", { ...RULE, metricQuery: "x" }, /metricQuery is not a field of a rule$/],
    ["its name has one", { ...RULE, name: { match: "x" } }, /name\.match is not a field of a rule$/],
    ["it is a text", "x", /it is not a mapping$/],
    ["it is null", null, /seriesQuery is missing$/],
    ["it has no series", { ...RULE, seriesQuery: "" }, /seriesQuery is missing$/],
    ["it has no query", { ...RULE, metricsQuery: "" }, /metricsQuery is missing$/],
    ["a text is a list", { ...RULE, metricsQuery: ["x"] }, /metricsQuery is not a text$/],
    ["a list is a text", { ...RULE, seriesFilters: "x" }, /seriesFilters is not a list$/],
    ["a filter has both", { ...RULE, seriesFilters: [{ is: "a", isNot: "b" }] }, /either is or isNot$/],
    ["a filter has none", { ...RULE, seriesFilters: [{ is: "a" }, {}] }, /seriesFilters\[1\] must have either/],
    [
      "a filter is not a pattern",
      { ...RULE, seriesFilters: [{ is: "(?=a)" }] },
      /seriesFilters\[0\]\.is is not a regular/,
    ],
    [
      "its pattern is not one",
      { ...RULE, name: { matches: "(" } },
      /name\.matches is not a regular expression of Go: /,
    ],
    [
      "it has several groups and no name",
      { ...RULE, name: { matches: "(a)(b)" } },
      /name\.as is missing: .* 2 groups$/,
    ],
    [
      "its template is not supported",
      { ...RULE, metricsQuery: "<<join .GroupBySlice>>" },
      /join is not supported as a function$/,
    ],
    [
      "its template uses a field that there is none of",
      { ...RULE, metricsQuery: "<<.Labels>>" },
      /\.Labels does not exist/,
    ],
    ["it names no objects", { ...RULE, resources: {} }, /which labels name objects/],
    ["its label template is constant", { ...RULE, resources: { template: "pod" } }, /does not contain <<\.Resource>>$/],
    [
      "its label template is not valid",
      { ...RULE, resources: { template: "<<.Resource" } },
      /resources\.template is not supported: /,
    ],
    [
      "an override has no resource",
      { ...RULE, resources: { overrides: { pod: {} } } },
      /overrides\.pod\.resource is missing$/,
    ],
    ["namespaced is a text", { ...RULE, resources: { namespaced: "maybe" } }, /namespaced is not true or false$/],
  ])("%s", (_, rule, message) => {
    const { custom, broken } = read({ rules: [RULE, rule, RULE] });
    expect(custom.map(({ place }) => place)).toEqual(["rules[0]", "rules[2]"]);
    expect(broken).toEqual([
      {
        place: "rules[1]",
        problem: expect.objectContaining({ code: "ASM_RULE_INVALID", message: expect.stringMatching(message) }),
      },
    ]);
    expect(broken[0]?.problem.message).toMatch(/^rules\[1\]: /);
  });

  test("a key in it is written twice", () => {
    const text = `${stringify({ rules: [RULE] })}  - seriesQuery: a\n    name:\n      as: b\n      as: c\n    metricsQuery: d\n`;
    expect(read(text).custom).toHaveLength(1);
    expect(read(text).broken[0]?.problem.message).toBe("rules[1]: rules[1].name.as is written twice");
  });

  test("it is for external metrics and does not say which label has the namespace", () => {
    const pod = { overrides: { pod: { resource: "pod" } } };
    const rules = [
      { ...RULE, resources: pod },
      { ...RULE, resources: { ...pod, namespaced: false } },
    ];
    expect(places({ externalRules: rules })).toMatchObject({
      external: ["externalRules[1]"],
      broken: ["externalRules[0]"],
    });
    expect(places({ rules }, { isAlibaba: true })).toMatchObject({ custom: ["rules[0]", "rules[1]"], broken: [] });
  });
});

describe("what is not a rule takes no rule down:", () => {
  test.each<[string, object | string, string[]]>([
    ["an unknown key", { rules: [RULE], extraRules: [] }, ["extraRules"]],
    ["an unknown value", { rules: { default: false, custom: [RULE], extra: 1 } }, ["rules.extra"]],
    ["a list that is none", { rules: [RULE], externalRules: "x" }, ["externalRules"]],
    ["a list that is written twice", `rules: []\n${stringify({ rules: [RULE] })}`, ["rules"]],
    [
      "a second configuration",
      `${stringify({ rules: [RULE] })}---\n${stringify({ externalRules: [RULE] })}`,
      ["configuration 2 of 2"],
    ],
    [
      "a key of a ConfigMap that is not YAML",
      configMap({ "a.yaml": stringify({ rules: [RULE] }), "b.yaml": "rules: [" }),
      ["data.b.yaml"],
    ],
  ])("%s", (_, config, broken) => {
    expect(places(config)).toMatchObject({ custom: [expect.any(String)], broken });
  });

  test("rules in a ConfigMap of their own are told", () => {
    const { custom, broken } = read({ rules: { existing: "my-rules", custom: [RULE] } });
    expect(custom).toEqual([]);
    expect(broken).toEqual([
      { place: "rules.existing", problem: expect.objectContaining({ message: expect.stringContaining("my-rules") }) },
    ]);
  });
});

describe("the name of a metric", () => {
  test.each<[object, string, string | undefined]>([
    [{ name: {} }, "http_requests_total", "http_requests_total"],
    [{ name: { matches: "", as: "" } }, "a", "a"],
    [{ name: { matches: "requests" } }, "http_requests_total", "requests"],
    [{ name: { matches: "^http_(.*)_total$" } }, "http_requests_total", "requests"],
    [{ name: { matches: "^http_(.*)$" } }, "grpc_requests", undefined],
    [{ name: { matches: "_total$", as: "x" } }, "http_requests_total", "x"],
    [{ name: { matches: "^(.*)_total$", as: "$1_per_second" } }, "a_total", undefined],
    [{ name: { matches: "(?P<what>.*)_total", as: "$what-rate" } }, "a_total", "a-rate"],
    [{ name: { as: 5 } }, "a", "5"],
    // pkg/naming/regex_matcher_test.go of prometheus-adapter v0.12.0
    [{ name: {}, seriesFilters: [{ is: "my_.*" }] }, "my_label", "my_label"],
    [{ name: {}, seriesFilters: [{ is: "my_.*" }] }, "your_label", undefined],
    [{ name: {}, seriesFilters: [{ isNot: "my_.*" }] }, "my_label", undefined],
    [{ name: {}, seriesFilters: [{ isNot: "my_.*" }] }, "your_label", "your_label"],
    [{ name: {}, seriesFilters: [{ is: "a" }, { isNot: "b" }] }, "ab", undefined],
    [{ name: {}, seriesFilters: [{ is: "a" }, { isNot: "b" }] }, "xax", "xax"],
  ])("by %j of %s is %s", (rule, series, name) => {
    const read = one(rule);
    if (typeof read !== "object") throw new Error(read);
    expect(read.nameOf(series)).toBe(name);
  });
});

describe("the resource of a label", () => {
  const byTemplate = (template: string, label: string) => {
    const rule = one({ resources: { template } });
    if (typeof rule !== "object") throw new Error(rule);
    return rule.resourceOf(label, find);
  };

  test("is found by the template, in singular and in plural", () => {
    expect(byTemplate("<<.Resource>>", "pod")).toBe(PODS);
    expect(byTemplate("kube_<<.Resource>>", "kube_pods")).toBe(PODS);
    expect(byTemplate("kube_<<.Resource>>", "kube_ingress")).toBe(INGRESSES);
    expect(byTemplate("kube_<<.Group>>_<<.Resource>>", "kube_networking_ingress")).toBe(INGRESSES);
    expect(byTemplate("kube_<<.Resource>>", "pod")).toBeUndefined();
    expect(byTemplate("<<.Resource>>", "job")).toBeUndefined();
  });

  test("is that of the override before the template, and its case does not matter", () => {
    const overrides = { kubernetes_pod: { resource: "Pods" }, ns: { resource: "namespace" } };
    const rule = one({ resources: { overrides, template: "<<.Resource>>" } });
    if (typeof rule !== "object") throw new Error(rule);
    expect([rule.resourceOf("kubernetes_pod", find), rule.resourceOf("pod", find)]).toEqual([PODS, PODS]);
    expect([rule.labelOf(PODS, find), rule.labelOf(NAMESPACE, find), rule.labelOf(INGRESSES, find)]).toEqual([
      "kubernetes_pod",
      "ns",
      "ingress",
    ]);
  });

  test("is reported if several labels have it, and the first of them is used", () => {
    const overrides = {
      pod_name: { resource: "pod" },
      pod: { resource: "pods" },
      namespace: { resource: "namespace" },
    };
    const rule = one({ resources: { overrides } });
    if (typeof rule !== "object") throw new Error(rule);
    expect(rule.labelOf(PODS, find)).toBe("pod_name");
    expect(rule.warnings(find)).toEqual([
      expect.objectContaining({
        code: "ASM_RULE_LABELS",
        message: "rules[0] names pods by the labels pod_name and pod: its queries use pod_name",
      }),
    ]);
  });

  test("is named if the cluster does not have it", () => {
    const overrides = { pod: { resource: "pod" }, gw: { group: "example.com", resource: "gateway" } };
    const rule = one({ resources: { overrides } });
    if (typeof rule !== "object") throw new Error(rule);
    expect(rule.unknownResources(find)).toEqual(["gateway.example.com (label gw)"]);
    const gateways = clusterResource("example.com/gateways", "gateway", "Gateway");
    expect(rule.unknownResources(findAmong([PODS, gateways]))).toEqual([]);
  });
});

test("a group that the pattern does not have is reported", () => {
  const rule = one({ name: { matches: "^(.*)_total$", as: "$1_per_second" } });
  if (typeof rule !== "object") throw new Error(rule);
  expect(rule.warnings(find)).toEqual([
    expect.objectContaining({
      code: "ASM_RULE_NAME",
      message: "name.as of rules[0] uses the group 1_per_second, which name.matches does not have",
    }),
  ]);
  expect(typeof one({}) === "object" && read({ rules: [RULE] }).custom[0]?.warnings(find)).toEqual([]);
});

describe("a hostile text is refused or read in short steps:", () => {
  const many = stringify({ rules: Array.from({ length: 400 }, () => RULE) });
  test.each<[string, string, RegExp | undefined]>([
    ["too long", "a".repeat(1_048_576), /longer than 204800 characters/],
    ["deep lists", `rules: ${"[".repeat(100_000)}`, /too deep/],
    ["deep items", `rules:\n${"- ".repeat(100_000)}`, /too deep/],
    ["deep keys", "? ".repeat(100_000), /too deep/],
    ["deep mappings", "{a: ".repeat(50_000), /too deep/],
    ["many keys", Array.from({ length: 15_000 }, (_, index) => `k${index}: 1`).join("\n"), /has no rules/],
    ["many documents", "---\n".repeat(50_000), /more than 20 documents/],
    ["aliases of aliases", aliases(9), /alias/i],
    ["deep keys in the values of an Application", stringify({ values: "? ".repeat(50_000) }), /has no rules/],
    ["deep keys in a ConfigMap", stringify(configMap({ a: `rules:\n${"? ".repeat(50_000)}` })), undefined],
    ["many keys of configurations", manyConfigs(), undefined],
    ["many rules", many.slice(0, 150_000), undefined],
    ["many bad rules", `rules:\n${"- x\n".repeat(20_000)}`, undefined],
  ])("%s", (_, text, message) => {
    let longest = 0;
    const steps = readRulesInSteps(text);
    for (;;) {
      const start = process.cpuUsage();
      const { done, value } = steps.next();
      longest = Math.max(longest, process.cpuUsage(start).user / 1000);
      if (!done) continue;
      if (message) expect(value).toMatchObject({ problem: { message: expect.stringMatching(message) } });
      break;
    }
    // 50 ms on an idle machine. A busy one, which also compiles other tests, takes many times as long.
    expect(longest).toBeLessThan(1000);
  });

  test("a configuration in steps is the same as in one", () => {
    const result = runToEnd(readRulesInSteps(many.slice(0, many.indexOf("- seriesQuery", 5000))));
    expect(result.ok && result.file.custom.length).toBeGreaterThan(10);
  });
});

/** Many values of charts beside each other. */
function manyConfigs(): string {
  return Array.from({ length: 4000 }, (_, index) => `a${index}: {rules: {default: false}}`).join("\n");
}

/** A list of lists in which each level repeats the one before ten times. */
function aliases(levels: number): string {
  const lines = ["a0: &a0 [x]"];
  for (let level = 1; level <= levels; level++) {
    lines.push(`a${level}: &a${level} [${`*a${level - 1},`.repeat(10)}]`);
  }
  return `${lines.join("\n")}\nrules: *a${levels}`;
}
