import { describe, expect, test } from "@jest/globals";
import type { JsonObject } from "../providerProtocol/json.ts";
import { fillInputs, withoutDefaults } from "./check.ts";
import { resourceFields } from "./schema.ts";

const fill = (type: string, newInputs: JsonObject, oldInputs: JsonObject = {}): JsonObject =>
  fillInputs({ fields: resourceFields(type), name: "mine", newInputs, oldInputs, seed: new Uint8Array([1, 2, 3]) });

const cluster = "alicloud:cs/managedKubernetes:ManagedKubernetes";

describe("the inputs of a resource", () => {
  test("get the schema's defaults, also inside of what was given, and say which", () => {
    const filled = fill(cluster, { name: "ack", vswitchIds: ["v"], addons: [{ name: "a" }] });
    expect(filled).toEqual({
      name: "ack",
      vswitchIds: ["v"],
      addons: [{ name: "a", disabled: false, __defaults: ["disabled"] }],
      clusterDomain: "cluster.local",
      newNatGateway: true,
      nodeCidrMask: 24,
      proxyMode: "ipvs",
      slbInternetEnabled: true,
      __defaults: ["clusterDomain", "newNatGateway", "nodeCidrMask", "proxyMode", "slbInternetEnabled"],
    });
    expect(withoutDefaults(filled)["addons"]).toEqual([{ name: "a", disabled: false }]);
  });

  test("get a name that lasts, and the default that conflicts with it gives way", () => {
    const first = fill(cluster, { vswitchIds: ["v"] });
    expect(first["name"]).toMatch(/^mine-[0-9a-f]{7}$/);
    expect(first["namePrefix"]).toBeUndefined();
    const old = { ...first, name: "mine-0000000" };
    expect(fill(cluster, { vswitchIds: ["v"] }, old)["name"]).toBe("mine-0000000");
    expect(fill(cluster, { vswitchIds: ["v"] }, { ...old, __defaults: [] })["name"]).toBe(first["name"]);
  });

  test("get no name where it is deprecated", () => {
    expect(fill("alicloud:vpc/network:Network", {})).toEqual({ __defaults: [] });
    expect(fill("alicloud:cs/nodePool:NodePool", { clusterId: "c", nodePoolName: "p" })["name"]).toBeUndefined();
  });

  test("have the types of the schema", () => {
    const filled = fill("alicloud:cs/nodePool:NodePool", {
      desiredSize: 2,
      systemDiskSize: "120",
      unschedulable: "true",
    });
    expect(filled).toMatchObject({ desiredSize: "2", systemDiskSize: 120, unschedulable: true });
  });
});
