import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as library from "@asm-autoscaler/asm-autoscaler";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { ControlPlane } from "../src/index.ts";
import type { ProjectOptions } from "../src/preview/project.ts";
import {
  componentsOf,
  existingMeshSettings,
  MIRROR,
  type Previewed,
  previewProject,
  productionSettings,
  startExampleCluster,
} from "./exampleRoom.ts";

const workspace = fileURLToPath(new URL("../../..", import.meta.url));
const examples = join(workspace, "examples");
const policyPacks = [join(examples, "policies")];

let controlPlane: ControlPlane;
beforeAll(async () => {
  controlPlane = await startExampleCluster();
}, 120_000);
afterAll(() => controlPlane?.stop(), 60_000);

const mirrored = { config: { imageRegistry: MIRROR } };
const preview = (project: string, options: Partial<ProjectOptions> = {}) =>
  previewProject(controlPlane, { project, policyPacks, ...options });

/** Every image is pulled from the mirror, and the outputs of the stack say so, also before there is a cluster. */
function expectMirrored({ images, outputs }: Previewed, count: number) {
  const named = "images" in outputs ? Array.from<string>(Object(outputs)["images"]) : images;
  expect(named.filter((image) => image.startsWith(`${MIRROR}/`))).toHaveLength(count);
  expect(named).toHaveLength(count);
  expect(images.filter((image) => !named.includes(image))).toEqual([]);
}

describe("each example previews, with its own Pulumi.yaml, in silence, under the policy pack and without a cloud:", () => {
  test("the root stack", async () => {
    const previewed = await preview(workspace, mirrored);
    expect(componentsOf(previewed)).toEqual([
      "AckCluster",
      "AsmInstance",
      "MeshNamespace",
      "MeshNetwork",
      "MeshPrometheus",
      "MetricsAdapter",
      "SampleWorkload",
      "TrafficAutoscaler",
    ]);
    // Advisory: the public endpoint is on purpose, and the query contains a namespace that does not exist yet.
    expect(previewed.said).toEqual([
      expect.stringContaining("set publicEndpoint to false"),
      expect.stringMatching(/^can't run policy 'queries' .* \.metadata\.annotations can't be known during preview/),
      expect.stringMatching(/^can't run policy 'target-types' .* \.metadata\.annotations can't be known/),
    ]);
    expect(previewed.calls).toEqual([]);
    expect(new Set(previewed.planned.map(({ operation }) => operation))).toEqual(new Set(["create"]));
    expectMirrored(previewed, 5);
  }, 120_000);

  test("quickstart", async () => {
    const previewed = await preview(join(examples, "quickstart"), mirrored);
    expect(componentsOf(previewed)).toEqual(["QuickStart"]);
    expect(previewed).toMatchObject({ said: [], calls: [] });
    expectMirrored(previewed, 3);
  }, 120_000);

  test("existing-mesh", async () => {
    const previewed = await preview(join(examples, "existing-mesh"), existingMeshSettings(controlPlane));
    expect(componentsOf(previewed)).toEqual([
      "AckCluster",
      "AsmInstance",
      "ManagedPrometheus",
      "MeshNamespace",
      "MetricsAdapter",
      "TrafficAutoscaler",
    ]);
    expect(previewed).toMatchObject({ said: [], calls: [] });
    expectMirrored(previewed, 1);
    // Nothing of what is there already is made again.
    expect(previewed.planned.filter(({ type }) => type.startsWith("alicloud:"))).toEqual([]);
  }, 120_000);

  test("production", async () => {
    const previewed = await preview(join(examples, "production"), productionSettings);
    expect(componentsOf(previewed)).toEqual([
      "AckCluster",
      "AsmInstance",
      "MeshNamespace",
      "MeshNetwork",
      "MetricsAdapter",
      "OperatorPrometheus",
      "TrafficAutoscaler",
    ]);
    expect(previewed).toMatchObject({ said: [], calls: [] });
    expectMirrored(previewed, 1);
    const pools = previewed.planned.filter(({ type }) => type === "alicloud:cs/nodePool:NodePool");
    expect(pools.map(({ urn }) => urn.split("::").at(-1)).sort()).toEqual(["cluster-pool-spot", "cluster-pool-system"]);
    expect(previewed.planned.filter(({ type }) => type.startsWith("alicloud:vpc/"))).toEqual([]);
    const lines = readFileSync(join(examples, "production/index.ts"), "utf8").split("\n");
    expect(lines.length).toBeLessThan(120);
  }, 120_000);

  test("adapter-only", async () => {
    const previewed = await preview(join(examples, "adapter-only"), mirrored);
    expect(componentsOf(previewed)).toEqual(["MetricsAdapter"]);
    expect(previewed).toMatchObject({ said: [], calls: [] });
    expectMirrored(previewed, 1);
  }, 120_000);

  test("autoscaler-only", async () => {
    const previewed = await preview(join(examples, "autoscaler-only"));
    expect(componentsOf(previewed)).toEqual(["TrafficAutoscaler", "TrafficAutoscaler"]);
    expect(previewed).toMatchObject({ said: [], calls: [] });
  }, 120_000);

  test("adopt-hpa", async () => {
    const previewed = await preview(join(examples, "adopt-hpa"));
    expect(componentsOf(previewed)).toEqual(["TrafficAutoscaler"]);
    expect(previewed).toMatchObject({ said: [], calls: [] });
  }, 120_000);
});

test("every class, enum and function of the library is used by an example", () => {
  const sources = readdirSync(examples, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !path.includes("node_modules"))
    .map((path) => readFileSync(join(examples, path), "utf8"))
    .join("\n");
  // Followed by what a use has and an import has not.
  // Node adds names of its own to those of a CommonJS module.
  const exported = Object.keys(library).filter((name) => !["default", "module.exports", "__esModule"].includes(name));
  const unused = exported.filter((name) => !new RegExp(`\\b${name}[.(;]`).test(sources));
  expect(exported.length).toBeGreaterThan(10);
  expect(unused).toEqual([]);
});
