import { describe, expect, test } from "@jest/globals";
import type { JsonObject } from "../providerProtocol/json.ts";
import { formatPropertyPath } from "../providerProtocol/propertyPath.ts";
import { unknown } from "../providerProtocol/wire.ts";
import { difference } from "./diff.ts";

const changed = (args: {
  live: JsonObject;
  oldInputs: JsonObject;
  newInputs: JsonObject;
  ignored?: string[];
  patch?: boolean;
}): string[] =>
  difference({ patch: false, ignored: [], ...args }).changes.map(
    ({ path, kind, replaces }) => `${kind}${replaces ? "-replace" : ""} ${formatPropertyPath(path)}`,
  );

const deployment = (spec: JsonObject): JsonObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "podinfo", namespace: "test", labels: {} },
  spec,
});

describe("the difference between new inputs and a live object", () => {
  test("is nothing where the cluster added fields or dropped empty ones", () => {
    const inputs = deployment({ selector: { matchLabels: { app: "a" } }, paused: false });
    const live = {
      ...inputs,
      metadata: { name: "podinfo", namespace: "test", uid: "1", managedFields: [] },
      spec: { selector: { matchLabels: { app: "a" } }, replicas: 3, strategy: { type: "RollingUpdate" } },
      status: { replicas: 3 },
    };
    expect(changed({ live, oldInputs: inputs, newInputs: inputs })).toEqual([]);
  });

  test("is nothing between two spellings of a quantity", () => {
    const inputs = deployment({ resources: { limits: { cpu: "1000m", memory: "1024Mi" } } });
    const live = deployment({ resources: { limits: { cpu: "1", memory: "1Gi" } } });
    expect(changed({ live, oldInputs: inputs, newInputs: inputs })).toEqual([]);
  });

  test("does not take a text that looks like a quantity for one", () => {
    const inputs = deployment({ env: [{ name: "A", value: "1000m" }] });
    const next = deployment({ env: [{ name: "A", value: "1" }] });
    expect(changed({ live: inputs, oldInputs: inputs, newInputs: next })).toEqual(["update spec.env[0].value"]);
  });

  test("shows what changed, came and went", () => {
    const old = deployment({ replicas: 1, paused: true });
    const next = deployment({ replicas: 2, minReadySeconds: 0 });
    expect(changed({ live: old, oldInputs: old, newInputs: next }).sort()).toEqual([
      "add spec.minReadySeconds",
      "delete spec.paused",
      "update spec.replicas",
    ]);
  });

  test("shows drift of a field that the program sets", () => {
    const inputs = deployment({ replicas: 1 });
    expect(changed({ live: deployment({ replicas: 7 }), oldInputs: inputs, newInputs: inputs })).toEqual([
      "update spec.replicas",
    ]);
    expect(
      changed({ live: deployment({ replicas: 7 }), oldInputs: inputs, newInputs: inputs, ignored: ["spec.replicas"] }),
    ).toEqual([]);
  });

  test("counts an unknown value as changed", () => {
    const old = deployment({ replicas: 1 });
    expect(changed({ live: old, oldInputs: old, newInputs: deployment({ replicas: unknown }) })).toEqual([
      "update spec.replicas",
    ]);
    expect(changed({ live: old, oldInputs: old, newInputs: { ...old, spec: unknown } })).toEqual(["update spec"]);
  });

  test("replaces what cannot change in place, and deletes first when the name stays", () => {
    const old = deployment({ selector: { matchLabels: { app: "a" } } });
    const next = deployment({ selector: { matchLabels: { app: "b" } } });
    const found = difference({ live: old, oldInputs: old, newInputs: next, patch: false, ignored: [] });
    expect(found.changes.map(({ replaces }) => replaces)).toEqual([true]);
    expect(found.deleteBeforeReplace).toBe(true);

    const metadata = { name: "podinfo", namespace: "test", annotations: { "pulumi.com/autonamed": "true" } };
    const autonamed = { ...next, metadata };
    expect(
      difference({ live: old, oldInputs: old, newInputs: autonamed, patch: false, ignored: [] }).deleteBeforeReplace,
    ).toBe(false);
  });

  test("replaces an object that moves to another namespace without deleting it first", () => {
    const old = deployment({});
    const next = { ...old, metadata: { name: "podinfo", namespace: "other" } };
    const found = difference({ live: old, oldInputs: old, newInputs: next, patch: false, ignored: [] });
    expect(found.changes.some(({ replaces }) => replaces)).toBe(true);
    expect(found.deleteBeforeReplace).toBe(false);
  });

  test("grows a volume claim in place, and replaces it for another class of storage", () => {
    const claim = (spec: JsonObject): JsonObject => ({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "data", namespace: "test" },
      spec: {
        accessModes: ["ReadWriteOnce"],
        storageClassName: "a",
        resources: { requests: { storage: "1Gi" } },
        ...spec,
      },
    });
    const old = claim({});
    const grown = claim({ resources: { requests: { storage: "2Gi" } } });
    expect(changed({ live: old, oldInputs: old, newInputs: grown })).toEqual([
      "update spec.resources.requests.storage",
    ]);
    expect(changed({ live: old, oldInputs: old, newInputs: claim({ storageClassName: "b" }) })).toEqual([
      "update-replace spec.storageClassName",
    ]);
  });

  test("replaces a patch only when it is of another object", () => {
    const map = (name: string, data: string): JsonObject => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name },
      data: { a: data },
    });
    const old = map("one", "1");
    expect(changed({ patch: true, live: old, oldInputs: old, newInputs: map("one", "2") })).toEqual(["update data.a"]);
    expect(changed({ patch: true, live: old, oldInputs: old, newInputs: map("two", "1") })).toEqual([
      "update-replace metadata.name",
    ]);
  });

  test("compares a Secret's stringData with the data that the cluster made of it", () => {
    const secret = (text: string): JsonObject => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s" },
      stringData: { token: text },
    });
    const live = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, data: { token: "YQ==" }, type: "Opaque" };
    expect(changed({ live, oldInputs: secret("a"), newInputs: secret("a") })).toEqual([]);
    expect(changed({ live, oldInputs: secret("a"), newInputs: secret("b") })).toEqual(["update-replace data.token"]);
  });
});
