import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { inputErrorsOf } from "../../testing/inputErrorsOf";
import { recordCloud } from "../../testing/recordCloud";
import { CLUSTER, flannel, POOL, recordCluster, terway, withElastic } from "../../testing/recordCloudCluster";
import { only } from "../../testing/recordStack";
import { settled } from "../validation/inputs";
import { AckCluster, type AckClusterAddonArgs, type AckClusterArgs, type AckClusterNodePoolArgs } from ".";
import { validateCluster } from "./validate";

const refused = (args: AckClusterArgs) => inputErrorsOf(() => new AckCluster("ack", args));
const pool = { instanceTypes: ["ecs.g7.xlarge"], desiredSize: 2 };

test("arguments that suffice", () => {
  for (const args of [terway, flannel, withElastic]) expect(() => validateCluster("ack", args)).not.toThrow();
});

test("all errors at once, each with its path, before anything is registered", async () => {
  const { stack } = await recordCloud(() =>
    expect(
      refused({
        vswitchIds: [],
        podVswitchIds: ["vsw-pod"],
        podCidr: "172.21.8.0/22",
        serviceCidr: "172.21.0.0/20",
        clusterName: "no name",
        clusterSpec: Object("ack.pro.huge"),
        nodePools: { "Not a name": { ...pool, systemDiskSize: 10 }, none: { instanceTypes: [] } },
        nodeAutoscaler: { scanIntervalSeconds: 0, scaleDownDelayMinutes: 0.5, utilizationThreshold: 50 },
        temporaryMinutes: 10,
      }),
    ).toEqual([
      ["clusterSpec", "ASM_CHOICE_UNKNOWN"],
      ["clusterName", "ASM_CLOUD_NAME_INVALID"],
      ["vswitchIds", "ASM_SWITCH_COUNT"],
      ["podVswitchIds", "ASM_POD_NETWORK_KIND"],
      ["podCidr", "ASM_CIDR_OVERLAP"],
      ['nodePools["Not a name"]', "ASM_NAME_INVALID"],
      ['nodePools["Not a name"].systemDiskSize', "ASM_COUNT_INVALID"],
      ["nodePools.none.instanceTypes", "ASM_ARGUMENT_MISSING"],
      ["nodePools.none", "ASM_NODE_POOL_KIND"],
      ["nodeAutoscaler.scanIntervalSeconds", "ASM_COUNT_INVALID"],
      ["nodeAutoscaler.scaleDownDelayMinutes", "ASM_COUNT_INVALID"],
      ["nodeAutoscaler.utilizationThreshold", "ASM_THRESHOLD_INVALID"],
      ["nodeAutoscaler", "ASM_ARGUMENT_MISPLACED"],
      ["temporaryMinutes", "ASM_COUNT_INVALID"],
      ["temporaryMinutes", "ASM_ARGUMENT_MISPLACED"],
    ]),
  );
  expect(stack).toEqual([]);
});

test("nothing at all", () => {
  expect(refused({})).toEqual([
    ["vswitchIds", "ASM_ARGUMENT_MISSING"],
    ["podVswitchIds", "ASM_POD_NETWORK_KIND"],
    ["nodePools", "ASM_NODES_NONE"],
  ]);
});

test.each<[string, AckClusterAddonArgs[] | undefined, AckClusterArgs]>([
  ["another network", [{ name: "flannel" }], terway],
  ["an older Terway beside the new one", [{ name: "terway" }], terway],
  ["another network", [{ name: "csi-plugin" }, { name: "terway-eniip" }], flannel],
  ["its own network, but turned off", [{ name: "flannel", disabled: true }], flannel],
])("an addon that is %s", (_what, addons = [], args) => {
  expect(refused({ ...args, addons })).toEqual([[`addons[${addons.length - 1}]`, "ASM_CNI_CONTRADICTED"]]);
});

test("the addon of the network itself, with a configuration, takes the place of the stock one", async () => {
  const network = { name: "terway-eniip", config: "{}" };
  const { inputs } = only((await recordCluster({ ...terway, addons: [network] })).stack, CLUSTER);
  expect(JSON.stringify(inputs["addons"]).match(/terway/g)).toHaveLength(1);
  expect(inputs["addons"]).toContainEqual(network);
});

test.each<[AckClusterNodePoolArgs, string, string]>([
  [{ ...pool, maxSize: 3 }, "", "ASM_NODE_POOL_KIND"],
  [{ instanceTypes: ["x"], minSize: 1 }, "", "ASM_NODE_POOL_KIND"],
  [{ instanceTypes: ["x"], minSize: 3, maxSize: 2 }, ".minSize", "ASM_NODE_POOL_CROSSED"],
  [{ ...pool, desiredSize: 2001 }, ".desiredSize", "ASM_COUNT_INVALID"],
  [{ ...pool, desiredSize: 1.5 }, ".desiredSize", "ASM_COUNT_INVALID"],
])("the node pool %j", (wrong, path, code) => {
  expect(refused({ ...terway, nodePools: { pool: wrong } })).toEqual([[`nodePools.pool${path}`, code]]);
});

test.each<[Partial<AckClusterNodePoolArgs>, string, string]>([
  [{ spotStrategy: "SpotWithPriceLimit" }, "spotPriceLimits", "ASM_ARGUMENT_MISSING"],
  [{ spotPriceLimits: [{ instanceType: "x", priceLimit: "1" }] }, "spotPriceLimits", "ASM_ARGUMENT_MISPLACED"],
  [
    { spotStrategy: "SpotWithPriceLimit", spotPriceLimits: [{ instanceType: "x", priceLimit: "1" }] },
    "spotPriceLimits[0].instanceType",
    "ASM_ARGUMENT_MISPLACED",
  ],
  [
    { spotStrategy: "SpotWithPriceLimit", spotPriceLimits: [{ instanceType: "ecs.g7.xlarge", priceLimit: "free" }] },
    "spotPriceLimits[0].priceLimit",
    "ASM_NUMBER_INVALID",
  ],
  [{ spotStrategy: Object("Spot") }, "spotStrategy", "ASM_CHOICE_UNKNOWN"],
  [{ scalingType: "gpu" }, "scalingType", "ASM_ARGUMENT_MISPLACED"],
  [{ imageType: "AliyunLinux3Arm64" }, "imageType", "ASM_NODE_IMAGE"],
  [{ imageType: "AliyunLinux3", instanceTypes: ["ecs.g8y.large"] }, "imageType", "ASM_NODE_IMAGE"],
  [{ taints: [{ key: Object(null) }] }, "taints[0].key", "ASM_ARGUMENT_TYPE"],
  [{ taints: [Object({})] }, "taints[0].key", "ASM_ARGUMENT_MISSING"],
  [{ taints: [{ key: "a" }, { key: "a", effect: "NoSchedule" }] }, "taints[1]", "ASM_TAINT_TWICE"],
  [{ taints: [{ key: "a", effect: Object("Evict") }] }, "taints[0].effect", "ASM_CHOICE_UNKNOWN"],
  [{ dataDisks: [{ size: 10 }] }, "dataDisks[0].size", "ASM_COUNT_INVALID"],
  [
    { dataDisks: [{ category: "cloud_auto", performanceLevel: "PL1" }] },
    "dataDisks[0].performanceLevel",
    "ASM_ARGUMENT_MISPLACED",
  ],
  [{ dataDisks: Array(17).fill({}) }, "dataDisks", "ASM_COUNT_INVALID"],
  [{ systemDiskPerformanceLevel: Object("PL4") }, "systemDiskPerformanceLevel", "ASM_CHOICE_UNKNOWN"],
  [{ management: { maxUnavailable: 0 } }, "management.maxUnavailable", "ASM_COUNT_INVALID"],
  [{ vswitchIds: [] }, "vswitchIds", "ASM_ARGUMENT_MISSING"],
  [{ securityGroupIds: [] }, "securityGroupIds", "ASM_ARGUMENT_MISSING"],
  [{ extra: { desiredSize: "3" } }, "extra.desiredSize", "ASM_EXTRA_RESERVED"],
  [{ extra: Object({ colour: "red" }) }, "extra.colour", "ASM_ARGUMENT_UNKNOWN"],
])("the nodes %j", (wrong, path, code) => {
  expect(refused({ ...terway, nodePools: { pool: { ...pool, ...wrong } } })).toEqual([
    [`nodePools.pool.${path}`, code],
  ]);
});

test("a price limit and a taint that come late are judged late", () => {
  const late = pulumi.output("x");
  const nodePools = {
    late: {
      ...pool,
      ...{ spotStrategy: "SpotWithPriceLimit" as const, spotPriceLimits: [{ instanceType: late, priceLimit: late }] },
      taints: [{ key: late }, { key: "a", effect: pulumi.output("NoSchedule" as const) }, { key: "a" }],
    },
  };
  expect(() => validateCluster("ack", { ...terway, nodePools })).not.toThrow();
});

const window = { maintenanceTime: "2026-01-05T01:00:00+08:00", duration: "3h" };
const upgrade = { clusterAutoUpgrade: { enabled: true, channel: "stable" as const } };

test.each<[Partial<AckClusterArgs>, string, string]>([
  [{ maintenanceWindow: { duration: "3h" } }, "maintenanceWindow.maintenanceTime", "ASM_ARGUMENT_MISSING"],
  [
    { maintenanceWindow: { maintenanceTime: window.maintenanceTime } },
    "maintenanceWindow.duration",
    "ASM_ARGUMENT_MISSING",
  ],
  [
    { maintenanceWindow: { ...window, maintenanceTime: "01:00:00Z" } },
    "maintenanceWindow.maintenanceTime",
    "ASM_MAINTENANCE_INVALID",
  ],
  [{ maintenanceWindow: { ...window, duration: "25h" } }, "maintenanceWindow.duration", "ASM_MAINTENANCE_INVALID"],
  [
    { maintenanceWindow: { ...window, weeklyPeriod: "Monday, Friday" } },
    "maintenanceWindow.weeklyPeriod",
    "ASM_MAINTENANCE_INVALID",
  ],
  [{ operationPolicy: upgrade }, "operationPolicy.clusterAutoUpgrade", "ASM_ARGUMENT_MISPLACED"],
  [
    { maintenanceWindow: window, operationPolicy: { clusterAutoUpgrade: { enabled: true } } },
    "operationPolicy.clusterAutoUpgrade.channel",
    "ASM_ARGUMENT_MISSING",
  ],
  [
    { maintenanceWindow: window, operationPolicy: upgrade, kubernetesVersion: "1.34.1-aliyun.1" },
    "kubernetesVersion",
    "ASM_ARGUMENT_MISPLACED",
  ],
  [{ controlPlaneLogTtl: "30" }, "controlPlaneLogTtl", "ASM_ARGUMENT_MISPLACED"],
  [{ controlPlaneLogProject: "logs" }, "controlPlaneLogProject", "ASM_ARGUMENT_MISPLACED"],
  [{ controlPlaneLogs: ["kcm"], controlPlaneLogTtl: "0" }, "controlPlaneLogTtl", "ASM_COUNT_INVALID"],
  [{ disableEncryption: false }, "encryptionProviderKey", "ASM_ARGUMENT_MISSING"],
  [{ disableEncryption: true, encryptionProviderKey: "k" }, "encryptionProviderKey", "ASM_ARGUMENT_MISPLACED"],
  [{ managedAddons: { coredns: { config: "[]" } } }, "managedAddons.coredns.config", "ASM_ADDON_CONFIG"],
  [{ managedAddons: { coredns: { config: "{" } } }, "managedAddons.coredns.config", "ASM_ADDON_CONFIG"],
  [{ managedAddons: { flannel: {} } }, "managedAddons.flannel", "ASM_CNI_CONTRADICTED"],
  [{ clusterSpec: "Standard", encryptionProviderKey: "k" }, "encryptionProviderKey", "ASM_ARGUMENT_MISPLACED"],
  [
    { clusterSpec: "Standard", managedAddons: { "kube-apiserver": {} } },
    'managedAddons["kube-apiserver"]',
    "ASM_ARGUMENT_MISPLACED",
  ],
])("the operations %j", (wrong, path, code) => {
  expect(refused({ ...terway, ...wrong })).toEqual([[path, code]]);
});

test("a window that is off, and upgrades that are off, need nothing more", () => {
  const off = { maintenanceWindow: { enable: false }, operationPolicy: { clusterAutoUpgrade: { enabled: false } } };
  expect(refused({ ...terway, ...off })).toEqual([]);
});

test("a control plane of the spec Standard has no managed pools", () => {
  const nodePools = { pool: { ...pool, management: { autoRepair: true } } };
  expect(refused({ ...terway, clusterSpec: "Standard", nodePools })).toEqual([
    ["nodePools.pool.management", "ASM_ARGUMENT_MISPLACED"],
  ]);
  expect(() => validateCluster("ack", { ...terway, nodePools })).not.toThrow();
});

test("no pool keeps a node", () => {
  const empty = { ...pool, desiredSize: 0 };
  const elastic = { instanceTypes: ["x"], maxSize: 3 };
  const refusal = [["nodePools", "ASM_NODES_NONE"]];
  expect(refused({ ...terway, nodePools: { empty, elastic } })).toEqual(refusal);
  expect(() => validateCluster("ack", { ...terway, nodePools: { elastic: { ...elastic, minSize: 1 } } })).not.toThrow();
  const later = { ...pool, desiredSize: pulumi.output(2) };
  expect(() => validateCluster("ack", { ...terway, nodePools: { later } })).not.toThrow();
});

test("an existing cluster and what it contradicts", () => {
  const existing = { clusterId: "c-1", vpcId: "vpc-1", kubeconfig: "x" };
  const { kubeconfig: _, ...bare } = existing;
  expect(refused({ existing, nodePools: {}, tags: {} })).toEqual([
    ["nodePools", "ASM_EXISTING_CONTRADICTED"],
    ["tags", "ASM_EXISTING_CONTRADICTED"],
  ]);
  expect(refused({ existing, credentials: "Temporary" })).toEqual([["credentials", "ASM_ARGUMENT_MISPLACED"]]);
  for (const credentials of ["Exec", "Certificate"] as const) {
    expect(refused({ existing: bare, credentials })).toEqual([["existing.kubeconfig", "ASM_ARGUMENT_MISSING"]]);
  }
  expect(refused({ existing: Object({ kubeconfig: "x" }) })).toEqual([
    ["existing.clusterId", "ASM_ARGUMENT_MISSING"],
    ["existing.vpcId", "ASM_ARGUMENT_MISSING"],
  ]);
});

test("what decides which resources there are must be known", () => {
  const late = (value: unknown) => Object(pulumi.output(value));
  expect(
    refused({
      ...terway,
      nodePools: late({ pool }),
      nodeAutoscaler: late({}),
      credentials: late("Exec"),
    }),
  ).toEqual([
    ["nodePools", "ASM_ARGUMENT_LATE"],
    ["nodeAutoscaler", "ASM_ARGUMENT_LATE"],
    ["credentials", "ASM_ARGUMENT_LATE"],
  ]);
  expect(refused({ ...terway, nodePools: { pool, other: late(pool) } })).toEqual([
    ["nodePools.other", "ASM_ARGUMENT_LATE"],
  ]);
  expect(refused({ ...terway, credentials: Object("exec") })).toEqual([["credentials", "ASM_CHOICE_UNKNOWN"]]);
});

test.each<[string, Partial<AckClusterArgs>, RegExp]>([
  ["a network without switches of pods", { podVswitchIds: pulumi.output([]) }, /podVswitchIds: ASM_POD_NETWORK_KIND/],
  [
    "an addon of another network",
    { addons: pulumi.output([{ name: "flannel" }]) },
    /addons\[0\]: ASM_CNI_CONTRADICTED/,
  ],
])("what comes from another resource is judged when it is known, such as %s", async (_what, changed, expected) => {
  const args: AckClusterArgs = { ...terway, ...changed };
  expect(() => validateCluster("ack", args)).not.toThrow();
  const late = settled(args, (known) => validateCluster("ack", known)).apply(() => "nothing");
  const said = await new Promise((resolve) => {
    pulumi.recover(late, (error) => error.message).apply(resolve);
  });
  expect(said).toMatch(expected);
});

test("while it is unknown, all that a change of which replaces something is known", async () => {
  const unknown = pulumi.output(pulumi.unknown).apply(String);
  const { stack } = await recordCluster({ ...terway, podVswitchIds: [unknown] }, true);
  const { inputs } = only(stack, CLUSTER);
  expect(inputs).toMatchObject({ name: "ack", serviceCidr: "172.21.0.0/20" });
  expect(inputs["vswitchIds"]).not.toEqual(["vsw-node"]);
  const nodePools = { pool: { ...pool, keyName: unknown } };
  const waiting = only((await recordCluster({ ...terway, nodePools }, true)).stack, POOL).inputs;
  expect(waiting).toMatchObject({ nodePoolName: "pool", vswitchIds: ["vsw-node"], desiredSize: "2" });
  expect(waiting["instanceTypes"]).not.toEqual(["ecs.g7.xlarge"]);
});
