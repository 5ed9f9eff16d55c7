import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { bundleFixture, withoutBundle } from "../../testing/bundleFixture";
import { DEPLOYMENT, deploymentOf, podOf, prometheus, recordAdapter } from "../../testing/recordAdapter";
import { only, type RecordedResource, type RecordedStack, recordStack, tree } from "../../testing/recordStack";
import { MetricsAdapter, type PrometheusEndpoint } from ".";

const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";
const API_SERVICE = "kubernetes:apiregistration.k8s.io/v1:APIService";
const CLUSTER_ROLE = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole";

// Guards names and parents: a change of either replaces the adapter of everyone who upgrades, and while the API is
// gone no HorizontalPodAutoscaler scales.
const TREE = [
  "metrics-account: kubernetes:core/v1:ServiceAccount < metrics",
  "metrics-api-service: kubernetes:apiregistration.k8s.io/v1:APIService < metrics",
  "metrics-auth-delegator: kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding < metrics",
  "metrics-authentication-reader: kubernetes:rbac.authorization.k8s.io/v1:RoleBinding < metrics",
  "metrics-bundle: kubernetes:core/v1:ConfigMap < metrics",
  "metrics-cluster-role-binding: kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding < metrics",
  "metrics-cluster-role: kubernetes:rbac.authorization.k8s.io/v1:ClusterRole < metrics",
  "metrics-deployment: kubernetes:apps/v1:Deployment < metrics",
  "metrics-disruption-budget: kubernetes:policy/v1:PodDisruptionBudget < metrics",
  "metrics-network-policy: kubernetes:networking.k8s.io/v1:NetworkPolicy < metrics",
  "metrics-prometheus: kubernetes:core/v1:Secret < metrics",
  "metrics-role-binding: kubernetes:rbac.authorization.k8s.io/v1:RoleBinding < metrics",
  "metrics-role: kubernetes:rbac.authorization.k8s.io/v1:Role < metrics",
  "metrics-service: kubernetes:core/v1:Service < metrics",
  "metrics-serving-secret: kubernetes:core/v1:Secret < metrics",
  "metrics: asm-autoscaler:index:MetricsAdapter",
];

test.each([false, true])("the tree (preview %s)", async (preview) => {
  expect(tree(await recordAdapter({ prometheus }, preview))).toEqual([...TREE].sort());
});

test.each([false, true])("the tree with everything that can be added (preview %s)", async (preview) => {
  const more = [
    "metrics-alerts: kubernetes:monitoring.coreos.com/v1:PrometheusRule < metrics",
    "metrics-dashboards: kubernetes:core/v1:ConfigMap < metrics",
    "metrics-pod-monitor: kubernetes:monitoring.coreos.com/v1:PodMonitor < metrics",
  ];
  const additionalPrometheus = { eu: prometheus };
  const all = { prometheus, additionalPrometheus, prometheusOperator: true, grafanaDashboard: true };
  expect(tree(await recordAdapter(all, preview))).toEqual([...TREE, ...more].sort());
});

test("with direct, the adapter may find pods, and needs no Prometheus", async () => {
  const stack = await recordAdapter({ direct: true });
  expect(tree(stack)).toEqual([...TREE].sort());
  expect(podOf(stack).containers[0]?.args).toContain("--direct");
  expect(podOf(stack).containers[0]?.args.filter((flag: string) => flag.includes("prometheus"))).toEqual([]);
  const rules = only(stack, CLUSTER_ROLE).inputs["rules"];
  expect(rules).toContainEqual({ apiGroups: ["*"], resources: ["*/scale"], verbs: ["get"] });
  expect(rules).toContainEqual({ apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] });
  const plain = only(await recordAdapter({ prometheus }), CLUSTER_ROLE);
  expect(JSON.stringify(plain.inputs)).not.toMatch(/scale"|pods/);
});

test("with direct, it reads the gateways that are named", async () => {
  const stack = await recordAdapter({ direct: true, directGateways: ["edge/istio=edge", "mesh/a in (b,c)"] });
  const flags: string[] = podOf(stack).containers[0]?.args;
  expect(flags.filter((flag) => flag.startsWith("--direct-gateways"))).toEqual([
    "--direct-gateways=edge/istio=edge",
    "--direct-gateways=mesh/a in (b,c)",
  ]);
  for (const directGateways of [["edge"], ["edge/"], ["No/a=b"]])
    await expect(recordAdapter({ direct: true, directGateways })).rejects.toThrow(/directGateways/);
  await expect(recordAdapter({ prometheus, directGateways: ["edge/istio=edge"] })).rejects.toThrow(/directGateways/);
});

test("without direct, a Prometheus is required", async () => {
  await expect(recordAdapter({})).rejects.toThrow(/prometheus/);
});

test("beside an API that another adapter serves, only the registration is left out", async () => {
  const stack = await recordAdapter({ prometheus, registerApiService: false });
  expect(tree(stack)).toEqual(TREE.filter((line) => !line.includes("api-service")).sort());
});

test("with an image of one's own there is no bundle, and it is not even read", () =>
  withoutBundle(async () => {
    const stack = await recordAdapter({ prometheus, image: "registry.example/team/adapter:1" });
    expect(tree(stack)).toEqual(TREE.filter((line) => !line.includes("bundle")).sort());
    const pod = podOf(stack);
    expect(pod.containers[0]).toMatchObject({
      image: "registry.example/team/adapter:1",
      command: ["asm-metrics-adapter"],
      volumeMounts: [{ name: "tmp", mountPath: "/tmp" }, expect.objectContaining({ name: "prometheus" })],
    });
    expect(pod.volumes.map(({ name }) => name)).toEqual(["tmp", "prometheus"]);
  }));

test("all of it goes into one namespace but what has none and the right to read the front proxy's authority", async () => {
  const stack = await recordAdapter({ prometheus, namespace: "metrics" });
  const places = stack
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ name, inputs }): [string, unknown] => [name, Object(inputs["metadata"]).namespace]);
  const elsewhere = places.filter(([, namespace]) => namespace !== "metrics");
  expect(elsewhere.sort()).toEqual([
    ["metrics-api-service", undefined],
    ["metrics-auth-delegator", undefined],
    ["metrics-authentication-reader", "kube-system"],
    ["metrics-cluster-role", undefined],
    ["metrics-cluster-role-binding", undefined],
  ]);
});

test("the rights are the least it needs", async () => {
  const stack = await recordAdapter({ prometheus });
  expect(only(stack, CLUSTER_ROLE).inputs["rules"]).toEqual([
    { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: ["list", "watch"] },
    { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
    {
      apiGroups: ["apiregistration.k8s.io"],
      resources: ["apiservices"],
      resourceNames: ["v1beta1.external.metrics.k8s.io"],
      verbs: ["get", "patch"],
    },
  ]);
  expect(only(stack, "kubernetes:rbac.authorization.k8s.io/v1:Role").inputs["rules"]).toEqual([
    { apiGroups: [""], resources: ["secrets"], resourceNames: ["asm-metrics-adapter-tls"], verbs: ["get", "update"] },
    {
      apiGroups: [""],
      resources: ["configmaps"],
      resourceNames: ["asm-metrics-adapter-take-over"],
      verbs: ["get", "patch", "delete"],
    },
  ]);
  const bindings = stack.filter(({ type }) => type.endsWith("Binding"));
  expect(bindings).toHaveLength(4);
  for (const binding of bindings) {
    expect(binding.inputs["subjects"]).toEqual([
      { kind: "ServiceAccount", name: "asm-metrics-adapter", namespace: "kube-system" },
    ]);
  }
});

test("the bundle is immutable, named by its content, and no preview prints it", async () => {
  const stack = await recordAdapter({ prometheus });
  const configMap = only(stack, CONFIG_MAP);
  expect(configMap.inputs).toMatchObject({
    metadata: { name: expect.stringMatching(/^asm-metrics-adapter-[0-9a-f]{12}$/) },
    immutable: true,
    data: { "load.mjs": bundleFixture.loader },
    binaryData: { "adapter.mjs.br": Buffer.from(bundleFixture.compressed).toString("base64") },
  });
  expect(configMap.hideDiffs).toEqual(["binaryData"]);
  const { name } = Object(configMap.inputs["metadata"]);
  const pod = podOf(stack);
  expect(pod.volumes).toContainEqual({ name: "bundle", configMap: { name } });
  expect(pod.containers[0].volumeMounts).toContainEqual({
    name: "bundle",
    mountPath: "/opt/asm-metrics-adapter",
    readOnly: true,
  });
});

test("the API is registered only when it is served, deleted first, and verified by what the adapter writes", async () => {
  const stack = await recordAdapter({ prometheus });
  const api = only(stack, API_SERVICE);
  expect(api.dependsOn).toEqual(expect.arrayContaining(["metrics-deployment", "metrics-service"]));
  expect(api.ignoreChanges).toEqual(["spec.caBundle"]);
  expect(api.inputs).toEqual({
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: {
      name: "v1beta1.external.metrics.k8s.io",
      labels: { "app.kubernetes.io/name": "asm-metrics-adapter" },
      annotations: { "pulumi.com/waitFor": "condition=Available" },
    },
    spec: {
      group: "external.metrics.k8s.io",
      version: "v1beta1",
      groupPriorityMinimum: 100,
      versionPriority: 100,
      service: { name: "asm-metrics-adapter", namespace: "kube-system", port: 443 },
    },
  });
});

test("pods start with their rights and their Secret, and the Secret starts empty", async () => {
  const stack = await recordAdapter({ prometheus });
  expect(only(stack, DEPLOYMENT).dependsOn).toEqual(
    expect.arrayContaining([
      "metrics-account",
      "metrics-auth-delegator",
      "metrics-authentication-reader",
      "metrics-cluster-role-binding",
      "metrics-prometheus",
      "metrics-role-binding",
      "metrics-serving-secret",
    ]),
  );
  const secret = named(stack, "metrics-serving-secret");
  expect(secret.ignoreChanges).toEqual(["data", "stringData"]);
  expect(secret.inputs).not.toHaveProperty("data");
  expect(secret.inputs).not.toHaveProperty("stringData");
});

test("a URL that is unknown at preview leaves every name known, so that nothing looks like a replacement", async () => {
  const url = pulumi.output(pulumi.unknown).apply(String);
  const stack = await recordAdapter({ prometheus: { url } }, true);
  for (const { type, inputs } of stack.filter((resource) => resource.type.startsWith("kubernetes:"))) {
    expect([type, inputs["metadata"]]).toEqual([type, expect.objectContaining({ name: expect.any(String) })]);
  }
  expect(deploymentOf(stack).replicas).toBe(2);
});

test("no address and no credential is in clear in anything that is sent, nor in the pod at all", async () => {
  const stack = await recordAdapter({
    prometheus: { url: "https://arms.example/t0ken-in-url", authorization: "raw-t0ken" },
    additionalPrometheus: {
      eu: pulumi.output({ url: "https://eu.example", basicAuth: { username: "ak", password: "t0ken-sk" } }),
      us: { url: "https://us.example/t0ken", headers: { "X-Scope-OrgID": "t0ken-tenant" } },
    },
  });
  const inClear = (text: string) => Buffer.from(text, "base64").toString().includes("t0ken");
  const hidden = stack.map(({ name, sent }) => ({ name, shown: JSON.stringify(withoutSecrets(JSON.parse(sent))) }));
  for (const { name, shown } of hidden) {
    expect([name, shown]).toEqual([name, expect.not.stringContaining("t0ken")]);
    expect([name, (shown.match(/[A-Za-z0-9+/=]{12,}/g) ?? []).filter(inClear)]).toEqual([name, []]);
  }
  // What was looked for is there, as secrets.
  const holders = stack.filter(({ sent }) => sent.includes("t0ken") || sent.includes(base64("raw-t0ken")));
  expect(holders.map(({ name }) => name)).toEqual(["metrics", "metrics-prometheus"]);
});

test("what the adapter reads only when it starts makes new pods, a new token does not", async () => {
  const hashOf = async (endpoint: PrometheusEndpoint, alias = "eu") => {
    const stack = await recordAdapter({ prometheus: endpoint, additionalPrometheus: { [alias]: prometheus } });
    return deploymentOf(stack).template.metadata.annotations["checksum/prometheus"];
  };
  const { url } = prometheus;
  const first = await hashOf({ url, authorization: "Bearer one" });
  expect(first).toMatch(/^[0-9a-f]{12}$/);
  expect(await hashOf({ url, authorization: "Bearer two" })).toBe(first);
  for (const other of [{ url }, { url: `${url}/x`, authorization: "Bearer one" }, { url, headers: { a: "1" } }]) {
    expect(await hashOf(other)).not.toBe(first);
  }
  expect(await hashOf({ url, headers: { a: "1" } })).not.toBe(await hashOf({ url, headers: { a: "2" } }));
  expect(await hashOf({ url, authorization: "Bearer one" }, "us")).not.toBe(first);
});

test("the network policy lets the API server in from anywhere, and pods to the adapter's own metrics", async () => {
  const stack = await recordAdapter({ prometheus });
  expect(only(stack, "kubernetes:networking.k8s.io/v1:NetworkPolicy").inputs["spec"]).toEqual({
    podSelector: { matchLabels: { "app.kubernetes.io/name": "asm-metrics-adapter" } },
    policyTypes: ["Ingress"],
    ingress: [
      { ports: [{ port: 6443, protocol: "TCP" }] },
      { from: [{ namespaceSelector: {} }], ports: [{ port: 7979, protocol: "TCP" }] },
    ],
  });
});

test("a missing bundle, before anything is registered", () =>
  withoutBundle(async () => {
    const stack = await recordStack(() =>
      expect(() => new MetricsAdapter("metrics", { prometheus })).toThrow("ASM_BUNDLE_MISSING"),
    );
    expect(stack).toEqual([]);
  }));

test("every child goes to the provider that the component was given", async () => {
  const stack = await recordStack(() => {
    const given = new MockProvider("cluster");
    const all = { prometheus, prometheusOperator: true, grafanaDashboard: true };
    new MetricsAdapter("metrics", all, { providers: { kubernetes: given } });
  });
  const children = stack.filter(({ parent }) => parent === "metrics");
  expect(children).toHaveLength(18);
  for (const child of children)
    expect([child.name, child.provider]).toEqual([child.name, expect.stringContaining("cluster")]);
});

/** A resource by its name. */
function named(stack: RecordedStack, name: string): RecordedResource {
  const found = stack.find((resource) => resource.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

const base64 = (text: string) => Buffer.from(text).toString("base64");

/** What was sent, each value that Pulumi marks as a secret taken out. */
function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value);
  const marked = fields.some(([key, mark]) => key === SIGNATURE && mark === SECRET);
  return marked ? "[secret]" : Object.fromEntries(fields.map(([key, inner]) => [key, withoutSecrets(inner)]));
}

/** How Pulumi marks a secret value on its way to the engine. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

class MockProvider extends pulumi.ProviderResource {
  constructor(name: string) {
    super("kubernetes", name);
  }
}
