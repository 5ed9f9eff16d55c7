import { expect, test } from "@jest/globals";
import type { JsonObject } from "../providerProtocol/json.ts";
import { unknown } from "../providerProtocol/wire.ts";
import { resourceFields } from "./schema.ts";
import { validate } from "./validate.ts";

const cluster = "alicloud:cs/managedKubernetes:ManagedKubernetes";
const pool = "alicloud:cs/nodePool:NodePool";
const mesh = "alicloud:servicemesh/serviceMesh:ServiceMesh";
const vswitch = "alicloud:vpc/switch:Switch";

const refusals: [string, string, JsonObject, string, string][] = [
  ["a missing argument", pool, { nodePoolName: "a" }, "clusterId", 'The argument "clusterId" is required'],
  ["a missing argument in a block", mesh, { network: { vpcId: "v" } }, "network.vswitcheList", "is required"],
  ["an unknown argument", vswitch, { zoneId: "z", zone: "z" }, "zone", "Invalid or unknown key"],
  ["an output", vswitch, { zoneId: "z", status: "on" }, "status", "this field cannot be set"],
  [
    "a list where one is wanted",
    mesh,
    { network: { vpcId: "v", vswitcheList: ["a"] } },
    "network.vswitcheList",
    "type 'string'",
  ],
  ["one where a list is wanted", cluster, { vswitchIds: "vsw-1" }, "vswitchIds", "expected a list"],
  ["a text that is no number", cluster, { vswitchIds: ["v"], nodeCidrMask: "wide" }, "nodeCidrMask", "type 'number'"],
  ["too many switches", cluster, { vswitchIds: ["1", "2", "3", "4", "5", "6"] }, "vswitchIds", "supports 5 item"],
  [
    "a choice that there is not",
    cluster,
    { vswitchIds: ["v"], proxyMode: "ebpf" },
    "proxyMode",
    "to be one of [iptables ipvs nftables]",
  ],
  ["a number out of range", cluster, { vswitchIds: ["v"], nodeCidrMask: 20 }, "nodeCidrMask", "range (24 - 28)"],
  ["none of which one is needed", vswitch, {}, "zoneId", "one of zoneId,availabilityZone must be specified"],
  [
    "two of which one is needed",
    cluster,
    { vswitchIds: ["v"], zoneIds: ["z"] },
    "vswitchIds",
    "one of workerVswitchIds,vswitchIds,zoneIds",
  ],
  [
    "two that conflict",
    pool,
    { clusterId: "c", nodePoolName: "a", keyName: "k", password: "p" },
    "keyName",
    "conflicts with password",
  ],
];

test.each(refusals)("refuses %s", (_, type, inputs, property, reason) => {
  const failures = validate(resourceFields(type), inputs, "mine");
  expect(failures).toContainEqual({ property, reason: expect.stringContaining(reason) });
  expect(failures.find((each) => each.property === property)?.reason).toContain(`Examine values at 'mine.${property}'`);
});

test("takes what is not known yet for anything", () => {
  const inputs = { vswitchIds: unknown, nodeCidrMask: unknown, autoMode: unknown, tags: unknown };
  expect(validate(resourceFields(cluster), inputs, "mine")).toEqual([]);
});

test("takes numbers and booleans that are written as text", () => {
  const inputs = { vswitchIds: ["v"], nodeCidrMask: "26", deletionProtection: "true" };
  expect(validate(resourceFields(cluster), inputs, "mine")).toEqual([]);
});
