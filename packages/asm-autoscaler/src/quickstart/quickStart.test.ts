import "../../testing/bundleFixture";
import { describe, expect, test } from "@jest/globals";
import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { inputErrorsOf } from "../../testing/inputErrorsOf";
import { type RecordedResource, type RecordedStack, recordStack, tree } from "../../testing/recordStack";
import { QuickStart, type QuickStartArgs } from ".";

const record = (args?: QuickStartArgs, preview = false) =>
  recordStack(() => void new QuickStart("guide", args), { preview });

/** The name of the component of ours that a resource stands in, directly below the one under test. */
function roomOf(stack: RecordedStack, resource: RecordedResource): string {
  const parent = stack.find(({ name }) => name === resource.parent);
  return parent === undefined || parent.parent === "" ? resource.name : roomOf(stack, parent);
}

describe.each([false, true])("what is registered (preview %s)", (preview) => {
  // Guards names and parents: a change of either replaces what everyone who upgrades has running. What is in each
  // component is told by its own tests.
  test("the four components, as children", async () => {
    const stack = await record({}, preview);
    expect(tree(stack.filter(({ type }) => type.startsWith("asm-autoscaler:")))).toEqual([
      "guide-adapter: asm-autoscaler:index:MetricsAdapter < guide",
      "guide-autoscaler: asm-autoscaler:index:TrafficAutoscaler < guide",
      "guide-namespace: asm-autoscaler:index:MeshNamespace < guide",
      "guide-sample: asm-autoscaler:index:SampleWorkload < guide",
      "guide: asm-autoscaler:index:QuickStart",
    ]);
    expect(new Set(stack.slice(1).map((resource) => roomOf(stack, resource).replace("guide-", "")))).toEqual(
      new Set(["adapter", "autoscaler", "namespace", "sample"]),
    );
  });

  test("all of it through the provider that is given", async () => {
    const stack = await recordStack(
      () => {
        const provider = new Provider("elsewhere", { kubeconfig: "{}" });
        new QuickStart("guide", {}, { providers: [provider] });
      },
      { preview },
    );
    const objects = stack.filter(({ type }) => type.startsWith("kubernetes:"));
    expect(objects.length).toBeGreaterThan(20);
    expect(objects.filter(({ provider }) => !provider.includes("::elsewhere::"))).toEqual([]);
  });
});

test("the guide's numbers, where none are given", async () => {
  const stack = await record();
  const inputs = (name: string) => JSON.stringify(stack.find((resource) => resource.name === name)?.inputs);
  expect(inputs("guide-namespace-namespace")).toContain('"name":"test"');
  expect(inputs("guide-autoscaler-hpa")).toMatch(/"maxReplicas":10.*"averageValue":"10"/);
});

test("what one component hands to the next, and the commands to watch it", async () => {
  const seen = Promise.withResolvers<unknown[]>();
  const stack = await recordStack(() => {
    const all = new QuickStart("guide", { namespace: "shop", requestsPerSecond: 20, maxReplicas: 4 });
    pulumi.all([all.namespace, all.deploymentName, all.loadCommand, all.watchCommand]).apply(seen.resolve);
  });
  expect(await seen.promise).toEqual([
    "shop",
    "podinfo",
    expect.stringContaining("http://podinfo.shop:9898"),
    "kubectl -n shop get hpa/podinfo --watch",
  ]);
  const hpa = stack.find(({ name }) => name === "guide-autoscaler-hpa");
  expect(hpa?.inputs).toMatchObject({ metadata: { namespace: "shop", name: "podinfo" }, spec: { maxReplicas: 4 } });
});

test("needs no Prometheus and no storage: the adapter reads the sidecars of the sample", async () => {
  const stack = await record();
  const deployment = JSON.stringify(stack.find(({ name }) => name === "guide-adapter-deployment")?.inputs);
  expect(deployment).toContain('"--direct"');
  expect(deployment).not.toContain("--prometheus-server");
  expect(stack.filter(({ type }) => /StatefulSet|PersistentVolumeClaim/.test(type))).toEqual([]);
  const hpa = stack.find(({ name }) => name === "guide-autoscaler-hpa");
  expect(Object.entries(Object(hpa?.inputs["metadata"]).annotations)).toContainEqual([
    expect.stringMatching(/\/reaction/),
    "direct",
  ]);
});

test("every image comes from the mirror", async () => {
  const stack = await record({ imageRegistry: "registry.example/mirror", imagePullSecrets: ["mirror"] });
  const images = [...JSON.stringify(stack.map(({ inputs }) => inputs)).matchAll(/"image":"([^"]+)"/g)].map(
    ([, image]) => image,
  );
  expect(images.length).toBeGreaterThanOrEqual(3);
  expect(images.filter((image) => !image?.startsWith("registry.example/mirror/"))).toEqual([]);
});

test("all errors at once, under the paths of this component, before anything is registered", async () => {
  const stack = await recordStack(() => {
    const wrong = {
      namespace: "Test",
      requestsPerSecond: 0,
      maxReplicas: 0,
      imageRegistry: "https://mirror",
      imagePullSecrets: ["Not good"],
    };
    expect(inputErrorsOf(() => new QuickStart("guide", wrong))).toEqual([
      ["namespace", "ASM_NAME_INVALID"],
      ["requestsPerSecond", "ASM_TARGET_INVALID"],
      ["maxReplicas", "ASM_COUNT_INVALID"],
      ["imageRegistry", "ASM_IMAGE_INVALID"],
      ["imagePullSecrets[0]", "ASM_NAME_INVALID"],
    ]);
  });
  expect(stack).toEqual([]);
});
