import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { inputErrorsOf } from "../../testing/inputErrorsOf";
import { only, recordStack, tree } from "../../testing/recordStack";
import { settled } from "../validation/inputs";
import { MeshNamespace, type MeshNamespaceArgs } from ".";
import { validateNamespace } from "./meshNamespace";

const NAMESPACE = "kubernetes:core/v1:Namespace";
const PATCH = "kubernetes:core/v1:NamespacePatch";
const GATEWAY = "kubernetes:gateway.networking.k8s.io/v1:Gateway";

const record = (args: MeshNamespaceArgs, preview = false) =>
  recordStack(() => void new MeshNamespace("shop", args), { preview });

// Guards names and parents: a change of either replaces a namespace, and so deletes everything in it.
describe.each([false, true])("the tree (preview %s)", (preview) => {
  test("with sidecars", async () => {
    const stack = await record({ name: "test" }, preview);
    expect(tree(stack)).toEqual([
      "shop-namespace: kubernetes:core/v1:Namespace < shop",
      "shop: asm-autoscaler:index:MeshNamespace",
    ]);
    expect(only(stack, NAMESPACE).inputs["metadata"]).toEqual({
      name: "test",
      labels: { "istio-injection": "enabled" },
    });
  });

  test("ambient, without request metrics", async () => {
    const stack = await record({ name: "test", mode: "Ambient" }, preview);
    expect(tree(stack)).toHaveLength(2);
    expect(only(stack, NAMESPACE).inputs["metadata"]).toEqual({
      name: "test",
      labels: { "istio.io/dataplane-mode": "ambient" },
    });
  });

  test("ambient with a waypoint", async () => {
    const stack = await record({ name: "test", mode: "Ambient", waypoint: true }, preview);
    expect(tree(stack)).toEqual([
      "shop-namespace: kubernetes:core/v1:Namespace < shop",
      "shop-waypoint: kubernetes:gateway.networking.k8s.io/v1:Gateway < shop",
      "shop: asm-autoscaler:index:MeshNamespace",
    ]);
    expect(only(stack, NAMESPACE).inputs["metadata"]).toMatchObject({
      labels: { "istio.io/dataplane-mode": "ambient", "istio.io/use-waypoint": "waypoint" },
    });
    const gateway = only(stack, GATEWAY);
    expect(gateway.dependsOn).toContain("shop-namespace");
    expect(gateway.inputs).toEqual({
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "Gateway",
      metadata: { name: "waypoint", namespace: "test", labels: { "istio.io/waypoint-for": "service" } },
      spec: {
        gatewayClassName: "istio-waypoint",
        listeners: [{ name: "mesh", port: 15008, protocol: "HBONE", allowedRoutes: { namespaces: { from: "Same" } } }],
      },
    });
  });
});

test("a namespace stays when the component goes, unless its deletion is asked for", async () => {
  expect(only(await record({ name: "test" }), NAMESPACE).retainOnDelete).toBe(true);
  expect(only(await record({ name: "test", deleteNamespace: true }), NAMESPACE).retainOnDelete).toBe(false);
});

test("an existing namespace is only labelled, once its waypoint is there", async () => {
  const stack = await record({ name: "test", create: false, mode: "Ambient", waypoint: true });
  expect(tree(stack)).toEqual([
    "shop-namespace: kubernetes:core/v1:NamespacePatch < shop",
    "shop-waypoint: kubernetes:gateway.networking.k8s.io/v1:Gateway < shop",
    "shop: asm-autoscaler:index:MeshNamespace",
  ]);
  expect(only(stack, PATCH).dependsOn).toContain("shop-waypoint");
  expect(only(stack, GATEWAY).dependsOn).not.toContain("shop-namespace");
});

test("a mode that is unknown at preview leaves the name known, so that nothing looks like a replacement", async () => {
  const mode = pulumi.output(pulumi.unknown).apply(() => "Ambient" as const);
  const stack = await record({ name: "test", mode, waypoint: true }, true);
  expect(only(stack, NAMESPACE).inputs["metadata"]).toMatchObject({ name: "test" });
});

test("every child goes to the provider that the component was given", async () => {
  const stack = await recordStack(() => {
    const kubernetes = new MockProvider("cluster");
    new MeshNamespace("shop", { name: "test", mode: "Ambient", waypoint: true }, { providers: { kubernetes } });
  });
  const children = stack.filter(({ parent }) => parent === "shop");
  expect(children).toHaveLength(2);
  for (const child of children)
    expect([child.name, child.provider]).toEqual([child.name, expect.stringContaining("cluster")]);
});

test("the room loads no SDK but that of Kubernetes, so that it works without a cloud's", () => {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const follow = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, from = ""] of readFileSync(file, "utf8").matchAll(
      /^(?:import|export) (?!type ).*? from "([^"]+)"/gms,
    )) {
      if (from.startsWith(".")) follow(`${join(dirname(file), from)}.ts`);
      else if (!from.startsWith("node:")) packages.add(from);
    }
  };
  follow(join(__dirname, "index.ts"));
  expect([...packages].sort()).toEqual([
    "@asm-autoscaler/hpa-metrics",
    "@pulumi/kubernetes/apiextensions",
    "@pulumi/kubernetes/core/v1",
    "@pulumi/pulumi",
  ]);
});

describe("arguments", () => {
  const refused = (args: MeshNamespaceArgs) => inputErrorsOf(() => new MeshNamespace("shop", args));
  /** Arguments as a program without types may write them. */
  const untyped = (json: string): MeshNamespaceArgs => JSON.parse(json);

  test("are refused all at once, each with its path, before anything is registered", async () => {
    const stack = await recordStack(() =>
      expect(refused(untyped('{ "name": "My Shop", "mode": "sidecar" }'))).toEqual([
        ["mode", "ASM_CHOICE_UNKNOWN"],
        ["name", "ASM_NAME_INVALID"],
      ]),
    );
    expect(stack).toEqual([]);
    expect(refused(untyped("{}"))).toEqual([["name", "ASM_ARGUMENT_MISSING"]]);
    expect(refused(untyped('{ "name": null, "mode": null }'))).toEqual([["name", "ASM_ARGUMENT_MISSING"]]);
  });

  test("that decide what there is cannot come from another resource", () => {
    const late = (field: object): MeshNamespaceArgs => ({ name: "test", mode: "Ambient", ...field });
    for (const path of ["create", "deleteNamespace", "waypoint"]) {
      expect(refused(late({ [path]: pulumi.output(true) }))).toEqual([[path, "ASM_ARGUMENT_LATE"]]);
    }
  });

  test("a deletion of a namespace that is only labelled", () => {
    expect(refused({ name: "test", create: false, deleteNamespace: true })).toEqual([
      ["deleteNamespace", "ASM_ARGUMENT_MISPLACED"],
    ]);
  });

  test("a waypoint beside sidecars", () => {
    expect(refused({ name: "test", waypoint: true })).toEqual([["waypoint", "ASM_ARGUMENT_MISPLACED"]]);
    expect(refused({ name: "test", mode: "Ambient", waypoint: true })).toEqual([]);
  });

  test("that are known only later are judged then", async () => {
    const args: MeshNamespaceArgs = { name: pulumi.output("My Shop"), mode: pulumi.output("Sidecar"), waypoint: true };
    expect(() => validateNamespace("shop", args)).not.toThrow();
    const late = settled(args, (known) => validateNamespace("shop", known)).apply(() => "nothing");
    const said = await new Promise((resolve) => {
      pulumi.recover(late, (error) => error.message).apply(resolve);
    });
    expect(said).toMatch(/name: ASM_NAME_INVALID.*\n.*waypoint: ASM_ARGUMENT_MISPLACED/);
  });
});

class MockProvider extends pulumi.ProviderResource {
  constructor(name: string) {
    super("kubernetes", name);
  }
}
