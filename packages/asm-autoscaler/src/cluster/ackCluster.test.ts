import { describe, expect, jest, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { GivenProvider, recordCloud } from "../../testing/recordCloud";
import {
  ADDON,
  AUTOSCALER,
  CLUSTER,
  flannel,
  POOL,
  PROVIDER,
  recordCluster,
  terway,
  withElastic,
} from "../../testing/recordCloudCluster";
import { inClear } from "../../testing/recordMesh";
import { only, tree } from "../../testing/recordStack";
import { MeshNetwork } from "../network";
import { AckCluster, type AckClusterArgs, type AckClusterNodePoolArgs } from ".";

// Guards names and parents: a change of either replaces the cluster of everyone who upgrades.
const TREE = [
  "ack-autoscaler: alicloud:cs/autoscalingConfig:AutoscalingConfig < ack",
  "ack-cluster: alicloud:cs/managedKubernetes:ManagedKubernetes < ack",
  "ack-pool-elastic: alicloud:cs/nodePool:NodePool < ack",
  "ack-pool-system: alicloud:cs/nodePool:NodePool < ack",
  "ack-provider: pulumi:providers:kubernetes < ack",
  "ack: asm-autoscaler:index:AckCluster",
];

test.each([false, true])("the tree (preview %s)", async (preview) => {
  expect(tree((await recordCluster(withElastic, preview)).stack)).toEqual(TREE);
});

test("without an elastic pool there is no autoscaler", async () => {
  const expected = TREE.filter((line) => !line.startsWith("ack-autoscaler") && !line.startsWith("ack-pool-elastic"));
  expect(tree((await recordCluster(terway)).stack)).toEqual(expected);
});

describe("the cluster", () => {
  test("with Terway: the addon goes with the switches, and whatever a removal of replaces is sent", async () => {
    const { stack } = await recordCluster(terway);
    expect(only(stack, CLUSTER).inputs).toEqual({
      name: "ack",
      clusterSpec: "ack.pro.small",
      vswitchIds: ["vsw-node"],
      podVswitchIds: ["vsw-pod"],
      serviceCidr: "172.21.0.0/20",
      addons: [
        { name: "terway-eniip" },
        { name: "csi-plugin" },
        { name: "csi-provisioner" },
        { name: "metrics-server" },
        { name: "nginx-ingress-controller", disabled: true },
      ],
      newNatGateway: true,
      slbInternetEnabled: true,
      deletionProtection: true,
      isEnterpriseSecurityGroup: true,
    });
  });

  test("with Flannel: the other addon, and the block of the pods", async () => {
    const { stack } = await recordCluster(flannel);
    const { inputs } = only(stack, CLUSTER);
    expect(inputs).toMatchObject({ podCidr: "172.20.0.0/16", addons: expect.arrayContaining([{ name: "flannel" }]) });
    expect(inputs).not.toHaveProperty("podVswitchIds");
    expect(JSON.stringify(inputs["addons"])).not.toContain("terway");
  });

  test("neither deleted nor replaced without being asked for", async () => {
    const protects = async (deletionProtection?: pulumi.Input<boolean>) =>
      only(
        (await recordCluster({ ...terway, ...(deletionProtection === undefined ? {} : { deletionProtection }) })).stack,
        CLUSTER,
      ).protect;
    expect(await protects()).toBe(true);
    expect(await protects(false)).toBe(false);
    // Pulumi's protection cannot come late; the cloud's can.
    expect(await protects(pulumi.output(true))).toBe(false);
  });

  test("with all that can be said of it", async () => {
    const { stack } = await recordCluster({
      ...terway,
      serviceCidr: "172.16.0.0/20",
      clusterName: "shop",
      clusterSpec: "ProXlarge",
      kubernetesVersion: "1.34.1-aliyun.1",
      publicEndpoint: false,
      natGateway: false,
      enableRrsa: true,
      deletionProtection: false,
      controlPlaneLogs: ["apiserver"],
      tags: { team: "web" },
      addons: [{ name: "arms-prometheus" }, { name: "metrics-server", disabled: true }],
    });
    const { inputs } = only(stack, CLUSTER);
    expect(inputs).toMatchObject({
      name: "shop",
      serviceCidr: "172.16.0.0/20",
      clusterSpec: "ack.pro.xlarge",
      version: "1.34.1-aliyun.1",
      slbInternetEnabled: false,
      newNatGateway: false,
      enableRrsa: true,
      deletionProtection: false,
      controlPlaneLogComponents: ["apiserver"],
      controlPlaneLogTtl: "30",
      tags: { team: "web" },
    });
    expect(inputs["addons"]).toEqual([
      { name: "terway-eniip" },
      { name: "csi-plugin" },
      { name: "csi-provisioner" },
      { name: "nginx-ingress-controller", disabled: true },
      { name: "arms-prometheus" },
      { name: "metrics-server", disabled: true },
    ]);
    expect(only(stack, POOL).inputs).toMatchObject({ tags: { team: "web" } });
  });

  test("of what the program leaves out a preview ignores what the cloud fills in, and of what it says nothing", async () => {
    const always = [
      ...["nodeCidrMask", "proxyMode", "clusterDomain", "autoMode"],
      ...["timezone", "customSan", "workerVswitchIds"],
      ...["addons", "podVswitchIds", "newNatGateway", "slbInternetEnabled"],
    ];
    const ignored = async (args: typeof terway) => only((await recordCluster(args)).stack, CLUSTER).ignoreChanges;
    expect([...(await ignored(terway))].sort()).toEqual(
      [...always, "podCidr", "encryptionProviderKey", "enableRrsa", "tags", "controlPlaneLogComponents"].sort(),
    );
    const said = {
      ...flannel,
      encryptionProviderKey: "key",
      enableRrsa: true,
      tags: {},
      controlPlaneLogs: ["apiserver"],
    };
    expect([...(await ignored(said))].sort()).toEqual([...always].sort());
    // An empty list is never sent, so that it would be a change at each preview.
    expect(await ignored({ ...said, controlPlaneLogs: [] })).toContain("controlPlaneLogComponents");
  });
});

describe("a node pool", () => {
  test("that is fixed: its size is text for the provider, and a change of it is meant", async () => {
    const { stack } = await recordCluster(terway);
    const pool = only(stack, POOL);
    expect(pool.inputs).toEqual({
      clusterId: "ack-cluster-id",
      nodePoolName: "system",
      vswitchIds: ["vsw-node"],
      instanceTypes: ["ecs.g7.xlarge"],
      systemDiskCategory: "cloud_essd",
      systemDiskSize: 120,
      desiredSize: "2",
    });
    expect([...pool.ignoreChanges].sort()).toEqual(
      [
        ...["cisEnabled", "securityHardeningOs", "socEnabled", "loginAsNonRoot", "deploymentSetId"],
        ...["taints", "systemDiskPerformanceLevel", "keyName", "labels", "tags", "spotPriceLimits", "dataDisks"],
      ].sort(),
    );
  });

  test("that is elastic: the size that the autoscaler sets is neither sent nor looked at", async () => {
    const { stack } = await recordCluster(withElastic);
    const pool = stack.find(({ name }) => name === "ack-pool-elastic");
    expect(pool?.inputs).toMatchObject({ scalingConfig: { enable: true, minSize: 0, maxSize: 10, type: "cpu" } });
    expect(pool?.inputs).not.toHaveProperty("desiredSize");
    expect(pool?.ignoreChanges).toContain("desiredSize");
  });

  test("with all that can be said of it, labels in one order whoever writes them", async () => {
    const inputsWith = async (labels: Record<string, string>) => {
      const pool = { instanceTypes: ["ecs.c7.large"], desiredSize: 1, keyName: "ops", systemDiskSize: 200, labels };
      const { stack } = await recordCluster({
        ...terway,
        nodePools: { pool: { ...pool, systemDiskCategory: "cloud_ssd" } },
      });
      return only(stack, POOL);
    };
    const { inputs, ignoreChanges } = await inputsWith({ zone: "a", app: "b" });
    expect(inputs).toMatchObject({
      keyName: "ops",
      systemDiskCategory: "cloud_ssd",
      systemDiskSize: 200,
      labels: [
        { key: "app", value: "b" },
        { key: "zone", value: "a" },
      ],
    });
    expect(ignoreChanges).not.toEqual(expect.arrayContaining(["keyName"]));
    expect(ignoreChanges).not.toEqual(expect.arrayContaining(["labels"]));
    expect((await inputsWith({ app: "b", zone: "a" })).inputs).toEqual(inputs);
  });
});

test("a managed addon comes after the nodes, and stays when it leaves the program", async () => {
  const managedAddons = { coredns: { version: "v1" } };
  const addon = only((await recordCluster({ ...terway, managedAddons })).stack, ADDON);
  expect(addon).toMatchObject({ name: "ack-addon-coredns", retainOnDelete: true });
  expect(addon.dependsOn).toEqual(["ack-cluster", "ack-pool-system"]);
  expect(addon.inputs).toEqual({ clusterId: "ack-cluster-id", name: "coredns", version: "v1" });
});

test("a public address that nobody asked for is warned about", async () => {
  const warned = async (args: AckClusterArgs) => {
    const warn = jest.spyOn(pulumi.log, "warn").mockResolvedValue(undefined);
    await recordCluster(args);
    const messages = warn.mock.calls.map(([message]) => message);
    warn.mockRestore();
    return messages;
  };
  expect(await warned({ ...terway, publicEndpoint: false })).toEqual([
    expect.stringContaining("publicEndpoint: ASM_ENDPOINT_PUBLIC"),
  ]);
  expect(await warned(terway)).toEqual([]);
});

test("the pools are in the resource group of the cluster, unless they have their own", async () => {
  const pool = { instanceTypes: ["ecs.g7.xlarge"], desiredSize: 2 };
  const nodePools = { shared: pool, own: { ...pool, resourceGroupId: "rg-2" } };
  const { stack } = await recordCluster({ ...terway, resourceGroupId: "rg-1", nodePools });
  const groups = stack.filter(({ type }) => type === POOL).map(({ inputs }) => inputs["resourceGroupId"]);
  expect(groups).toEqual(["rg-1", "rg-2"]);
});

describe("a node pool's extra arguments", () => {
  const withExtra = async (extra: NonNullable<AckClusterNodePoolArgs["extra"]>) => {
    const pool = { instanceTypes: ["ecs.g7.xlarge"], desiredSize: 2, tags: { a: "1" }, extra };
    const { stack } = await recordCluster({ ...terway, nodePools: { pool } });
    return { stack, pool: only(stack, POOL) };
  };

  test("come last, and what they set is no longer ignored", async () => {
    const { pool } = await withExtra({ tags: { b: "2" }, deploymentSetId: "ds-1", keyName: "ops" });
    expect(pool.inputs).toMatchObject({ tags: { b: "2" }, deploymentSetId: "ds-1", keyName: "ops" });
    for (const name of ["tags", "deploymentSetId", "keyName"]) expect(pool.ignoreChanges).not.toContain(name);
    expect(pool.ignoreChanges).toContain("cisEnabled");
  });

  test("have no readable password, and make nothing else a secret", async () => {
    const { stack, pool } = await withExtra({ password: "pa55word", kmsEncryptedPassword: "c1pher" });
    for (const { sent } of stack) expect(inClear(sent)).not.toMatch(/pa55word|c1pher/);
    expect(inClear(pool.sent)).toContain("ecs.g7.xlarge");
  });
});

describe("what a program leaves out of a node pool", () => {
  const poolWith = async (args: Partial<AckClusterNodePoolArgs>) => {
    const pool = { instanceTypes: ["ecs.g7.xlarge"], desiredSize: 2, ...args };
    return only((await recordCluster({ ...terway, nodePools: { pool } })).stack, POOL);
  };

  test("is ignored in its management, and what it says is not", async () => {
    const { ignoreChanges } = await poolWith({ management: { autoRepair: true } });
    expect(ignoreChanges.filter((path) => path.startsWith("management"))).toEqual(["management.maxUnavailable"]);
  });

  test("is ignored as the whole list of disks, and never by an index, which fails the preview of a first disk", async () => {
    const cases: [Partial<AckClusterNodePoolArgs>, string[]][] = [
      [{}, ["dataDisks"]],
      [{ dataDisks: [] }, ["dataDisks"]],
      [{ dataDisks: [{}, { encrypted: "true" }] }, []],
      [{ dataDisks: pulumi.output([{}]) }, []],
    ];
    for (const [args, ignored] of cases) {
      const { ignoreChanges } = await poolWith(args);
      expect(ignoreChanges.filter((path) => path.startsWith("dataDisks"))).toEqual(ignored);
      expect(ignoreChanges.filter((path) => path.includes("["))).toEqual([]);
    }
  });

  test("is sent of a disk where it is known: the category, the size and the level", async () => {
    const { inputs } = await poolWith({ dataDisks: [{}, { performanceLevel: "PL0" }, { category: "cloud_auto" }] });
    expect(inputs["dataDisks"]).toEqual([
      { category: "cloud_essd", size: 120, performanceLevel: "PL1" },
      { category: "cloud_essd", size: 120, performanceLevel: "PL0" },
      { category: "cloud_auto", size: 120 },
    ]);
  });
});

test("the autoscaler, by its defaults and as it is told, after the elastic pools", async () => {
  const stock = only((await recordCluster(withElastic)).stack, AUTOSCALER);
  expect(stock.dependsOn).toEqual(["ack-cluster", "ack-pool-elastic"]);
  expect(stock.inputs).toEqual({
    clusterId: "ack-cluster-id",
    scalerType: "cluster-autoscaler",
    scanInterval: "30s",
    coolDownDuration: "10m",
    unneededDuration: "10m",
    utilizationThreshold: "0.5",
    expander: "least-waste",
    scaleDownEnabled: true,
    scaleUpFromZero: true,
  });
  const nodeAutoscaler = { scanIntervalSeconds: 15, scaleDownDelayMinutes: 5, utilizationThreshold: 0.7 };
  expect(only((await recordCluster({ ...withElastic, nodeAutoscaler })).stack, AUTOSCALER).inputs).toMatchObject({
    scanInterval: "15s",
    coolDownDuration: "5m",
    unneededDuration: "5m",
    utilizationThreshold: "0.7",
  });
});

test("the provider comes after the nodes, so that what it makes goes first, and only another cluster replaces it", async () => {
  const provider = only((await recordCluster(withElastic)).stack, PROVIDER);
  expect(provider.dependsOn).toEqual(
    expect.arrayContaining(["ack-cluster", "ack-pool-system", "ack-pool-elastic", "ack-autoscaler"]),
  );
  expect(provider.inputs).toMatchObject({ clusterIdentifier: "ack-cluster-id" });
});

test("what takes the cluster's id waits for the nodes", async () => {
  const user = async (args: AckClusterArgs) => {
    const { stack } = await recordCloud(() => {
      const { clusterId } = new AckCluster("ack", args);
      new MeshNetwork("user", { zones: [{ zoneId: "a", nodeCidr: "10.1.0.0/16" }], networkName: clusterId });
    });
    return only(stack, "alicloud:vpc/network:Network");
  };
  expect((await user(withElastic)).dependsOn).toEqual(["ack-cluster", "ack-pool-elastic", "ack-pool-system"]);
  expect((await user(withElastic)).inputs).toMatchObject({ vpcName: "ack-cluster-id" });
});

test("every child goes to the provider that the component was given", async () => {
  const { stack } = await recordCloud(
    () => void new AckCluster("ack", withElastic, { providers: [new GivenProvider("alicloud")] }),
  );
  const children = stack.filter(({ parent, type }) => parent === "ack" && type !== PROVIDER);
  expect(children).toHaveLength(4);
  for (const { name, provider } of children) {
    expect([name, provider]).toEqual([name, expect.stringContaining("given-alicloud")]);
  }
});
