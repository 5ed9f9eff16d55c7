import { describe, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { inClear, recordMesh } from "../../testing/recordMesh";
import { only, tree } from "../../testing/recordStack";
import type { PrometheusEndpoint } from "../prometheus/endpoint";
import { ManagedPrometheus, type ManagedPrometheusArgs } from ".";

const ADDON = "alicloud:cs/kubernetesAddon:KubernetesAddon";
const POD_MONITOR = "kubernetes:monitoring.coreos.com/v1:PodMonitor";
const WORKSPACE = "alicloud:arms/grafanaWorkspace:GrafanaWorkspace";
const url = "http://cn-hangzhou-intranet.arms.aliyuncs.com:9090/api/v1/prometheus/capability/1/c-1/cn-hangzhou";
const everything = { installAddon: true, scrapeEnvoy: true, grafana: true, clusterId: "c-1" };

/** What `getPrometheus` answers about one instance. */
const instance = (fields: object) => ({
  prometheis: [{ httpApiInterUrl: "", httpApiIntraUrl: url, authToken: "", ...fields }],
});

/** Runs a ManagedPrometheus called `arms`, and keeps the endpoint that it gives. */
async function record(args: ManagedPrometheusArgs, options: Parameters<typeof recordMesh>[1] = {}) {
  let kept: { endpoint: unknown; isSecret: Promise<boolean> } | undefined;
  const recording = await recordMesh(() => {
    const { endpoint } = new ManagedPrometheus("arms", args);
    const settledEndpoint: { endpoint: unknown; isSecret: Promise<boolean> } = {
      endpoint: undefined,
      isSecret: pulumi.isSecret(endpoint),
    };
    endpoint.apply((value) => {
      settledEndpoint.endpoint = value;
    });
    kept = settledEndpoint;
  }, options);
  return { ...recording, endpoint: kept?.endpoint, isSecret: await kept?.isSecret };
}

// Guards names and parents.
describe.each([false, true])("the tree, with nothing asked of a cloud (preview %s)", (preview) => {
  test("of an instance that is there", async () => {
    const { stack, calls, endpoint, isSecret } = await record({ url }, { preview });
    expect(tree(stack)).toEqual(["arms: asm-autoscaler:index:ManagedPrometheus"]);
    expect(calls).toEqual([]);
    expect(endpoint).toEqual({ url });
    expect(isSecret).toBe(true);
  });

  test("with all that can be made", async () => {
    const { stack, calls } = await record({ ...everything, url }, { preview });
    expect(tree(stack)).toEqual([
      "arms-addon: alicloud:cs/kubernetesAddon:KubernetesAddon < arms",
      "arms-grafana: alicloud:arms/grafanaWorkspace:GrafanaWorkspace < arms",
      "arms-pod-monitor: kubernetes:monitoring.coreos.com/v1:PodMonitor < arms",
      "arms: asm-autoscaler:index:ManagedPrometheus",
    ]);
    expect(calls).toEqual([]);
  });
});

test("the add-on has its name, which the SDK would make up", async () => {
  const { stack } = await record({ ...everything, url });
  expect(only(stack, ADDON).inputs).toEqual({ clusterId: "c-1", name: "arms-prometheus" });
});

test("of a pod only Envoy's own port is scraped and only istio_* is kept, once the add-on knows the kind", async () => {
  const { stack } = await record({ ...everything, url });
  const monitor = only(stack, POD_MONITOR);
  expect(monitor.dependsOn).toContain("arms-addon");
  expect(monitor.inputs).toEqual({
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PodMonitor",
    metadata: {
      name: "envoy-stats",
      namespace: "arms-prom",
      annotations: { "arms.prometheus.io/discovery": "true" },
    },
    spec: {
      namespaceSelector: { any: true },
      selector: {},
      podMetricsEndpoints: [
        {
          port: "http-envoy-prom",
          path: "/stats/prometheus",
          interval: "15s",
          metricRelabelings: [{ sourceLabels: ["__name__"], regex: "istio_.*", action: "keep" }],
        },
      ],
    },
  });
});

test("the Grafana workspace says what would replace it and ignores what is never applied", async () => {
  const { stack, secretOutputs } = await record({ url, grafana: true, grafanaPassword: "Correct-horse-1" });
  const workspace = only(stack, WORKSPACE);
  expect(workspace.inputs).toMatchObject({
    grafanaWorkspaceName: "arms",
    grafanaWorkspaceEdition: "personal_edition",
    grafanaVersion: "10.0.x",
  });
  expect(workspace.ignoreChanges).toEqual(["grafanaVersion", "password"]);
  expect(secretOutputs.get("arms-grafana")).toEqual(["password"]);
});

test.each<[string, ManagedPrometheusArgs, string[]]>([
  ["V1", { url, authorization: "token-of-v1" }, ["capability", "token-of-v1"]],
  [
    "V2",
    { url, basicAuth: { username: "access-key", password: "its-secret" } },
    ["capability", "access-key", "its-secret"],
  ],
  ["Grafana", { url, grafana: true, grafanaPassword: "Correct-horse-1" }, ["capability", "Correct-horse-1"]],
])("nothing that lets somebody in is anywhere in clear: %s", async (_, args, secrets) => {
  const { stack, isSecret } = await record(args);
  for (const secret of secrets) {
    expect([secret, stack.filter(({ sent }) => sent.includes(secret)).length]).not.toEqual([secret, 0]);
    expect([secret, stack.filter(({ sent }) => inClear(sent).includes(secret))]).toEqual([secret, []]);
  }
  expect(isSecret).toBe(true);
});

describe("an endpoint that is looked up", () => {
  const lookUp = { clusterId: "c-1", lookUp: true };

  test.each<[string, ManagedPrometheusArgs, object, PrometheusEndpoint]>([
    ["that asks for nothing", lookUp, {}, { url }],
    ["with a token", lookUp, { authToken: "t" }, { url, authorization: "t" }],
    ["with a dialect", { ...lookUp, dialect: "Server" }, {}, { url, dialect: "Server" }],
    ["with another token", { ...lookUp, authorization: "mine" }, { authToken: "t" }, { url, authorization: "mine" }],
    [
      "of V2",
      { ...lookUp, basicAuth: { username: "u", password: "p" } },
      { authToken: "t" },
      { url, basicAuth: { username: "u", password: "p" } },
    ],
    [
      "in public",
      { ...lookUp, publicUrl: true },
      { httpApiInterUrl: "https://public.example" },
      { url: "https://public.example" },
    ],
  ])("%s", async (_, args, fields, endpoint) => {
    const found = await record(args, { answer: instance(fields) });
    expect(found.calls.map(({ token, args: asked }) => [token, asked])).toEqual([
      ["alicloud:arms/getPrometheus:getPrometheus", { enableDetails: true, ids: ["c-1"] }],
    ]);
    expect(found.endpoint).toEqual(endpoint);
    expect(found.isSecret).toBe(true);
  });

  test("asks nothing while the cluster is not there", async () => {
    const clusterId = pulumi.output(pulumi.unknown).apply(String);
    const { calls, endpoint } = await record({ lookUp: true, clusterId }, { preview: true, answer: instance({}) });
    expect(calls).toEqual([]);
    expect(endpoint).toBeUndefined();
  });

  test("asks the provider that the component was given", async () => {
    const { calls, stack } = await recordMesh(
      () => {
        const alicloud = new MockProvider("alicloud", "hangzhou");
        const kubernetes = new MockProvider("kubernetes", "cluster");
        new ManagedPrometheus("arms", { ...everything, lookUp: true }, { providers: { alicloud, kubernetes } });
      },
      { answer: instance({}) },
    );
    expect(calls.map(({ provider }) => provider)).toEqual([expect.stringContaining("hangzhou")]);
    const children = stack.filter(({ parent }) => parent === "arms");
    expect(children).toHaveLength(3);
    for (const { name, type, provider } of children) {
      expect([name, provider]).toEqual([
        name,
        expect.stringContaining(type.startsWith("alicloud:") ? "hangzhou" : "cluster"),
      ]);
    }
  });
});

class MockProvider extends pulumi.ProviderResource {
  constructor(kind: string, name: string) {
    super(kind, name);
  }
}
