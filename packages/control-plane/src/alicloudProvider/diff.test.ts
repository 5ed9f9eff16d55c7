import { describe, expect, test } from "@jest/globals";
import type { JsonObject } from "../providerProtocol/json.ts";
import { formatPropertyPath } from "../providerProtocol/propertyPath.ts";
import { unknown } from "../providerProtocol/wire.ts";
import { difference, fixedRemovals } from "./diff.ts";
import type { Field, Fields } from "./schema.ts";

const text: Field = { type: "string", optional: true };

const lines = (fields: Fields, state: JsonObject, inputs: JsonObject, ignored: string[] = []): string[] =>
  difference({ fields, state, inputs, ignored }).map(
    ({ path, kind, replaces }) => `${replaces ? "replace by " : ""}${kind} ${formatPropertyPath(path)}`,
  );

describe("what the state has and the program leaves out", () => {
  test("is removed", () => {
    expect(lines({ version: text }, { version: "v1" }, {})).toEqual(["delete version"]);
  });

  test("replaces the resource when it cannot change in place", () => {
    expect(lines({ podCidr: { ...text, forceNew: true } }, { podCidr: "172.20.0.0/16" }, {})).toEqual([
      "replace by delete podCidr",
    ]);
  });

  test.each(["", 0, false])("is left when its value is the zero value %p", (zero) => {
    expect(lines({ a: { ...text, forceNew: true } }, { a: zero }, {})).toEqual([]);
  });

  test.each<Field>([
    { ...text, computed: true },
    { ...text, suppressed: true },
    { type: "object", optional: true, computed: true, fields: { a: text } },
    { type: "list", optional: true, computed: true, element: "string" },
  ])("is left when the provider computes or hides it: %j", (field) => {
    const value = field.type === "object" ? { a: "b" } : field.type === "list" ? ["b"] : "b";
    expect(lines({ a: { ...field, forceNew: true } }, { a: value }, {})).toEqual([]);
  });

  test("is no matter of outputs", () => {
    expect(lines({ status: { type: "string", computed: true } }, { status: "Running" }, { status: "x" })).toEqual([]);
  });

  test("is removed from within a block that the program gives in part", () => {
    const fields = { tracing: { type: "boolean" }, enableLocalityLb: { type: "boolean", forceNew: true } } as const;
    const meshConfig: Field = { type: "object", optional: true, computed: true, fields };
    const state = { meshConfig: { tracing: true, enableLocalityLb: true } };
    expect(lines({ meshConfig }, state, { meshConfig: { tracing: true } })).toEqual([
      "replace by delete meshConfig.enableLocalityLb",
    ]);
    expect(lines({ meshConfig }, state, {})).toEqual([]);
  });

  test("counts as a block even when nothing in it is set", () => {
    const autoMode: Field = {
      type: "object",
      forceNew: true,
      fields: { enabled: { type: "boolean", forceNew: true } },
    };
    const state = { autoMode: { enabled: false } };
    // As the bridge says, although the update then fails.
    expect(lines({ autoMode }, state, {})).toEqual(["delete autoMode"]);
    expect(fixedRemovals({ fields: { autoMode }, state, inputs: {}, ignored: [] })).toEqual(["autoMode"]);
    expect(fixedRemovals({ fields: { autoMode }, state, inputs: {}, ignored: ["autoMode"] })).toEqual([]);
    expect(lines({ autoMode }, {}, state)).toContain("replace by add autoMode");
  });
});

describe("what the program gives", () => {
  test("is compared as text, as Terraform keeps it", () => {
    expect(lines({ size: { type: "number" } }, { size: 3 }, { size: "3" })).toEqual([]);
    expect(lines({ size: { type: "number" } }, { size: 3 }, { size: 4 })).toEqual(["update size"]);
  });

  test("changes when it is not known yet", () => {
    expect(lines({ id: { ...text, forceNew: true } }, { id: "c1" }, { id: unknown })).toEqual(["replace by update id"]);
  });

  test("is added", () => {
    expect(lines({ name: text }, {}, { name: "a" })).toEqual(["add name"]);
  });

  test("counts in a list by its place, and in a set by its value", () => {
    const list: Field = { type: "list", element: "string" };
    expect(lines({ list }, { list: ["a", "b"] }, { list: ["b", "a"] })).toEqual(["update list[0]", "update list[1]"]);
    expect(lines({ list }, { list: ["a"] }, { list: ["a", "b"] })).toEqual(["update list", "add list[1]"]);
    expect(lines({ list: { ...list, type: "set" } }, { list: ["a", "b"] }, { list: ["b", "a"] })).toEqual([]);
  });

  test("counts in a map by its keys", () => {
    const tags: Field = { type: "map", optional: true };
    expect(lines({ tags }, { tags: { a: "1", b: "2" } }, { tags: { a: "2", c: "3" } })).toEqual([
      "update tags.a",
      "delete tags.b",
      "add tags.c",
    ]);
  });
});

test("ignoreChanges hides a property and all in it", () => {
  const fields: Fields = { a: text, b: { type: "object", fields: { c: text, d: text } } };
  const state = { a: "1", b: { c: "1", d: "1" } };
  expect(lines(fields, state, { b: {} }, ["a", "b.c"])).toEqual(["delete b.d"]);
  expect(lines(fields, state, {}, ["a", "b"])).toEqual([]);
});
