import { execFile } from "node:child_process";
import { cpSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { ControlPlane } from "../src/index.ts";
import {
  componentsOf,
  existingMeshSettings,
  previewProject,
  productionSettings,
  startExampleCluster,
} from "./exampleRoom.ts";
import { installInto, type PackedPackage, pack } from "./packedPackage.ts";

/**
 * The examples as a user has them who copies the folder: the packed packages and the dependencies that the example's
 * own package.json names, and nothing of this workspace.
 */

const run = promisify(execFile);
const workspace = fileURLToPath(new URL("../../..", import.meta.url));
const examples = readdirSync(join(workspace, "examples"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const manifestOf = (name: string) =>
  JSON.parse(readFileSync(join(workspace, "examples", name, "package.json"), "utf8"));
const programs = examples.filter((name) => readdirSync(join(workspace, "examples", name)).includes("package.json"));

let directory: string;
let controlPlane: ControlPlane;
const folderOf = (name: string) => join(directory, name);

/** Copies an example out of the workspace and installs what its package.json names, ours from the tarballs. */
async function copyExample(name: string, packages: readonly PackedPackage[]): Promise<void> {
  const folder = folderOf(name);
  cpSync(join(workspace, "examples", name), folder, {
    recursive: true,
    filter: (source) => !source.includes("node_modules"),
  });
  const { dependencies, ...project }: { dependencies: Record<string, string> } = manifestOf(name);
  // The contract is also installed for the library, which depends on it.
  const named = packages.filter(({ manifest }) => manifest.name in dependencies);
  const ours = packages.filter(({ manifest: { name } }) =>
    named.some((one) => one.manifest.name === name || name in (one.manifest.dependencies ?? {})),
  );
  const others = Object.keys(dependencies).filter((name) => !ours.some(({ manifest }) => manifest.name === name));
  await installInto(folder, ours, others, project);
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "asm-examples-"));
  const packages = [await pack("packages/hpa-metrics", directory), await pack("packages/asm-autoscaler", directory)];
  for (const name of programs) await copyExample(name, packages);
  // The root stack: its Pulumi.yaml is at the root of the repository.
  const root = readFileSync(join(workspace, "Pulumi.yaml"), "utf8");
  writeFileSync(join(folderOf("from-zero"), "Pulumi.yaml"), root.replace(/^main: .*\n/m, ""));
  controlPlane = await startExampleCluster();
}, 300_000);

afterAll(async () => {
  await controlPlane?.stop();
  await rm(directory, { recursive: true });
}, 60_000);

test("each example has the packed packages and not those of the workspace", () => {
  expect(programs.length).toBeGreaterThan(4);
  for (const name of programs) {
    for (const own of Object.keys(manifestOf(name).dependencies).filter((one) => one.startsWith("@asm-autoscaler/"))) {
      const installed = realpathSync(join(folderOf(name), "node_modules", own));
      expect(installed).toBe(join(realpathSync(folderOf(name)), "node_modules", own));
    }
  }
});

describe("has the types of the packed packages:", () => {
  test.each(programs)(
    "%s",
    async (name) => {
      const tsc = join(workspace, "node_modules/typescript/bin/tsc");
      const module = ["--module", "nodenext", "--target", "es2023", "--allowImportingTsExtensions"];
      const types = ["--types", "node", "--typeRoots", join(workspace, "node_modules/@types")];
      const files = readdirSync(folderOf(name)).filter((file) => file.endsWith(".ts"));
      const args = [tsc, "--noEmit", "--strict", "--skipLibCheck", ...module, ...types, ...files];
      const { stdout } = await run(process.execPath, args, { cwd: folderOf(name) }).catch((error) => error);
      expect(stdout).toBe("");
    },
    120_000,
  );
});

describe("previews with the packed packages, under the packed policy pack, in silence:", () => {
  const previewed = programs.filter((name) => name !== "policies");

  test.each(previewed)(
    "%s",
    async (name) => {
      const given: Record<string, object> = {
        "existing-mesh": existingMeshSettings(controlPlane),
        production: productionSettings,
      };
      const settings = given[name] ?? {};
      const options = { project: folderOf(name), policyPacks: [folderOf("policies")], ...settings };
      const preview = await previewProject(controlPlane, options);
      expect(componentsOf(preview)).not.toEqual([]);
      expect(preview.calls).toEqual([]);
      // Advisory findings of the policy pack about the root stack; examples.test.ts has them one by one.
      const advisory = /set publicEndpoint to false|^can't run policy /;
      expect(preview.said.filter((line) => !(name === "from-zero" && advisory.test(line)))).toEqual([]);
    },
    120_000,
  );
});
