import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import * as cs from "@pulumi/alicloud/cs/index.js";
import * as vpc from "@pulumi/alicloud/vpc/index.js";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { type PlatformChanges, platform, secrets, withoutIgnoreChanges } from "./cloudPlatform.ts";
import { type CloudRoom, openCloudRoom, previewSteps } from "./cloudRoom.ts";

const clusterType = "alicloud:cs/managedKubernetes:ManagedKubernetes";

let room: CloudRoom;
beforeAll(async () => {
  room = await openCloudRoom();
}, 120_000);
afterAll(() => room?.stop(), 60_000);

describe("a platform from nothing", () => {
  let changes: PlatformChanges = {};
  let stack: Stack;
  beforeAll(async () => {
    stack = await room.stack("platform", () => platform(changes));
  }, 120_000);

  /** The resources that a changed program would touch, such as `update ack-cluster`. */
  const steps = async (changed: PlatformChanges): Promise<string[]> => {
    changes = changed;
    try {
      return (await previewSteps(stack)).map(({ op, name, replacedBy }) => [op, name, ...replacedBy].join(" "));
    } finally {
      changes = {};
    }
  };

  test("reaches no cloud in its first preview, and goes up as previewed", async () => {
    const previewed = await stack.preview();
    expect(room.cloud.calls()).toEqual([]);
    expect(room.cloud.objects()).toEqual([]);
    const { summary } = await stack.up();
    expect(summary.resourceChanges).toEqual(previewed.changeSummary);
    expect(room.cloud.objects()).toHaveLength(10);
  }, 120_000);

  test("changes nothing the second time, nor after a refresh", async () => {
    const before = room.cloud.calls().length;
    await stack.preview({ expectNoChanges: true });
    expect(room.cloud.calls()).toHaveLength(before);
    await stack.refresh({ expectNoChanges: true });
    await stack.preview({ expectNoChanges: true });
  }, 120_000);

  // Several changes at a time, one for each resource, because a preview takes seconds.
  const later: [string, PlatformChanges, string[]][] = [
    [
      "another block, a larger control plane, more nodes, a larger pool, a quicker autoscaler, other injection",
      {
        network: { cidrBlock: "10.0.0.0/9" },
        cluster: { clusterSpec: "ProXlarge", nodeAutoscaler: { scanIntervalSeconds: 15 } },
        system: { desiredSize: 3 },
        elastic: { maxSize: 20 },
        mesh: { sidecarInjection: { allNamespaces: true } },
      },
      ["ack-autoscaler", "ack-cluster", "ack-pool-elastic", "ack-pool-system", "asm-mesh", "net-vpc"],
    ],
    [
      "a newer Kubernetes, other instances, a newer mesh",
      {
        cluster: { kubernetesVersion: "1.35.2-aliyun.1" },
        system: { instanceTypes: ["ecs.g8i.xlarge"] },
        mesh: { istioVersion: "v1.25.6.1-aliyun" },
      },
      ["ack-cluster", "ack-pool-system", "asm-mesh"],
    ],
    [
      "protection, another autoscaler's delay, larger disks, a larger mesh",
      {
        cluster: { deletionProtection: true, nodeAutoscaler: { scaleDownDelayMinutes: 5 } },
        system: { systemDiskSize: 200 },
        mesh: { edition: "Ultimate" },
      },
      ["ack-autoscaler", "ack-cluster", "ack-pool-system", "asm-mesh"],
    ],
    [
      "RAM roles for pods, keys of nodes, a Prometheus of the mesh",
      {
        cluster: { enableRrsa: true },
        system: { keyName: "key" },
        elastic: { keyName: "key" },
        mesh: { prometheusUrl: "https://prometheus.example.com" },
      },
      ["ack-cluster", "ack-pool-elastic", "ack-pool-system", "asm-mesh"],
    ],
    [
      "logs of the control plane, labels of nodes, another name of the mesh",
      {
        cluster: { controlPlaneLogs: ["apiserver"] },
        system: { labels: { a: "b" } },
        mesh: { meshName: "other" },
      },
      ["ack-cluster", "ack-pool-system", "asm-mesh"],
    ],
    [
      "tags everywhere",
      { network: { tags: { a: "b" } }, cluster: { tags: { a: "b" } }, mesh: { tags: { a: "b" } } },
      [
        "ack-cluster",
        "ack-pool-elastic",
        "ack-pool-system",
        "asm-mesh",
        "net-node-cn-hangzhou-k",
        "net-pod-cn-hangzhou-k",
        "net-vpc",
      ],
    ],
  ];
  test.each(later)(
    "is updated in place for %s",
    async (_, change, names) => {
      expect(await steps(change)).toEqual(names.map((name) => `update ${name}`));
    },
    60_000,
  );

  test("makes the switches of another zone, and keeps those there are", async () => {
    const zones = ["k", "i"].map((zone, index) => ({
      zoneId: `cn-hangzhou-${zone}`,
      nodeCidr: `10.${index + 1}.0.0/16`,
      podCidr: `10.${index + 4}.0.0/16`,
    }));
    // A list of switches is unknown as a whole while one of them is new: a mesh whose switch came out of it would look as
    // if it were replaced. So the mesh keeps its switch by name.
    const vswitchId = room.cloud
      .objects()
      .find(({ properties }) => properties["name"] === "net-node-cn-hangzhou-k")?.id;
    if (vswitchId === undefined) throw new Error("the switch is not there");
    expect(await steps({ network: { zones }, mesh: { vswitchId } })).toEqual([
      "update ack-cluster",
      "update ack-pool-elastic",
      "update ack-pool-system",
      "create net-node-cn-hangzhou-i",
      "create net-pod-cn-hangzhou-i",
    ]);
  }, 120_000);

  test("would be replaced by its second update without our ignoreChanges", async () => {
    const found = await steps({ options: withoutIgnoreChanges });
    expect(found).toContain("replace ack-cluster nodeCidrMask podCidr");
    expect(found).toContain("update asm-mesh");
  }, 120_000);

  test("has no secret in its exported state", async () => {
    const state = await room.exported(stack);
    expect(state).toContain("asm-autoscaler:index:AckCluster");
    for (const text of [...Object.values(secrets), "stand-in client key", "stand-in client certificate"]) {
      expect(state).not.toContain(text);
      expect(state).not.toContain(Buffer.from(text).toString("base64"));
    }
  }, 120_000);

  test("is destroyed from the outside in", async () => {
    const before = room.cloud.calls().length;
    await stack.destroy();
    expect(room.cloud.objects()).toEqual([]);
    const deleted = room.cloud.calls().slice(before);
    const places = ["ServiceMesh", "NodePool", "ManagedKubernetes", "Switch", "Network"].map((type) =>
      deleted.findIndex((line) => line.startsWith("delete ") && line.includes(`:${type} `)),
    );
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  }, 120_000);
});

test("a platform that asks the cloud does not do so before there is something to ask about", async () => {
  const { authorization: _, url: __, ...rest } = secrets;
  const asking = { cluster: { credentials: "Temporary" as const }, prometheus: { lookUp: true } };
  const stack = await room.stack("asking", () => platform(asking, rest));
  const before = room.cloud.calls().length;
  await stack.preview();
  expect(room.cloud.calls()).toHaveLength(before);
}, 120_000);

/**
 * The platform as an earlier version of the library left it. When a change of the library is meant to change what is
 * deployed, say so in the release notes, and record anew with ASM_RECORD_STATE=1 in the environment of this test.
 */
const recording = new URL("recorded/platform.json", import.meta.url);

test("a platform that an earlier version made is not changed by this one", async () => {
  const stack = await room.stack("recorded", () => platform());
  if (process.env["ASM_RECORD_STATE"] === "1") {
    await stack.up();
    const state = JSON.parse(await room.exported(stack));
    for (const resource of state.deployment.resources) {
      for (const key of ["sourcePosition", "stackTrace", "created", "modified"]) delete resource[key];
    }
    writeFileSync(recording, `${JSON.stringify(state, null, 2)}\n`);
  }
  await stack.importStack(JSON.parse(readFileSync(recording, "utf8")));
  await stack.preview({ expectNoChanges: true });
}, 120_000);

describe("resources of the stand-in cloud", () => {
  test("go before their replacement comes when they have a name of their own, and after it when not", async () => {
    let serviceCidr = "172.21.0.0/20";
    const ignoreChanges = ["podCidr", "nodeCidrMask", "autoMode", "timezone"];
    const stack = await room.stack("replaced", async () => {
      const args = { zoneIds: ["cn-hangzhou-k"], serviceCidr };
      const named = new cs.ManagedKubernetes("named", { ...args, name: "named" }, { ignoreChanges });
      const unnamed = new cs.ManagedKubernetes("unnamed", args, { ignoreChanges });
      return { named: named.id, unnamed: unnamed.id };
    });
    const old = (await stack.up()).outputs;
    await stack.preview({ expectNoChanges: true });
    serviceCidr = "172.22.0.0/20";
    const fresh = (await stack.up()).outputs;
    const calls = room.cloud.calls();
    const when = (call: string, id: unknown): number => calls.indexOf(`${call} ${clusterType} ${id}`);
    expect(when("delete", old["named"]?.value)).toBeGreaterThan(-1);
    expect(when("create", fresh["named"]?.value)).toBeGreaterThan(when("delete", old["named"]?.value));
    expect(when("delete", old["unnamed"]?.value)).toBeGreaterThan(when("create", fresh["unnamed"]?.value));
    await stack.destroy();
  }, 120_000);

  test("are not destroyed while they are protected", async () => {
    const stack = await room.stack("protected", async () => {
      new cs.ManagedKubernetes("kept", {
        zoneIds: ["cn-hangzhou-k"],
        serviceCidr: "172.21.0.0/20",
        deletionProtection: true,
      });
    });
    await stack.up();
    await expect(stack.destroy()).rejects.toThrow("DeletionProtection");
    expect(
      room.cloud.objects().filter(({ properties }) => String(properties["name"]).startsWith("kept-")),
    ).toHaveLength(1);
  }, 120_000);

  test("are refused with their name and property", async () => {
    const stack = await room.stack("refused", async () => {
      new vpc.Switch("mine", { vpcId: "vpc-1", cidrBlock: "10.0.0.0/16" });
    });
    await expect(stack.preview()).rejects.toThrow(/one of zoneId,availabilityZone must be specified.*mine\.zoneId/);
  }, 120_000);

  test("are noticed by a refresh to have changed, and to be gone", async () => {
    const stack = await room.stack("drift", async () => {
      const network = new vpc.Network("net", { vpcName: "net", cidrBlock: "10.0.0.0/8" });
      return { id: network.id };
    });
    const { outputs } = await stack.up();
    const id = String(outputs["id"]?.value);
    const object = room.cloud.get("alicloud:vpc/network:Network", id);
    if (object === undefined) throw new Error("the VPC is not there");
    room.cloud.put({ ...object, properties: { ...object.properties, cidrBlock: "10.0.0.0/9" } });
    await stack.refresh();
    expect(await previewSteps(stack)).toMatchObject([{ name: "net", op: "update" }]);
    room.cloud.remove(object.type, id);
    const { summary } = await stack.refresh();
    expect(summary.resourceChanges).toMatchObject({ delete: 1 });
  }, 120_000);
});
