import { cp, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation/index.js";
import { ensureBinaries } from "../src/binaries.ts";
import { startKubernetesProvider } from "../src/engine/providerProcess.ts";
import { type LocalCluster, startLocalCluster } from "../src/localCluster.ts";
import { createTeardown } from "../src/teardown.ts";
import { blocksOfPreviews, diagnosticsOf } from "./diagnostics.ts";
import { startPlugin } from "./pluginProcess.ts";
import { pulumiSettings } from "./pulumiSettings.ts";

/** examples/yaml-consumer: our components in a program without a programming language, on the real engine. */

const here = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

const teardown = createTeardown();
let cluster: LocalCluster;
let stack: Stack;

beforeAll(async () => {
  const programs = await ensureBinaries(["pulumi-language-yaml"]);
  cluster = await startLocalCluster();
  teardown.add(() => cluster.stop());
  const { binaries, directory, kubeconfig, prometheusUrl } = cluster.controlPlane;
  const kubernetes = await startKubernetesProvider(kubeconfig, directory);
  teardown.add(() => kubernetes.stop());
  const plugin = await startPlugin(here("packages/asm-autoscaler"), directory);
  teardown.add(() => plugin.stop());

  const workDir = join(directory, "yaml-consumer");
  await cp(here("examples/yaml-consumer"), workDir, { recursive: true });
  const { root, pulumiHome, envVars } = await pulumiSettings(binaries.pulumi, join(directory, "yaml"), {
    kubernetes: kubernetes.port,
    "asm-autoscaler": plugin.port,
  });
  // For a CLI of this machine, which may come without language hosts; ours has it beside itself.
  const path = `${dirname(programs["pulumi-language-yaml"])}:${process.env["PATH"]}`;
  const pulumiCommand = await PulumiCommand.get({ root });
  stack = await LocalWorkspace.createOrSelectStack(
    { stackName: "local", workDir },
    { pulumiCommand, pulumiHome, envVars: { ...envVars, PATH: path } },
  );
  await stack.setAllConfig({ prometheusUrl: { value: prometheusUrl }, namespace: { value: "default" } });
}, 600_000);

afterAll(() => teardown.run(), 60_000);

/** Steps of the engine as `operation type`, without those that change nothing and without its default providers. */
async function stepsOf(operate: (onEvent: Parameters<Stack["up"]>[0]) => Promise<unknown>): Promise<string[]> {
  const steps: string[] = [];
  await operate({
    onEvent: ({ resourcePreEvent }) => {
      const { op, type } = resourcePreEvent?.metadata ?? {};
      if (op === undefined || op === "same" || type?.startsWith("pulumi:providers:")) return;
      steps.push(`${op} ${type}`);
    },
  });
  return steps;
}

const HPA = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler";

describe("a YAML program with our components", () => {
  test("is previewed with all that they make, and comes up", async () => {
    const previewed = await stepsOf((options) => stack.preview(options));
    expect(previewed).toEqual(
      expect.arrayContaining([
        "create asm-autoscaler:index:MetricsAdapter",
        "create asm-autoscaler:index:TrafficAutoscaler",
        "create kubernetes:apiregistration.k8s.io/v1:APIService",
        `create ${HPA}`,
      ]),
    );
    const { outputs, summary } = await stack.up();
    expect(summary.resourceChanges).toEqual({ create: previewed.length });
    expect(outputs["namespace"]?.value).toBe("default");
    expect(outputs["name"]?.value).toBe("podinfo");

    await stack.preview({ expectNoChanges: true });
  }, 120_000);

  test("updates only the autoscaler when its maxReplicas changes", async () => {
    await stack.setConfig("maxReplicas", { value: "20" });
    expect(await stepsOf((options) => stack.up(options))).toEqual([
      "update asm-autoscaler:index:TrafficAutoscaler",
      `update ${HPA}`,
    ]);
    const jsonPath = "jsonpath={.spec.maxReplicas}";
    expect(await cluster.controlPlane.kubectl(["get", "hpa", "podinfo", "-n", "default", "-o", jsonPath])).toBe("20");
  }, 120_000);

  test("is refused as the page shows when an argument is wrong", async () => {
    await stack.setConfig("maxReplicas", { value: "0" });
    expect(blocksOfPreviews()).toContain(await diagnosticsOf(stack));
    await stack.setConfig("maxReplicas", { value: "20" });
  }, 60_000);

  test("is refused when two autoscalers ask different things under one query name", async () => {
    const file = join(stack.workspace.workDir, "Pulumi.yaml");
    const program = await readFile(file, "utf8");
    const [found = ""] = /^ {2}podinfo:\n(?: {4}.*\n)+/m.exec(program) ?? [];
    const podinfo = found.replace(/^( +)- requestsPerSecond: .*$/m, "$&\n$1  queryName: requests");
    const other = podinfo.replaceAll("podinfo", "other");
    await writeFile(file, program.replace(found, `${podinfo}\n${other}`));
    await expect(stack.preview()).rejects.toThrow(/ASM_QUERY_NAME_TAKEN/);
    await writeFile(file, program);
  }, 60_000);

  test("goes away as a whole", async () => {
    await stack.destroy();
    expect(await cluster.controlPlane.kubectl(["get", "hpa,deployments", "-A", "-o", "name"])).toBe("");
  }, 120_000);
});
