import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as library from "@asm-autoscaler/asm-autoscaler";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { openCloud } from "../src/alicloudProvider/cloud.ts";
import { type ControlPlane, startControlPlane } from "../src/index.ts";
import { openProject, type ProjectOptions } from "../src/preview/project.ts";
import { type Planned, plannedBy } from "../src/preview/tree.ts";

const workspace = fileURLToPath(new URL("../../..", import.meta.url));
const examples = join(workspace, "examples");
const policyPacks = [join(examples, "policies")];

let controlPlane: ControlPlane;
beforeAll(async () => {
  controlPlane = await startControlPlane();
  // What the examples expect to be there, so that the API server can judge what would be made in them.
  for (const namespace of ["istio-system", "shop", "arms-prom", "test"]) {
    await controlPlane.kubectl(["create", "namespace", namespace]);
  }
}, 120_000);
afterAll(() => controlPlane?.stop(), 60_000);

interface Previewed {
  readonly planned: readonly Planned[];
  /** Warnings and errors, violations of the policy pack, and what the program printed itself. */
  readonly said: readonly string[];
  /** Calls of a cloud. */
  readonly calls: readonly string[];
}

/** Previews a project on disk by the real engine; objects of Kubernetes are tried on the API server. */
async function preview(project: string, options: Partial<ProjectOptions> = {}): Promise<Previewed> {
  const directory = join(
    controlPlane.directory,
    `preview-${project === workspace ? "root" : project.split("/").at(-1)}`,
  );
  mkdirSync(directory);
  const { kubeconfig, binaries } = controlPlane;
  const opened = await openProject({ project, directory, pulumi: binaries.pulumi, kubeconfig, ...options });
  const planned: Planned[] = [];
  const said: string[] = [];
  try {
    await opened.stack.preview({
      policyPacks,
      onEvent: (event) => {
        const resource = plannedBy(event);
        if (resource !== undefined) planned.push(resource);
        const { severity, message = "" } = event.diagnosticEvent ?? {};
        // The CLI warns of each plugin that is not in its own folder.
        const ambient = message.startsWith("using pulumi-analyzer-policy-nodejs from $PATH");
        if ((severity === "warning" || severity === "error") && !ambient) said.push(message);
        if (event.policyEvent !== undefined) said.push(event.policyEvent.message);
      },
    });
    return {
      planned,
      said: [...said, ...opened.printed().split("\n").filter(Boolean)],
      calls: openCloud(directory).calls(),
    };
  } finally {
    await opened.close();
  }
}

/** Names of our components right below the stack. */
function componentsOf({ planned }: Previewed): string[] {
  const stack = planned.find(({ type }) => type === "pulumi:pulumi:Stack");
  return planned
    .filter(({ type, parent }) => parent === stack?.urn && type.startsWith("asm-autoscaler:"))
    .map(({ type }) => type.replace("asm-autoscaler:index:", ""))
    .sort();
}

describe("each example previews, with its own Pulumi.yaml, in silence, under the policy pack and without a cloud:", () => {
  test("the root stack", async () => {
    const previewed = await preview(workspace);
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
  }, 120_000);

  test("quickstart", async () => {
    const previewed = await preview(join(examples, "quickstart"));
    expect(componentsOf(previewed)).toEqual(["QuickStart"]);
    expect(previewed).toMatchObject({ said: [], calls: [] });
  }, 120_000);

  test("existing-mesh", async () => {
    const previewed = await preview(join(examples, "existing-mesh"), {
      config: { vpcId: "vpc-1", clusterId: "c1", meshId: "m1" },
      secrets: {
        kubeconfig: readFileSync(controlPlane.kubeconfig, "utf8"),
        prometheusUrl: "https://cn-hangzhou.arms.aliyuncs.com:9443/api/v1/prometheus/1/2/c1/cn-hangzhou",
        prometheusToken: "token",
      },
    });
    expect(componentsOf(previewed)).toEqual([
      "AckCluster",
      "AsmInstance",
      "ManagedPrometheus",
      "MeshNamespace",
      "MetricsAdapter",
      "TrafficAutoscaler",
    ]);
    expect(previewed).toMatchObject({ said: [], calls: [] });
    // Nothing of what is there already is made again.
    expect(previewed.planned.filter(({ type }) => type.startsWith("alicloud:"))).toEqual([]);
  }, 120_000);

  test("adapter-only", async () => {
    const previewed = await preview(join(examples, "adapter-only"));
    expect(componentsOf(previewed)).toEqual(["MetricsAdapter"]);
    expect(previewed).toMatchObject({ said: [], calls: [] });
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
