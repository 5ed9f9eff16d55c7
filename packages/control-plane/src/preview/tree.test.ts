import { expect, test } from "@jest/globals";
import { type Planned, plannedBy, treeLines } from "./tree.ts";

const planned = (name: string, parent: string, type = "a:b:C"): Planned => ({
  urn: `urn:pulumi:dev::app::${type}::${name}`,
  type,
  parent: parent === "" ? "" : `urn:pulumi:dev::app::a:b:C::${parent}`,
  operation: "create",
  details: "",
});

test("children stand below their parents by name, in whatever order they came", () => {
  const resources = [
    planned("web-hpa", "web", "k:v:Hpa"),
    planned("web", "stack"),
    planned("db", "stack"),
    planned("stack", ""),
  ];
  expect(treeLines(resources)).toEqual([
    "stack          create a:C",
    "├─ db          create a:C",
    "└─ web         create a:C",
    "   └─ web-hpa  create k:Hpa",
  ]);
  expect(treeLines(resources.toReversed())).toEqual(treeLines(resources));
});

test("a branch goes on beside what is below it", () => {
  const names = treeLines([planned("s", ""), planned("a", "s"), planned("a1", "a"), planned("b", "s")]);
  expect(names.map((line) => line.slice(0, line.indexOf("  create")).trimEnd())).toEqual([
    "s",
    "├─ a",
    "│  └─ a1",
    "└─ b",
  ]);
});

test("the details stand in one column", () => {
  const [, pool, vpc] = treeLines([
    planned("stack", ""),
    { ...planned("pool", "stack", "alicloud:cs/nodePool:NodePool"), details: "2 × ecs.g7.xlarge" },
    { ...planned("vpc", "stack", "alicloud:vpc/network:Network"), details: "10.0.0.0/8" },
  ]);
  expect(pool).toBe("├─ pool  create alicloud:NodePool  2 × ecs.g7.xlarge");
  expect(vpc).toBe("└─ vpc   create alicloud:Network   10.0.0.0/8");
});

const event = (urn: string, type: string) => ({
  sequence: 1,
  timestamp: 1,
  resourcePreEvent: {
    metadata: {
      op: "create" as const,
      urn,
      type,
      provider: "",
      new: { type, urn, id: "", parent: "p", inputs: {}, outputs: {}, provider: "" },
    },
  },
});

test("what an event plans, without the providers that nobody wrote down", () => {
  expect(plannedBy(event("urn::web", "a:b:C"))).toEqual({
    urn: "urn::web",
    type: "a:b:C",
    parent: "p",
    operation: "create",
    details: "",
  });
  expect(plannedBy(event("urn::cluster-provider", "pulumi:providers:kubernetes"))).toBeDefined();
  expect(plannedBy(event("urn::default_4_34_2", "pulumi:providers:kubernetes"))).toBeUndefined();
  expect(plannedBy({ sequence: 1, timestamp: 1 })).toBeUndefined();
});
