import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startKubernetesProvider } from "../src/engine/providerProcess.ts";
import { type LocalCluster, startLocalCluster } from "../src/localCluster.ts";
import { createTeardown } from "../src/teardown.ts";
import { installInto, type PackedPackage, pack, packNext } from "./packedPackage.ts";
import { pulumiSettings } from "./pulumiSettings.ts";

/** Our packages as their users have them: packed, installed into an empty project, imported by a program of ten lines. */

const run = promisify(execFile);
const fixtures = fileURLToPath(new URL("consumer", import.meta.url));
const peers = ["@pulumi/pulumi", "@pulumi/kubernetes", "@pulumi/alicloud"];
const teardown = createTeardown();
let cluster: LocalCluster;
let directory: string;
let contract: PackedPackage;
let library: PackedPackage;
let consumer: string;
let env: NodeJS.ProcessEnv;

/** Steps of an operation on a program of the consumer, as `operation type`; none for what does not change. */
async function steps(operation: "preview" | "up" | "destroy", program: string): Promise<string[]> {
  const { stdout } = await run(process.execPath, ["drive.mjs", operation, program], { cwd: consumer, env });
  return JSON.parse(stdout);
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "asm-package-"));
  teardown.add(() => rm(directory, { recursive: true }));
  contract = await pack("packages/hpa-metrics", directory);
  library = await pack("packages/asm-autoscaler", directory);
  consumer = join(directory, "consumer");
  await installInto(consumer, [contract, library], peers);
  for (const file of await readdir(fixtures)) await copyFile(join(fixtures, file), join(consumer, file));

  cluster = await startLocalCluster();
  teardown.add(() => cluster.stop());
  const { binaries, kubeconfig, prometheusUrl } = cluster.controlPlane;
  const kubernetes = await startKubernetesProvider(kubeconfig, directory);
  teardown.add(() => kubernetes.stop());
  const { root, pulumiHome, envVars } = await pulumiSettings(binaries.pulumi, directory, {
    kubernetes: kubernetes.port,
  });
  env = {
    ...process.env,
    ...envVars,
    PULUMI_HOME: pulumiHome,
    PATH: `${join(root, "bin")}:${process.env["PATH"]}`,
    PROMETHEUS_URL: prometheusUrl,
  };
}, 600_000);

afterAll(() => teardown.run(), 60_000);

describe("a project that has installed the packages", () => {
  test("previews what a CommonJS program of ten lines makes, and brings it up", async () => {
    const previewed = await steps("preview", "program.cjs");
    expect(previewed).toEqual(
      expect.arrayContaining([
        "create asm-autoscaler:index:MetricsAdapter",
        "create asm-autoscaler:index:TrafficAutoscaler",
      ]),
    );
    expect((await steps("up", "program.cjs")).sort()).toEqual(previewed.sort());
    const jsonPath = "jsonpath={.spec.maxReplicas}";
    expect(await cluster.controlPlane.kubectl(["get", "hpa", "podinfo", "-n", "default", "-o", jsonPath])).toBe("10");
  }, 300_000);

  test("changes nothing when the same program is an ES module", async () => {
    expect(await steps("preview", "program.mjs")).toEqual([]);
  }, 120_000);

  test("changes the adapter's bundle and its pods, and nothing else, with the next release", async () => {
    const next = await packNext(library, "99.0.0", join(directory, "next"), async (folder) => {
      const file = join(folder, "bundle/adapter.mjs.br");
      const source = `${brotliDecompressSync(await readFile(file))}\n// of the next release\n`;
      const params = { [constants.BROTLI_PARAM_QUALITY]: 9 }; // quick, and small enough for a ConfigMap
      await writeFile(file, brotliCompressSync(source, { params }));
    });
    await installInto(consumer, [contract, next], peers);
    expect((await steps("up", "program.cjs")).sort()).toEqual([
      "create-replacement kubernetes:core/v1:ConfigMap",
      "delete-replaced kubernetes:core/v1:ConfigMap",
      "replace kubernetes:core/v1:ConfigMap",
      "update kubernetes:apps/v1:Deployment",
    ]);
    expect(await steps("preview", "program.mjs")).toEqual([]);
  }, 300_000);

  test("takes everything away again", async () => {
    await steps("destroy", "program.cjs");
    expect(await cluster.controlPlane.kubectl(["get", "hpa,deployments", "-A", "-o", "name"])).toBe("");
  }, 120_000);
});
