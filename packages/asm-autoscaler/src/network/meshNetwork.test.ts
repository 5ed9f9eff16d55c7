import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { inputErrorsOf } from "../../testing/inputErrorsOf";
import { GivenProvider, recordCloud } from "../../testing/recordCloud";
import { only, tree } from "../../testing/recordStack";
import { settled } from "../validation/inputs";
import { MeshNetwork, type MeshNetworkArgs } from ".";
import { validateNetwork } from "./validate";

const SWITCH = "alicloud:vpc/switch:Switch";
const NETWORK = "alicloud:vpc/network:Network";

const zones = [
  { zoneId: "cn-hangzhou-k", nodeCidr: "10.1.0.0/16", podCidr: "10.4.0.0/16" },
  { zoneId: "cn-hangzhou-h", nodeCidr: "10.2.0.0/16", podCidr: "10.5.0.0/16" },
];

// Guards names and parents: a change of either replaces the network of everyone who upgrades.
const TREE = [
  "net-node-cn-hangzhou-h: alicloud:vpc/switch:Switch < net",
  "net-node-cn-hangzhou-k: alicloud:vpc/switch:Switch < net",
  "net-pod-cn-hangzhou-h: alicloud:vpc/switch:Switch < net",
  "net-pod-cn-hangzhou-k: alicloud:vpc/switch:Switch < net",
  "net-vpc: alicloud:vpc/network:Network < net",
  "net: asm-autoscaler:index:MeshNetwork",
];

const record = (args: MeshNetworkArgs, preview = false) =>
  recordCloud(() => void new MeshNetwork("net", args), { preview });

/** What the outputs of a network are when it is made. */
async function outputsOf(args: MeshNetworkArgs): Promise<Record<string, unknown>> {
  const outputs: Record<string, unknown> = {};
  await recordCloud(() => {
    const { vpcId, nodeVswitchIds, podVswitchIds } = new MeshNetwork("net", args);
    pulumi.output({ vpcId, nodeVswitchIds, podVswitchIds }).apply((known) => Object.assign(outputs, known));
  });
  return outputs;
}

test.each([false, true])("the tree (preview %s)", async (preview) => {
  expect(tree((await record({ zones }, preview)).stack)).toEqual(TREE);
});

test("what is sent: every name is set, for the provider would name nothing", async () => {
  const { stack } = await record({ zones: zones.slice(0, 1), networkName: "mesh", tags: { team: "web" } });
  expect(only(stack, NETWORK).inputs).toEqual({ vpcName: "mesh", cidrBlock: "10.0.0.0/8", tags: { team: "web" } });
  expect(stack.filter(({ type }) => type === SWITCH).map(({ inputs }) => inputs)).toEqual([
    {
      vpcId: "net-vpc-id",
      zoneId: "cn-hangzhou-k",
      cidrBlock: "10.1.0.0/16",
      vswitchName: "mesh-node-cn-hangzhou-k",
      tags: { team: "web" },
    },
    {
      vpcId: "net-vpc-id",
      zoneId: "cn-hangzhou-k",
      cidrBlock: "10.4.0.0/16",
      vswitchName: "mesh-pod-cn-hangzhou-k",
      tags: { team: "web" },
    },
  ]);
});

test("a zone in front of the others leaves their switches as they are", async () => {
  const before = (await record({ zones })).stack.filter(({ type }) => type === SWITCH);
  const front = { zoneId: "cn-hangzhou-a", nodeCidr: "10.3.0.0/16", podCidr: "10.6.0.0/16" };
  const after = (await record({ zones: [front, ...zones] })).stack;
  for (const { name, inputs } of before) {
    expect(after.find((resource) => resource.name === name)?.inputs).toEqual(inputs);
  }
});

test("the outputs, in the order of the zones", async () => {
  expect(await outputsOf({ zones })).toEqual({
    vpcId: "net-vpc-id",
    nodeVswitchIds: ["net-node-cn-hangzhou-k-id", "net-node-cn-hangzhou-h-id"],
    podVswitchIds: ["net-pod-cn-hangzhou-k-id", "net-pod-cn-hangzhou-h-id"],
  });
});

const natTree = (stack: Awaited<ReturnType<typeof record>>["stack"]) =>
  tree(stack)
    .filter((line) => /nat/.test(line))
    .map((line) => line.replace(/: .*/, ""));
const snats = (stack: Awaited<ReturnType<typeof record>>["stack"]) =>
  stack.filter(({ type }) => type === "alicloud:vpc/snatEntry:SnatEntry");

test("a NAT gateway of its own has an address, and an entry for each switch once the address is bound", async () => {
  const { stack } = await record({
    zones: zones.slice(0, 1),
    natGateway: true,
    tags: { a: "b" },
    resourceGroupId: "rg",
  });
  expect(natTree(stack)).toEqual([
    "net-nat-address",
    "net-nat-association",
    "net-nat",
    "net-snat-node-cn-hangzhou-k",
    "net-snat-pod-cn-hangzhou-k",
  ]);
  for (const { dependsOn } of snats(stack)) expect(dependsOn).toContain("net-nat-association");
  expect(only(stack, "alicloud:vpc/natGateway:NatGateway").ignoreChanges).toEqual(["vswitchId"]);
  expect(only(stack, NETWORK).inputs).toMatchObject({ resourceGroupId: "rg" });
});

test("in an existing VPC only switches are made, and entries in its NAT gateway", async () => {
  const existingNat = { snatTableId: "stb-1", snatIp: "192.0.2.1" };
  const { stack } = await record({ vpcId: "vpc-1", zones: zones.slice(0, 1), existingNat });
  expect(stack.filter(({ type }) => type === NETWORK)).toEqual([]);
  expect(stack.filter(({ type }) => type === SWITCH).map(({ inputs }) => inputs["vpcId"])).toEqual(["vpc-1", "vpc-1"]);
  expect(snats(stack)[0]?.inputs).toEqual({
    ...existingNat,
    sourceVswitchId: "net-node-cn-hangzhou-k-id",
    snatEntryName: "net-node-cn-hangzhou-k",
  });
});

test("the block of an existing VPC is compared only if it is given", () => {
  const outside = { vpcId: "vpc-1", zones: [{ zoneId: "a", nodeCidr: "192.168.0.0/16" }] };
  expect(refused(outside)).toEqual([]);
  expect(refused({ ...outside, cidrBlock: "10.0.0.0/8" })).toEqual([["zones[0].nodeCidr", "ASM_CIDR_OUTSIDE"]]);
});

test.each<[Partial<MeshNetworkArgs>, string]>([
  [{ vpcId: "vpc-1", natGateway: true, existingNat: { snatTableId: "s", snatIp: "i" } }, "existingNat"],
  [{ existingNat: { snatTableId: "s", snatIp: "i" } }, "existingNat"],
  [{ vpcId: "vpc-1", resourceGroupId: "rg-1" }, "resourceGroupId"],
])("%j has an argument without effect", (args, path) => {
  expect(refused({ zones, ...args })).toEqual([[path, "ASM_ARGUMENT_MISPLACED"]]);
});

test("an existing NAT gateway without its table or its addresses is refused before the provider sees it", () => {
  const existingNat = JSON.parse("{}") as NonNullable<MeshNetworkArgs["existingNat"]>;
  expect(refused({ vpcId: "vpc-1", zones, existingNat })).toEqual([
    ["existingNat.snatTableId", "ASM_ARGUMENT_MISSING"],
    ["existingNat.snatIp", "ASM_ARGUMENT_MISSING"],
  ]);
});

test("without podCidr there is no switch of pods, and the output says so", async () => {
  const flannel = zones.map(({ zoneId, nodeCidr }) => ({ zoneId, nodeCidr }));
  expect(tree((await record({ zones: flannel })).stack)).toEqual(TREE.filter((line) => !line.startsWith("net-pod")));
  expect(await outputsOf({ zones: flannel })).toMatchObject({ podVswitchIds: [] });
});

test("an existing network is passed on and nothing is made", async () => {
  const existing = { vpcId: "vpc-1", nodeVswitchIds: ["vsw-1", "vsw-2"] };
  expect(tree((await record({ existing })).stack)).toEqual(["net: asm-autoscaler:index:MeshNetwork"]);
  expect(await outputsOf({ existing })).toEqual({ ...existing, podVswitchIds: [] });
  expect(await outputsOf({ existing: { ...existing, podVswitchIds: ["vsw-3"] } })).toMatchObject({
    podVswitchIds: ["vsw-3"],
  });
});

test("every child goes to the provider that the component was given", async () => {
  const { stack } = await recordCloud(
    () => void new MeshNetwork("net", { zones }, { providers: [new GivenProvider("alicloud")] }),
  );
  const children = stack.filter(({ parent }) => parent === "net");
  expect(children).toHaveLength(5);
  for (const { name, provider } of children) {
    expect([name, provider]).toEqual([name, expect.stringContaining("given-alicloud")]);
  }
});

const refused = (args: MeshNetworkArgs) => inputErrorsOf(() => new MeshNetwork("net", args));

test("all errors at once, each with its path, before anything is registered", async () => {
  const { stack } = await recordCloud(() =>
    expect(
      refused({
        cidrBlock: "10.0.0.0/9",
        networkName: "1",
        zones: [
          { zoneId: "a", nodeCidr: "10.1.0.0/16", podCidr: "10.1.0.0/17" },
          { zoneId: "b", nodeCidr: "10.200.0.0/16" },
          { zoneId: "a", nodeCidr: "10.3.0.0/30", podCidr: "10.4.1.0/16" },
        ],
      }),
    ).toEqual([
      ["networkName", "ASM_CLOUD_NAME_INVALID"],
      ["zones[2].nodeCidr", "ASM_CIDR_INVALID"],
      ["zones[2].podCidr", "ASM_CIDR_INVALID"],
      ["zones[2].zoneId", "ASM_ZONE_TWICE"],
      ["zones[1].podCidr", "ASM_POD_SWITCHES_MIXED"],
      ["zones[1].nodeCidr", "ASM_CIDR_OUTSIDE"],
      ["zones[0].podCidr", "ASM_CIDR_OVERLAP"],
    ]),
  );
  expect(stack).toEqual([]);
});

test("two networks, and none", () => {
  const existing = { vpcId: "vpc-1", nodeVswitchIds: ["vsw-1"] };
  expect(refused({ existing, zones, tags: {} })).toEqual([
    ["zones", "ASM_EXISTING_CONTRADICTED"],
    ["tags", "ASM_EXISTING_CONTRADICTED"],
  ]);
  expect(refused({})).toEqual([["zones", "ASM_ARGUMENT_MISSING"]]);
  expect(refused({ zones: [] })).toEqual([["zones", "ASM_ARGUMENT_MISSING"]]);
  expect(refused({ existing: { ...existing, nodeVswitchIds: [] } })).toEqual([
    ["existing.nodeVswitchIds", "ASM_ARGUMENT_MISSING"],
  ]);
});

test("what a program without types leaves out, or takes from another resource", () => {
  const untyped = (zone: object): MeshNetworkArgs => ({ zones: [Object(zone)] });
  expect(refused(untyped({}))).toEqual([
    ["zones[0].zoneId", "ASM_ARGUMENT_MISSING"],
    ["zones[0].nodeCidr", "ASM_ARGUMENT_MISSING"],
  ]);
  expect(refused(untyped({ zoneId: "a", nodeCidr: "10.1.0.0/16", podCidr: null }))).toEqual([]);
  expect(refused(untyped({ zoneId: pulumi.output("a"), nodeCidr: "10.1.0.0/16" }))).toEqual([
    ["zones[0].zoneId", "ASM_ARGUMENT_LATE"],
  ]);
  expect(refused({ zones: Object(pulumi.output(zones)) })).toEqual([["zones", "ASM_ARGUMENT_LATE"]]);
});

test("a block that another resource gives is judged when it is known, before the VPC is made", async () => {
  const late: MeshNetworkArgs = { zones: [{ zoneId: "a", nodeCidr: pulumi.output("10.1.0.0/30") }] };
  expect(() => validateNetwork("net", late)).not.toThrow();
  const judged = settled(late, (known) => validateNetwork("net", known)).apply(() => "nothing");
  const said = await new Promise((resolve) => {
    pulumi.recover(judged, (error) => error.message).apply(resolve);
  });
  expect(said).toMatch(/zones\[0\]\.nodeCidr: ASM_CIDR_INVALID/);
  const nodeCidr = pulumi.output(pulumi.unknown).apply(String);
  const { stack } = await record({ zones: [{ zoneId: "a", nodeCidr }] }, true);
  expect(only(stack, NETWORK).inputs).not.toHaveProperty("cidrBlock", "10.0.0.0/8");
});
