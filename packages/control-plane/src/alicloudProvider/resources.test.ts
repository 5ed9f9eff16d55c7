import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { openCloud } from "./cloud.ts";
import { clusterAccess } from "./clusterAccess.ts";
import { importedInputs, refreshedInputs } from "./refresh.ts";
import { createResource, deleteResource, previewed, readResource, updateResource, type World } from "./resources.ts";
import { resourceFields } from "./schema.ts";

const vpcType = "alicloud:vpc/network:Network";
const switchType = "alicloud:vpc/switch:Switch";
const clusterType = "alicloud:cs/managedKubernetes:ManagedKubernetes";
const configType = "alicloud:cs/autoscalingConfig:AutoscalingConfig";
const meshType = "alicloud:servicemesh/serviceMesh:ServiceMesh";

let directory: string;
let world: World;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "cloud-"));
  world = { cloud: openCloud(directory), access: clusterAccess(undefined) };
});
afterEach(() => rmSync(directory, { recursive: true }));

describe("the stand-in cloud", () => {
  test("fills in what the program left open, and notes the call", () => {
    const { id, state } = createResource(world, vpcType, { vpcName: "net", __defaults: [] });
    expect(id).toMatch(/^vpc-bp1[0-9a-f]{18}$/);
    expect(state).toMatchObject({ vpcName: "net", cidrBlock: "172.16.0.0/12", status: "Available" });
    expect(state["__defaults"]).toBeUndefined();
    expect(world.cloud.calls()).toEqual([`create ${vpcType} ${id}`]);
    expect(openCloud(directory).get(vpcType, id)?.properties["vpcName"]).toBe("net"); // as after a restart
  });

  test("reads back what Read sets, and keeps the rest of the state", () => {
    const inputs = { name: "ack", vswitchIds: ["v"], podVswitchIds: ["p"], nodeCidrMask: 24 };
    const { id } = createResource(world, clusterType, inputs);
    const read = readResource(world, clusterType, id, { ...inputs, podVswitchIds: ["changed"], timezone: "UTC" });
    expect(read).toMatchObject({ podVswitchIds: ["changed"], timezone: "Asia/Shanghai", podCidr: "172.20.0.0/16" });
    world.cloud.remove(clusterType, id);
    expect(readResource(world, clusterType, id, inputs)).toBeUndefined();
  });

  test("gives the access of a real API server to its clusters", () => {
    const kubeconfig = {
      clusters: [{ cluster: { server: "https://127.9.0.2:6443", "certificate-authority-data": "Y2E=" } }],
      users: [{ user: { "client-certificate-data": "Y3J0", "client-key-data": "a2V5" } }],
    };
    const real = { ...world, access: clusterAccess(JSON.stringify(kubeconfig)) };
    const { state } = createResource(real, clusterType, { vswitchIds: ["v"] });
    expect(state["connections"]).toMatchObject({ apiServerInternet: "https://127.9.0.2:6443" });
    expect(state["certificateAuthority"]).toEqual({ clusterCert: "Y2E=", clientCert: "Y3J0", clientKey: "a2V5" });
    const hidden = createResource(real, clusterType, { vswitchIds: ["v"], slbInternetEnabled: false });
    expect(hidden.state["connections"]).toMatchObject({ apiServerInternet: "", apiServerIntranet: expect.any(String) });
  });

  test("takes over a mesh's prometheusUrl only along with another feature", () => {
    const old = { network: { vpcId: "v", vswitcheList: "w" }, meshConfig: { tracing: false } };
    const { id } = createResource(world, meshType, old);
    const url = { prometheusUrl: "https://example.com" };
    updateResource(world, meshType, id, old, { ...old, ...url });
    expect(world.cloud.get(meshType, id)?.properties["prometheusUrl"]).toBeUndefined();
    updateResource(world, meshType, id, old, { ...old, ...url, meshConfig: { tracing: true } });
    expect(world.cloud.get(meshType, id)?.properties["prometheusUrl"]).toBe("https://example.com");
  });
});

describe("a removal", () => {
  test("is refused while something is in use", () => {
    const vpc = createResource(world, vpcType, {});
    const vswitch = createResource(world, switchType, { vpcId: vpc.id });
    expect(() => deleteResource(world, vpcType, vpc.id)).toThrow(`${vpc.id} is in use by ${switchType} ${vswitch.id}`);
    deleteResource(world, switchType, vswitch.id);
    deleteResource(world, vpcType, vpc.id);
    expect(world.cloud.objects()).toEqual([]);
  });

  test("is refused of a protected cluster", () => {
    const { id } = createResource(world, clusterType, { deletionProtection: true });
    expect(() => deleteResource(world, clusterType, id)).toThrow("DeletionProtection");
    updateResource(world, clusterType, id, {}, { deletionProtection: false });
    deleteResource(world, clusterType, id);
  });

  test("tells a configuration from its cluster, though they have one id", () => {
    const cluster = createResource(world, clusterType, {});
    const config = createResource(world, configType, { clusterId: cluster.id });
    expect(config.id).toBe(cluster.id);
    expect(() => deleteResource(world, clusterType, cluster.id)).toThrow(configType);
    deleteResource(world, configType, config.id);
    deleteResource(world, clusterType, cluster.id);
  });
});

test("a preview says that what the provider gives is unknown, and what the program gives is known", () => {
  const state = previewed(resourceFields(vpcType), { vpcName: "net" });
  expect(state["vpcName"]).toBe("net");
  expect(state["routeTableId"]).toMatch(/^04da6b54/);
  expect(state["description"]).toBeUndefined();
});

test("a refresh keeps the places of the inputs, with their present values", () => {
  const inputs = { a: "1", list: ["x", "y"], block: { b: "1", __defaults: [] }, gone: "1", d: 1, __defaults: ["d"] };
  const state = { a: "2", list: ["z"], block: { b: "2", c: "3" }, other: "4", d: 1 };
  expect(refreshedInputs(inputs, state)).toEqual({
    a: "2",
    list: ["z"],
    block: { b: "2", __defaults: [] },
    d: 1,
    __defaults: ["d"],
  });
  expect(refreshedInputs(inputs, { ...state, d: 2 })["__defaults"]).toEqual([]);
});

test("an import gives what a program could have given", () => {
  const { state } = createResource(world, vpcType, { vpcName: "net", cidrBlock: "10.0.0.0/8" });
  const inputs = importedInputs(resourceFields(vpcType), state);
  expect(inputs).toMatchObject({ vpcName: "net", cidrBlock: "10.0.0.0/8" });
  expect(inputs["status"]).toBeUndefined();
  expect(inputs["description"]).toBeUndefined();
});
