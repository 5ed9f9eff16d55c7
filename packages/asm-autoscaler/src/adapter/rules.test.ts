import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import "../../testing/bundleFixture";
import { inputErrorsOf } from "../../testing/inputErrorsOf";
import { podOf, prometheus, recordAdapter } from "../../testing/recordAdapter";
import { only, type RecordedStack, tree } from "../../testing/recordStack";
import { MetricsAdapter, type MetricsAdapterRulesArgs } from ".";

const API_SERVICE = "kubernetes:apiregistration.k8s.io/v1:APIService";
const CLUSTER_ROLE = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole";

const config = `rules:
  - seriesQuery: http_requests_total{namespace!="",pod!=""}
    resources:
      overrides:
        namespace: { resource: namespace }
        pod: { resource: pod }
    name: { matches: "^(.*)_total$", as: "\${1}_per_second" }
    metricsQuery: sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)
`;
const readCustom = { apiGroups: ["custom.metrics.k8s.io"], resources: ["*"], verbs: ["get"] };
const readScales = { apiGroups: ["*"], resources: ["*/scale"], verbs: ["get"] };
const given = (rules: MetricsAdapterRulesArgs) => ({ prometheus, prometheusAdapterRules: rules });
const errorsOf = (rules: unknown) =>
  inputErrorsOf(() => new MetricsAdapter("metrics", given(rules as MetricsAdapterRulesArgs)));
const rightsOf = (stack: RecordedStack) => only(stack, CLUSTER_ROLE).inputs["rules"];

test.each([false, true])(
  "rules add a ConfigMap and the two versions of the custom metrics API, and nothing else (preview %s)",
  async (preview) => {
    const without = tree(await recordAdapter({ prometheus }, preview));
    const withRules = tree(await recordAdapter(given({ config }), preview));
    expect(without.filter((line) => !withRules.includes(line))).toEqual([]);
    expect(withRules.filter((line) => !without.includes(line)).toSorted()).toEqual([
      `metrics-custom-api-service-v1beta1: ${API_SERVICE} < metrics`,
      `metrics-custom-api-service-v1beta2: ${API_SERVICE} < metrics`,
      "metrics-rules: kubernetes:core/v1:ConfigMap < metrics",
    ]);
  },
);

test("an empty list of rules registers the custom metrics API, for Object metrics of annotations alone", async () => {
  const names = tree(await recordAdapter(given({ config: "rules: []" })));
  expect(names.filter((line) => line.startsWith("metrics-custom-api-service-"))).toHaveLength(2);
});

test("the text is in a ConfigMap that the pods mount as a folder, so that they see a change", async () => {
  const stack = await recordAdapter(given({ config }));
  const { metadata, data } = Object(stack.find(({ name }) => name === "metrics-rules")?.inputs);
  expect(metadata).toMatchObject({ name: "asm-metrics-adapter-rules", namespace: "kube-system" });
  expect(data).toEqual({ "config.yaml": config });
  const { volumes, containers } = podOf(stack);
  expect(volumes).toContainEqual({
    name: "rules",
    configMap: { name: "asm-metrics-adapter-rules", items: [{ key: "config.yaml", path: "config.yaml" }] },
  });
  const [{ args, volumeMounts }] = containers;
  expect(volumeMounts).toContainEqual({
    name: "rules",
    mountPath: "/etc/asm-metrics-adapter/rules",
    readOnly: true,
  });
  expect(args).toContain("--prometheus-adapter-config=/etc/asm-metrics-adapter/rules/config.yaml");
});

test("another text changes the ConfigMap and restarts nothing", async () => {
  const [one, other] = [await recordAdapter(given({ config })), await recordAdapter(given({ config: `${config}\n` }))];
  expect(podOf(one)).toEqual(podOf(other));
});

test("a ConfigMap of the user's is mounted, and none is created", async () => {
  const stack = await recordAdapter(given({ configMap: "prometheus-adapter", configMapKey: "rules.yml" }));
  expect(tree(stack).filter((line) => line.startsWith("metrics-rules"))).toEqual([]);
  expect(podOf(stack).volumes).toContainEqual({
    name: "rules",
    configMap: { name: "prometheus-adapter", items: [{ key: "rules.yml", path: "config.yaml" }] },
  });
});

test("the adapter gets the flags that are set, and only those", async () => {
  const flagsOf = async (rules: MetricsAdapterRulesArgs) =>
    podOf(await recordAdapter(given(rules))).containers[0].args.filter((arg) => /metrics-|-for-both/.test(arg));
  const usual = await flagsOf({ config });
  expect(await flagsOf({ config, bothApis: true, relistIntervalSeconds: 60, maxAgeSeconds: 90 })).toEqual([
    ...usual,
    "--prometheus-adapter-rules-for-both",
    "--metrics-relist-interval=60s",
    "--metrics-max-age=90s",
  ]);
});

test("each version of the custom metrics API leads to the same Service, and its CA is the adapter's", async () => {
  const stack = await recordAdapter({ ...given({ config }), namespace: "metrics" });
  const versions = stack.filter(({ name }) => name.startsWith("metrics-custom-api-service"));
  expect(versions.map(({ inputs }) => Object(inputs["spec"]))).toEqual(
    ["v1beta1", "v1beta2"].map((version) => ({
      group: "custom.metrics.k8s.io",
      version,
      groupPriorityMinimum: 100,
      versionPriority: 100,
      service: { name: "asm-metrics-adapter", namespace: "metrics", port: 443 },
    })),
  );
  for (const { ignoreChanges } of versions) expect(ignoreChanges).toEqual(["spec.caBundle"]);
});

test.each([{ registerApiService: false }, { takeOver: true }])("%j registers no version", async (more) => {
  const stack = await recordAdapter({ ...given({ config }), ...more });
  expect(stack.filter(({ type }) => type === API_SERVICE)).toEqual([]);
});

test("the adapter may list pods and change its three APIServices, and no others", async () => {
  const rules = rightsOf(await recordAdapter(given({ config })));
  expect(rules).toContainEqual({ apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] });
  expect(rules).toContainEqual(readScales);
  expect(rightsOf(await recordAdapter({ prometheus, takeOver: true }))).not.toContainEqual(readScales);
  expect(rules).toContainEqual({
    apiGroups: ["apiregistration.k8s.io"],
    resources: ["apiservices"],
    resourceNames: [
      "v1beta1.external.metrics.k8s.io",
      "v1beta1.custom.metrics.k8s.io",
      "v1beta2.custom.metrics.k8s.io",
    ],
    verbs: ["get", "patch"],
  });
});

test("before a take-over, the adapter may read the custom metrics of HPAs too", async () => {
  const takeOver = true;
  expect(rightsOf(await recordAdapter({ ...given({ config }), takeOver }))).toContainEqual(readCustom);
  expect(rightsOf(await recordAdapter({ prometheus, takeOver }))).not.toContainEqual(readCustom);
});

test.each([
  [{ takeOver: true }, {}, undefined, 0],
  [{ takeOver: true }, { takeOver: false }, "external.metrics.k8s.io", 2],
  [{}, { takeOver: true }, "custom.metrics.k8s.io", 1],
  [{ takeOver: true }, { takeOver: true }, undefined, 0],
  [{ registerApiService: false }, { takeOver: true }, "custom.metrics.k8s.io", 0],
])("%j with the rules' own %j orders %s, and registers the rest", async (more, own, groups, registered) => {
  const stack = await recordAdapter({ ...given({ config, ...own }), ...more });
  const order = stack.find(({ name }) => name === "metrics-take-over");
  expect(order?.inputs["data"]).toEqual(groups === undefined ? undefined : { groups });
  expect(Object(order?.inputs["metadata"]).annotations["asm-metrics-adapter/groups"]).toBe(groups);
  expect(stack.filter(({ type }) => type === API_SERVICE)).toHaveLength(registered);
  const isTaken = groups !== "external.metrics.k8s.io";
  const reads = expect.arrayContaining([readCustom]);
  expect(rightsOf(stack)).toEqual(isTaken ? reads : expect.not.arrayContaining([readCustom]));
});

test.each([
  [{}, [["prometheusAdapterRules.config", "ASM_ARGUMENT_MISSING"]]],
  [{ config, configMap: "a" }, [["prometheusAdapterRules.configMap", "ASM_ARGUMENT_MISPLACED"]]],
  [{ config, configMapKey: "a" }, [["prometheusAdapterRules.configMapKey", "ASM_ARGUMENT_MISPLACED"]]],
  [
    { configMap: "A/b", configMapKey: "a/b", relistIntervalSeconds: 0, maxAgeSeconds: 1.5 },
    [
      ["prometheusAdapterRules.configMap", "ASM_NAME_INVALID"],
      ["prometheusAdapterRules.configMapKey", "ASM_NAME_INVALID"],
      ["prometheusAdapterRules.relistIntervalSeconds", "ASM_COUNT_INVALID"],
      ["prometheusAdapterRules.maxAgeSeconds", "ASM_COUNT_INVALID"],
    ],
  ],
  [
    { config, relistIntervalSeconds: 60, maxAgeSeconds: 59 },
    [["prometheusAdapterRules.maxAgeSeconds", "ASM_NUMBER_INVALID"]],
  ],
])("%j has all its errors at once", (rules, expected) => {
  expect(errorsOf(rules)).toEqual(expected);
});

test("a text that has no rules, and every rule that cannot be served, are errors with their places", () => {
  expect(errorsOf({ config: "kind: Service" })).toEqual([["prometheusAdapterRules.config", "ASM_RULES_FILE"]]);
  expect(errorsOf({ config: "rules: [{}, {seriesQuery: a, metricsQuery: '<<.Nothing>>'}]" })).toEqual([
    ["prometheusAdapterRules.config.rules[0]", "ASM_RULE_INVALID"],
    ["prometheusAdapterRules.config.rules[1]", "ASM_RULE_INVALID"],
  ]);
});

test("a list of rules for both APIs must also say which label has the namespace, or one API is enough", () => {
  const onlyPods = config.replace("        namespace: { resource: namespace }\n", "");
  expect(errorsOf({ config: onlyPods, bothApis: true })).toEqual([]);
});

test("a name that is known late is no error", async () => {
  const configMap = pulumi.output(Promise.resolve("prometheus-adapter"));
  expect(podOf(await recordAdapter(given({ configMap }))).volumes.find(({ name }) => name === "rules")).toMatchObject({
    configMap: { name: "prometheus-adapter" },
  });
});
