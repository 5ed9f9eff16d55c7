import {
  AckCluster,
  type AckClusterArgs,
  AckClusterDataDiskCategory,
  AckClusterDiskPerformanceLevel,
  AckClusterImageType,
  type AckClusterNodePoolArgs,
  AckClusterScalingType,
  AckClusterTaintEffect,
  AckClusterUpgradeChannel,
} from "@asm-autoscaler/asm-autoscaler/cluster";
import { AsmInstance, type AsmInstanceArgs } from "@asm-autoscaler/asm-autoscaler/mesh";
import { MeshNetwork, type MeshNetworkArgs } from "@asm-autoscaler/asm-autoscaler/network";
import { beforeAll, expect, test } from "@jest/globals";
import { type Fields, resourceFields } from "../src/alicloudProvider/schema.ts";
import { type Registered, refusals, registered, steps } from "./cloudSteps.ts";

const poolType = "alicloud:cs/nodePool:NodePool";

const fixed: AckClusterNodePoolArgs = { instanceTypes: ["ecs.g7.xlarge"], desiredSize: 2 };
const elastic: AckClusterNodePoolArgs = { instanceTypes: ["ecs.g7.xlarge"], maxSize: 10 };

const withPool = (pool: AckClusterNodePoolArgs, shared: Partial<AckClusterArgs> = {}): Promise<Registered[]> =>
  registered(() => {
    const system = { instanceTypes: ["ecs.g7.xlarge"], desiredSize: 2 };
    new AckCluster("ack", {
      vswitchIds: ["vsw-1"],
      podCidr: "172.20.0.0/16",
      nodePools: { system, pool },
      ...shared,
    });
  });

const inputsOf = (resources: readonly Registered[], resource = "ack-pool-pool"): object =>
  resources.find(({ name }) => name === resource)?.inputs ?? {};

/** Arguments, the inputs that they make, and the input whose schema says what a later change does. */
type Row = [args: Partial<AckClusterNodePoolArgs>, inputs: object, input: string];

const rows: Row[] = [
  [{ taints: [{ key: "gpu" }] }, { taints: [{ key: "gpu", effect: "NoSchedule" }] }, "taints"],
  [{ labels: { team: "web" } }, { labels: [{ key: "team", value: "web" }] }, "labels"],
  [{ tags: { cost: "web" } }, { tags: { cost: "web" } }, "tags"],
  [{ spotStrategy: "SpotAsPriceGo" }, { spotStrategy: "SpotAsPriceGo" }, "spotStrategy"],
  [
    {
      spotStrategy: "SpotWithPriceLimit",
      spotPriceLimits: [{ instanceType: "ecs.g7.xlarge", priceLimit: "0.25" }],
    },
    {
      spotStrategy: "SpotWithPriceLimit",
      spotPriceLimits: [{ instanceType: "ecs.g7.xlarge", priceLimit: "0.25" }],
    },
    "spotPriceLimits",
  ],
  [{ imageType: "ContainerOS" }, { imageType: "ContainerOS" }, "imageType"],
  [
    { instanceTypes: ["ecs.g8y.xlarge"], imageType: "AliyunLinux3Arm64" },
    { imageType: "AliyunLinux3Arm64" },
    "imageType",
  ],
  [{ systemDiskPerformanceLevel: "PL1" }, { systemDiskPerformanceLevel: "PL1" }, "systemDiskPerformanceLevel"],
  [{ dataDisks: [{}] }, { dataDisks: [{ category: "cloud_essd", size: 120 }] }, "dataDisks"],
  [
    { dataDisks: [{ category: "cloud_auto", size: 200, encrypted: "true", burstingEnabled: true }] },
    { dataDisks: [{ category: "cloud_auto", size: 200, encrypted: "true", burstingEnabled: true }] },
    "dataDisks",
  ],
  [
    { management: { autoRepair: true, autoUpgrade: true, autoUpgradePolicy: { autoUpgradeKubelet: true } } },
    { management: { autoRepair: true, autoUpgrade: true, autoUpgradePolicy: { autoUpgradeKubelet: true } } },
    "management",
  ],
  [{ management: { maxUnavailable: 2 } }, { management: { maxUnavailable: 2 } }, "management"],
  [{ securityGroupIds: ["sg-2"] }, { securityGroupIds: ["sg-2"] }, "securityGroupIds"],
  [{ keyName: "ops" }, { keyName: "ops" }, "keyName"],
  [{ ramRoleName: "nodes" }, { ramRoleName: "nodes" }, "ramRoleName"],
  [{ vswitchIds: ["vsw-2"] }, { vswitchIds: ["vsw-2"] }, "vswitchIds"],
  [{ resourceGroupId: "rg-1" }, { resourceGroupId: "rg-1" }, "resourceGroupId"],
  [{ userData: "ZWNobyBoaQ==" }, { userData: "ZWNobyBoaQ==" }, "userData"],
  [{ extra: { cpuPolicy: "static" } }, { cpuPolicy: "static" }, "cpuPolicy"],
  [{ extra: { deploymentSetId: "ds-1" } }, { deploymentSetId: "ds-1" }, "deploymentSetId"],
  [{ extra: { instancePatterns: [{ instanceFamilyLevel: "EnterpriseLevel" }] } }, {}, "instancePatterns"],
  [{ tags: { a: "1" }, extra: { tags: { b: "2" } } }, { tags: { b: "2" } }, "tags"],
];

let before: readonly Registered[];
beforeAll(async () => {
  before = await withPool(fixed);
});

test.each(rows)("a node pool with %j", async (args, inputs, input) => {
  const after = await withPool({ ...fixed, ...args });
  expect(refusals(after)).toEqual([]);
  expect(inputsOf(after)).toMatchObject(inputs);
  // What the provider's schema says of a change, and that it is a change only once.
  const op = resourceFields(poolType)[input]?.forceNew === true ? "replace" : "update";
  expect(steps(before, after)).toEqual([expect.stringMatching(`^${op} ack-pool-pool:.* ${input}\\b`)]);
  expect(steps(after, after)).toEqual([]);
});

const clusterType = "alicloud:cs/managedKubernetes:ManagedKubernetes";

const withCluster = (args: Partial<AckClusterArgs>): Promise<Registered[]> => withPool(fixed, args);

const daily = { maintenanceTime: "2026-01-05T01:00:00+08:00", duration: "3h", weeklyPeriod: "Monday,Friday" };

const clusterRows: [args: Partial<AckClusterArgs>, inputs: object, input: string][] = [
  [{ resourceGroupId: "rg-1" }, { resourceGroupId: "rg-1" }, "resourceGroupId"],
  [{ tags: { team: "web" } }, { tags: { team: "web" } }, "tags"],
  [{ maintenanceWindow: daily }, { maintenanceWindow: { enable: true, ...daily } }, "maintenanceWindow"],
  [
    {
      maintenanceWindow: daily,
      operationPolicy: { clusterAutoUpgrade: { enabled: true, channel: "stable" } },
    },
    { operationPolicy: { clusterAutoUpgrade: { enabled: true, channel: "stable" } } },
    "operationPolicy",
  ],
  [
    { controlPlaneLogs: ["apiserver", "kcm"], controlPlaneLogTtl: "90", controlPlaneLogProject: "logs" },
    {
      controlPlaneLogComponents: ["apiserver", "kcm"],
      controlPlaneLogTtl: "90",
      controlPlaneLogProject: "logs",
    },
    "controlPlaneLogComponents",
  ],
  [
    { auditLogConfig: { enabled: true, slsProjectName: "audit" } },
    { auditLogConfig: { enabled: true, slsProjectName: "audit" } },
    "auditLogConfig",
  ],
  [
    { encryptionProviderKey: "key-1" },
    { encryptionProviderKey: "key-1", disableEncryption: false },
    "encryptionProviderKey",
  ],
  [{ enableRrsa: true }, { enableRrsa: true }, "enableRrsa"],
  [{ serviceCidr: "172.22.0.0/20" }, { serviceCidr: "172.22.0.0/20" }, "serviceCidr"],
];

test.each(clusterRows)("a cluster with %j", async (args, inputs, input) => {
  const after = await withCluster(args);
  expect(refusals(after)).toEqual([]);
  expect(inputsOf(after, "ack-cluster")).toMatchObject(inputs);
  const op = resourceFields(clusterType)[input]?.forceNew === true ? "replace" : "update";
  expect(steps(before, after)).toContainEqual(expect.stringMatching(`^${op} ack-cluster:.*\\b${input}\\b`));
  expect(steps(after, after)).toEqual([]);
});

test("what is applied when a cluster is created changes nothing later", async () => {
  const later = await withCluster({ publicEndpoint: false, natGateway: false, addons: [{ name: "arms-prometheus" }] });
  expect(inputsOf(later, "ack-cluster")).toMatchObject({ slbInternetEnabled: false, newNatGateway: false });
  expect(steps(before, later)).toEqual([]);
});

test("a managed addon is taken over, and a change of it is made in place", async () => {
  const withAddon = (config: object, version = "v1") =>
    withCluster({ managedAddons: { "kube-controller-manager": { version, config: JSON.stringify(config, null, 2) } } });
  const first = await withAddon({ horizontalPodAutoscalerSyncPeriod: "5s", b: "<1>" });
  const name = "ack-addon-kube-controller-manager";
  expect(steps(before, first)).toEqual([`create ${name}`]);
  expect(refusals(first)).toEqual([]);
  expect(inputsOf(first, name)).toEqual({
    clusterId: "ack-cluster-id",
    name: "kube-controller-manager",
    version: "v1",
    config: String.raw`{"b":"\u003c1\u003e","horizontalPodAutoscalerSyncPeriod":"5s"}`,
  });
  const reordered = await withAddon({ b: "<1>", horizontalPodAutoscalerSyncPeriod: "5s" });
  expect(steps(first, reordered)).toEqual([]);
  expect(steps(first, await withAddon({ b: "2" }))).toEqual([`update ${name}: config`]);
  expect(steps(first, await withAddon({ b: "<1>", horizontalPodAutoscalerSyncPeriod: "5s" }, "v2"))).toEqual([
    `update ${name}: version`,
  ]);
});

const zones = [{ zoneId: "cn-hangzhou-k", nodeCidr: "10.1.0.0/16", podCidr: "10.4.0.0/16" }];
const withNetwork = (args: Partial<MeshNetworkArgs>): Promise<Registered[]> =>
  registered(() => void new MeshNetwork("net", { zones, ...args }));

test.each<[args: Partial<MeshNetworkArgs>, resource: string, inputs: object, found: string[]]>([
  [{ resourceGroupId: "rg-1" }, "net-vpc", { resourceGroupId: "rg-1" }, ["update net-vpc: resourceGroupId"]],
  [
    { tags: { team: "web" } },
    "net-vpc",
    { tags: { team: "web" } },
    ["net-vpc", "net-node-cn-hangzhou-k", "net-pod-cn-hangzhou-k"].map((name) => `update ${name}: tags`),
  ],
  [
    { natGateway: true },
    "net-nat",
    { vpcId: "net-vpc-id", natType: "Enhanced" },
    ["nat", "nat-address", "nat-association", "snat-node-cn-hangzhou-k", "snat-pod-cn-hangzhou-k"].map(
      (name) => `create net-${name}`,
    ),
  ],
  [
    { vpcId: "vpc-1", existingNat: { snatTableId: "stb-1", snatIp: "192.0.2.1" } },
    "net-snat-node-cn-hangzhou-k",
    { snatTableId: "stb-1", snatIp: "192.0.2.1" },
    [
      ...["node", "pod"].map((part) => `replace net-${part}-cn-hangzhou-k: vpcId`),
      ...["node", "pod"].map((part) => `create net-snat-${part}-cn-hangzhou-k`),
    ],
  ],
])("a network with %j", async (args, resource, inputs, found) => {
  const after = await withNetwork(args);
  expect(refusals(after)).toEqual([]);
  expect(inputsOf(after, resource)).toMatchObject(inputs);
  expect(steps(await withNetwork({}), after).sort()).toEqual([...found].sort());
  expect(steps(after, after)).toEqual([]);
});

const withMesh = (args: Partial<AsmInstanceArgs>): Promise<Registered[]> =>
  registered(() => void new AsmInstance("asm", { vpcId: "vpc-1", vswitchId: "vsw-1", clusterId: "c-1", ...args }));

test.each<Partial<AsmInstanceArgs>>([
  { accessLog: { enabled: true, project: "logs", sidecarEnabled: true, sidecarLifecycle: 7 } },
  { accessLog: { enabled: false } },
  { controlPlaneLog: { enabled: true, logTtlInDay: 7 } },
  { audit: { enabled: true, project: "audit" } },
  { telemetry: false },
])("a mesh with %j", async (args) => {
  const after = await withMesh(args);
  expect(refusals(after)).toEqual([]);
  expect(inputsOf(after, "asm-mesh")).toMatchObject({ meshConfig: args });
  expect(steps(await withMesh({}), after)).toEqual(["update asm-mesh: meshConfig"]);
  expect(steps(after, after)).toEqual([]);
});

test("the kind of an elastic pool follows from its spot strategy, unless it is said", async () => {
  const typeOf = async (args: Partial<AckClusterNodePoolArgs>) =>
    Object(inputsOf(await withPool({ ...elastic, ...args }))).scalingConfig.type;
  expect(await typeOf({})).toBe("cpu");
  expect(await typeOf({ spotStrategy: "NoSpot" })).toBe("cpu");
  expect(await typeOf({ spotStrategy: "SpotAsPriceGo" })).toBe("spot");
  expect(await typeOf({ spotStrategy: "SpotAsPriceGo", scalingType: "gpu" })).toBe("gpu");
  expect(steps(await withPool(elastic), await withPool({ ...elastic, scalingType: "gpu" }))).toEqual([
    "update ack-pool-pool: scalingConfig",
  ]);
});

test("a node pool's tags come beside those of the cluster, and win", async () => {
  const tags = { team: "web", cost: "shared" };
  expect(inputsOf(await withPool({ ...fixed, tags: { cost: "own" } }, { tags }))).toMatchObject({
    tags: { team: "web", cost: "own" },
  });
});

test("the order of taints is no change, and neither is what ECS picks for a disk", async () => {
  const [a, b] = [{ key: "a" }, { key: "b", value: "1", effect: "NoExecute" }] as const;
  const disk = { dataDisks: [{ size: 100 }] };
  expect(
    steps(await withPool({ ...fixed, ...disk, taints: [a, b] }), await withPool({ ...fixed, ...disk, taints: [b, a] })),
  ).toEqual([]);
});

test("the node autoscaler can be ACK's node instant scaling, in place", async () => {
  const after = await withPool(elastic, { nodeAutoscaler: { scalerType: "goatscaler" } });
  expect(refusals(after)).toEqual([]);
  expect(steps(await withPool(elastic), after)).toEqual(["update ack-autoscaler: scalerType"]);
});

test("what the provider refuses in extra is refused with its path", async () => {
  const refused = refusals(await withPool({ ...fixed, keyName: "a", extra: { password: "b", cpuPolicy: "fast" } }));
  expect(refused.map(({ property }) => property)).toEqual(["cpuPolicy", "keyName", "password"]);
});

test("our choices are those that the provider takes", () => {
  const choices = (fields: Fields | undefined, name: string) => [...(fields?.[name]?.oneOf ?? [])].sort();
  const pool = resourceFields(poolType);
  expect(Object.values(AckClusterImageType).sort()).toEqual(choices(pool, "imageType"));
  expect(Object.values(AckClusterScalingType).sort()).toEqual(choices(pool["scalingConfig"]?.fields, "type"));
  expect(Object.values(AckClusterDataDiskCategory).sort()).toEqual(choices(pool["dataDisks"]?.fields, "category"));
  // The provider leaves these to the cloud.
  expect(Object.values(AckClusterTaintEffect)).toHaveLength(3);
  expect(Object.values(AckClusterDiskPerformanceLevel)).toHaveLength(4);
  expect(Object.values(AckClusterUpgradeChannel)).toHaveLength(3);
});
