import { describe, expect, test } from "@jest/globals";
import { type JsonObject, textAt } from "../providerProtocol/json.ts";
import { unknown } from "../providerProtocol/wire.ts";
import { checkInputs } from "./check.ts";

const seed = new Uint8Array([1, 2, 3]);
const check = (newInputs: JsonObject, oldInputs: JsonObject = {}, namespaced = true): Promise<JsonObject> =>
  checkInputs({
    cluster: { defaultNamespace: "default", isNamespaced: async () => namespaced },
    type: { apiVersion: "v1", kind: "ConfigMap" },
    patch: false,
    name: "settings",
    oldInputs,
    newInputs,
    seed,
  });

describe("checked inputs", () => {
  test("get a name of eight hex digits, the same for the same seed, and keep it afterwards", async () => {
    const first = await check({});
    const name = textAt(first, "metadata", "name");
    expect(name).toMatch(/^settings-[0-9a-f]{8}$/);
    expect(await check({})).toEqual(first);
    const second = await checkInputs({
      cluster: { defaultNamespace: "default", isNamespaced: async () => true },
      type: { apiVersion: "v1", kind: "ConfigMap" },
      patch: false,
      name: "settings",
      oldInputs: first,
      newInputs: {},
      seed: new Uint8Array([9]),
    });
    expect(textAt(second, "metadata", "name")).toBe(name);
  });

  test("keep the name that the program gives, also one that is not known yet", async () => {
    expect(await check({ metadata: { name: "mine" } })).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "mine", namespace: "default" },
    });
    expect(textAt(await check({ metadata: { name: unknown } }), "metadata", "name")).toBe(unknown);
    expect(await check({ metadata: unknown })).toMatchObject({ metadata: unknown });
  });

  test("get no namespace where the kind has none", async () => {
    expect(textAt(await check({}, {}, false), "metadata", "namespace")).toBeUndefined();
  });

  test("lose what only the server writes", async () => {
    expect(await check({ metadata: { name: "mine", uid: "1", resourceVersion: "2" } })).toMatchObject({
      metadata: { name: "mine", namespace: "default" },
    });
  });

  test("of a patch have to name its object", async () => {
    const cluster = { defaultNamespace: "default", isNamespaced: async () => false };
    const type = { apiVersion: "v1", kind: "Namespace" };
    const args = { cluster, type, patch: true, name: "shop", oldInputs: {}, seed };
    await expect(checkInputs({ ...args, newInputs: {} })).rejects.toThrow(
      'the patch "shop" does not name its Namespace. Give it metadata.name.',
    );
    expect(await checkInputs({ ...args, newInputs: { metadata: { name: "shop" } } })).toEqual({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "shop" },
    });
  });
});
