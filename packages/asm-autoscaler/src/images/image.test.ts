import "../../testing/bundleFixture";
import { describe, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { prometheus } from "../../testing/recordAdapter";
import { recordStack } from "../../testing/recordStack";
import { MeshPrometheus, MetricsAdapter, QuickStart, SampleWorkload } from "..";
import { argumentsOf, componentNames } from "../validation/argumentSchema";
import { imageReference, pinned, registryErrors } from "./image";

/** The components that run images, each with the images that it says it runs. */
const runners: Record<string, (mirror: { imageRegistry?: string }) => pulumi.Output<string[]>> = {
  MetricsAdapter: (mirror) => new MetricsAdapter("it", { prometheus, ...mirror }).images,
  MeshPrometheus: (mirror) => new MeshPrometheus("it", { grafana: true, ...mirror }).images,
  SampleWorkload: (mirror) => new SampleWorkload("it", { namespace: "test", ...mirror }).images,
  QuickStart: (mirror) => new QuickStart("it", mirror).images,
};

test("every component that has a registry as an argument is tried below", () => {
  const withRegistry = componentNames().filter((name) => "imageRegistry" in argumentsOf(name));
  expect(withRegistry.sort()).toEqual(Object.keys(runners).sort());
});

describe.each(Object.keys(runners))("%s", (component) => {
  const run = async (mirror: { imageRegistry?: string }, preview: boolean) => {
    let named: string[] = [];
    const stack = await recordStack(
      () =>
        void runners[component]?.(mirror).apply((images) => {
          named = images;
        }),
      { preview },
    );
    const pods = JSON.stringify(stack.filter(({ type }) => type.startsWith("kubernetes:")).map(({ inputs }) => inputs));
    return {
      named: named.sort(),
      pulled: [...pods.matchAll(/"image":"([^"]+)"/g)].map(([, image = ""]) => image).sort(),
    };
  };

  test.each([false, true])("names the images of its pods, also in a preview (preview %s)", async (preview) => {
    const { named, pulled } = await run({}, preview);
    expect(pulled.length).toBeGreaterThan(0);
    expect(named).toEqual(pulled);
  });

  test("pulls every image from the registry", async () => {
    const { named, pulled } = await run({ imageRegistry: "registry.example:5000/mirror" }, false);
    expect(named).toEqual(pulled);
    expect(pulled.filter((image) => !image.startsWith("registry.example:5000/mirror/"))).toEqual([]);
  });
});

/** References of the pinned images in a registry. */
const referencesIn = (registry: string) =>
  new Promise<string[]>((resolve) => {
    pulumi.all(Object.values(pinned).map((image) => imageReference(image, registry))).apply(resolve);
  });

test.each([
  "registry.cn-hangzhou.aliyuncs.com/team",
  "registry-vpc.cn-beijing.aliyuncs.com/team",
  "registry-internal.cn-shanghai.aliyuncs.com/team",
  "crpi-0123456789abcdef.cn-hangzhou.personal.cr.aliyuncs.com/team",
  "crpi-0123456789abcdef-vpc.cn-hangzhou.personal.cr.aliyuncs.com/team",
])("in %s, whose repositories have one part, an image has its last part", async (registry) => {
  expect(registryErrors("imageRegistry", registry)).toEqual([]);
  const references = await referencesIn(registry);
  expect(references.map((reference) => reference.replace(/:[^:]*$/, ""))).toEqual(
    ["node", "prometheus", "grafana", "podinfo", "flagger-loadtester"].map((name) => `${registry}/${name}`),
  );
});

test.each([
  "shop-registry-vpc.cn-hangzhou.cr.aliyuncs.com/mirror",
  "shop-registry.cn-hangzhou.cr.aliyuncs.com",
  "registry.example",
  "localhost/mirror",
  "registry:5000",
])("in %s, an image has its whole path", async (registry) => {
  expect(registryErrors("imageRegistry", registry)).toEqual([]);
  expect(await referencesIn(registry)).toEqual(Object.values(pinned).map(({ path }) => `${registry}/${path}`));
});

test.each([
  ["team", "has no host"],
  ["team/mirror", "has no host"],
  ["registry.cn-hangzhou.aliyuncs.com", "is not a namespace of Container Registry Personal Edition"],
  ["registry.cn-hangzhou.aliyuncs.com/team/mirror", "is not a namespace of Container Registry Personal Edition"],
  ["crpi-0123456789abcdef.cn-hangzhou.personal.cr.aliyuncs.com", "is not a namespace of Container Registry"],
  ["https://registry.example", "is not a valid registry"],
  ["registry.example/", "is not a valid registry"],
  ["", "is not a valid registry"],
])("the registry %j %s", (registry, message) => {
  expect(registryErrors("imageRegistry", registry)).toEqual([
    expect.objectContaining({ code: "ASM_IMAGE_INVALID", message: expect.stringContaining(message) }),
  ]);
});
