import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { inClear, recordMesh } from "../../testing/recordMesh";
import { only, tree } from "../../testing/recordStack";
import { AsmInstance, type AsmInstanceArgs, AsmInstanceEdition } from ".";

const MESH = "alicloud:servicemesh/serviceMesh:ServiceMesh";
const enough = { vpcId: "vpc-1", vswitchId: "vsw-1", clusterId: "c-1" };

const record = (args: AsmInstanceArgs, preview = false) =>
  recordMesh(() => void new AsmInstance("asm", args), { preview });
const meshOf = async (args: AsmInstanceArgs) => only((await record(args)).stack, MESH);

// Guards names and parents: a change of either replaces the mesh of everyone who upgrades.
test.each([false, true])("the tree, and nothing asked of a cloud (preview %s)", async (preview) => {
  const { stack, calls } = await record(enough, preview);
  expect(tree(stack)).toEqual([
    "asm-mesh: alicloud:servicemesh/serviceMesh:ServiceMesh < asm",
    "asm: asm-autoscaler:index:AsmInstance",
  ]);
  expect(calls).toEqual([]);
});

test("what replaces the mesh when it is left out, or never reaches ASM, is always sent", async () => {
  expect((await meshOf(enough)).inputs).toEqual({
    serviceMeshName: "asm",
    network: { vpcId: "vpc-1", vswitcheList: "vsw-1" },
    edition: "Pro",
    clusterSpec: "enterprise",
    clusterIds: ["c-1"],
    loadBalancer: { apiServerPublicEip: false },
    extraConfiguration: { crAggregationEnabled: true },
    meshConfig: {
      outboundTrafficPolicy: "ALLOW_ANY",
      enableLocalityLb: false,
      sidecarInjector: { enableNamespacesByDefault: false, autoInjectionPolicyEnabled: true },
    },
    force: false,
  });
});

test("a mesh is neither deleted nor replaced without being asked for", async () => {
  expect(await meshOf(enough)).toMatchObject({ protect: true, inputs: { force: false } });
  expect(await meshOf({ ...enough, deletionProtection: false })).toMatchObject({
    protect: false,
    inputs: { force: true },
  });
});

test("every argument arrives", async () => {
  const mesh = await meshOf({
    ...enough,
    meshName: "shop",
    edition: AsmInstanceEdition.Ultimate,
    istioVersion: "v1.22.6.71-g7d67a80b-aliyun",
    sidecarInjection: { allNamespaces: true, allPods: false },
    prometheusUrl: "http://prometheus.istio-system.svc:9090",
    publicEndpoint: true,
    tags: { team: "shop" },
  });
  expect(mesh.inputs).toMatchObject({
    serviceMeshName: "shop",
    clusterSpec: "ultimate",
    version: "v1.22.6.71-g7d67a80b-aliyun",
    loadBalancer: { apiServerPublicEip: true },
    meshConfig: { sidecarInjector: { enableNamespacesByDefault: true, autoInjectionPolicyEnabled: false } },
    customizedPrometheus: true,
    tags: { team: "shop" },
  });
  expect(mesh.sent).toContain("http://prometheus.istio-system.svc:9090");
});

test.each([
  [AsmInstanceEdition.Standard, "Default", "standard"],
  [AsmInstanceEdition.Enterprise, "Pro", "enterprise"],
  [AsmInstanceEdition.Ultimate, "Pro", "ultimate"],
] as const)("the edition %s is %s with the size %s", async (edition, sent, clusterSpec) => {
  expect((await meshOf({ ...enough, edition })).inputs).toMatchObject({ edition: sent, clusterSpec });
});

test("what ASM fills in is ignored, and what an argument decides is not", async () => {
  const { ignoreChanges } = await meshOf(enough);
  const ignored = (path: string) => ignoreChanges.some((own) => path === own || path.startsWith(`${own}.`));
  // Read back without being sent, they would replace the mesh …
  expect(["meshConfig.enableLocalityLb", "meshConfig.proxy.clusterDomain"].filter(ignored)).toHaveLength(2);
  // … have ASM "upgraded" to no version …
  expect(ignored("version")).toBe(true);
  // … or show as removed for ever.
  expect(
    ["meshConfig.kiali.enabled", "meshConfig.pilot.traceSampling", "meshConfig.telemetry"].filter(ignored),
  ).toHaveLength(3);
  const decided = [
    "network.vpcId",
    "edition",
    "clusterSpec",
    "clusterIds",
    "meshConfig.sidecarInjector.enableNamespacesByDefault",
    "meshConfig.sidecarInjector.autoInjectionPolicyEnabled",
    "loadBalancer.apiServerPublicEip",
    "prometheusUrl",
    "extraConfiguration",
  ];
  expect(decided.filter(ignored)).toEqual([]);
});

test("what an argument says of the logs is no longer ignored, and what it leaves to ASM is", async () => {
  const logs = {
    accessLog: { enabled: true, sidecarEnabled: true },
    controlPlaneLog: { enabled: true },
    audit: { enabled: true },
    telemetry: true,
  };
  const { inputs, ignoreChanges } = await meshOf({ ...enough, ...logs });
  expect(inputs).toMatchObject({ meshConfig: logs });
  const parts = ignoreChanges.filter((path) => /accessLog|controlPlaneLog|audit|telemetry/.test(path));
  expect(parts).toEqual([
    "meshConfig.accessLog.project",
    "meshConfig.accessLog.gatewayEnabled",
    "meshConfig.controlPlaneLog.project",
  ]);
});

test("several clusters are refused with the argument that there is", () => {
  const clusterIds = Object({ ...enough, clusterIds: ["c-1", "c-2"] });
  expect(() => new AsmInstance("asm", clusterIds)).toThrow(
    /clusterIds: ASM_ARGUMENT_UNKNOWN: .*did you mean clusterId\?/,
  );
});

test("a version that is stated is not ignored, so that a later one upgrades", async () => {
  const { ignoreChanges } = await meshOf({ ...enough, istioVersion: "v1.22.6.71-g7d67a80b-aliyun" });
  expect(ignoreChanges).not.toContain("version");
});

test("ASM has half an hour", async () => {
  const { timeouts } = await record(enough);
  expect(timeouts.get("asm-mesh")).toBe("30m 30m 30m");
});

test("an existing mesh is passed on, and nothing is created", async () => {
  let meshId: unknown;
  const { stack, calls } = await recordMesh(() => {
    new AsmInstance("asm", { existing: { meshId: "m-1" } }).meshId.apply((id) => {
      meshId = id;
    });
  });
  expect(tree(stack)).toEqual(["asm: asm-autoscaler:index:AsmInstance"]);
  expect(meshId).toBe("m-1");
  expect(calls).toEqual([]);
});

test("neither the URL of a managed Prometheus nor a kubeconfig is anywhere in clear", async () => {
  let secrets: Promise<boolean[]> | undefined;
  const { stack, secretOutputs } = await recordMesh(() => {
    const mesh = new AsmInstance("asm", { ...enough, prometheusUrl: "http://arms.example/capability" });
    secrets = Promise.all([mesh.kubeconfig, mesh.meshId].map(pulumi.isSecret));
  });
  expect(stack.filter(({ sent }) => sent.includes("capability"))).toHaveLength(2);
  expect(stack.filter(({ sent }) => inClear(sent).includes("capability"))).toEqual([]);
  // What is no secret stays readable in a preview.
  expect(inClear(only(stack, MESH).sent)).toContain('"serviceMeshName":"asm"');
  expect(secretOutputs.get("asm-mesh")).toEqual(["kubeconfig"]);
  expect(await secrets).toEqual([true, false]);
});

test("what is unknown at preview makes nothing else unknown", async () => {
  const clusterId = pulumi.output(pulumi.unknown).apply(String);
  const { stack } = await record({ ...enough, clusterId }, true);
  expect(only(stack, MESH).inputs).toMatchObject({
    network: { vpcId: "vpc-1", vswitcheList: "vsw-1" },
    edition: "Pro",
  });
});

test("the mesh goes to the provider that the component was given", async () => {
  const { stack } = await recordMesh(() => {
    const alicloud = new MockProvider("hangzhou");
    new AsmInstance("asm", enough, { providers: { alicloud } });
  });
  expect(only(stack, MESH).provider).toContain("hangzhou");
});

class MockProvider extends pulumi.ProviderResource {
  constructor(name: string) {
    super("alicloud", name);
  }
}
