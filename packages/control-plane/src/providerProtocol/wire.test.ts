import { describe, expect, test } from "@jest/globals";
import { fromStruct, hasUnknown, inClear, markSecrets, secret, toStruct, unknown } from "./wire.ts";

describe("Pulumi properties", () => {
  test("survive the protobuf struct", () => {
    const properties = { text: "a", number: 1.5, yes: true, list: [1, { a: "b" }], empty: {}, token: secret("t") };
    expect(fromStruct(toStruct(properties))).toEqual(properties);
  });

  test("are in clear without secret marks and without null", () => {
    expect(inClear({ a: secret({ b: secret("c") }), d: null, e: [secret("f")] })).toEqual({ a: { b: "c" }, e: ["f"] });
  });

  test("are unknown when anything in them is", () => {
    expect(hasUnknown({ a: [{ b: unknown }] })).toBe(true);
    expect(hasUnknown({ a: secret(unknown) })).toBe(true);
    expect(hasUnknown({ a: "b" })).toBe(false);
  });

  test("take over the secret marks of the inputs at the same places", () => {
    const live = { kind: "ConfigMap", data: { open: "a", hidden: "b" }, list: ["c", "d"], status: {} };
    const inputs = { kind: "ConfigMap", data: { open: "a", hidden: secret("b") }, list: ["c", secret("d")] };
    expect(markSecrets(live, inputs)).toEqual({
      kind: "ConfigMap",
      data: { open: "a", hidden: secret("b") },
      list: secret(["c", "d"]),
      status: {},
    });
  });

  test("hide the data of a Secret even if no input was marked", () => {
    expect(markSecrets({ kind: "Secret", data: { a: "YQ==" }, type: "Opaque" }, {})).toEqual({
      kind: "Secret",
      data: secret({ a: "YQ==" }),
      type: "Opaque",
    });
  });
});
