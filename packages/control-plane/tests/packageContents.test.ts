import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { installInto, type PackedPackage, pack } from "./packedPackage.ts";

/** What is in the packages and the image, and what an import of a part of the library brings along. */

const run = promisify(execFile);
const workspace = fileURLToPath(new URL("../../..", import.meta.url));
/** Parts that work in a project without the SDK of Alibaba Cloud. */
const CLOUDLESS = ["./adapter", "./autoscaler", "./prometheus", "./sample"];
const manifest = JSON.parse(readFileSync(join(workspace, "packages/asm-autoscaler/package.json"), "utf8"));
const parts = Object.keys(manifest.exports).filter((part) => part !== "./package.json");
const nameOf = (part: string) => `@asm-autoscaler/asm-autoscaler${part.slice(1)}`;

let directory: string;
let consumer: string;
let packages: PackedPackage[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "asm-contents-"));
  packages = [await pack("packages/hpa-metrics", directory), await pack("packages/asm-autoscaler", directory)];
  consumer = join(directory, "consumer");
  await installInto(consumer, packages, ["@pulumi/pulumi", "@pulumi/kubernetes"]);
}, 120_000);

afterAll(() => rm(directory, { recursive: true }));

describe("the packed packages", () => {
  test("hold every file that their exports name, and no test", () => {
    for (const { files, manifest } of packages) {
      const targets = Object.values(manifest.exports).flatMap((target) =>
        typeof target === "string" ? [target] : Object.values(target),
      );
      expect(targets.length).toBeGreaterThan(1);
      expect(targets.filter((target) => !files.includes(target.replace("./", "")))).toEqual([]);
      expect(files.filter((file) => /\.(test|testing)\.|tsbuildinfo/.test(file))).toEqual([]);
    }
  });

  test("the library holds the adapter's bundle and what makes it a plugin", () => {
    const expected = [
      "bundle/adapter.mjs.br",
      "bundle/load.mjs",
      "bundle/adapter.cdx.json",
      "schema.json",
      "PulumiPlugin.yaml",
      "README.md",
    ];
    expect(packages[1]?.files).toEqual(expect.arrayContaining(expected));
  });

  test("bring one command along, which also runs the adapter's `check` and `explain`", async () => {
    const command = join(consumer, "node_modules/.bin/asm-autoscaler");
    const env = { ...process.env, TMPDIR: await mkdtemp(join(directory, "tmp-")) };
    const { stdout } = await run(command, ["check", "--help"], { env });
    expect(stdout).toMatch(/^Usage: asm-autoscaler check/);
    expect(await readdir(env.TMPDIR)).toEqual([]);
  });

  test("would be published as they are", async () => {
    for (const { tarball, files, manifest } of packages) {
      // --force, because without it npm asks the registry which versions there are; a dry run sends nothing.
      const args = ["publish", "--dry-run", "--force", "--offline", "--json", tarball];
      const { stdout } = await run("npm", args, { cwd: directory });
      const { [manifest.name]: published }: Record<string, unknown> = JSON.parse(stdout);
      expect(published).toMatchObject({ version: manifest.version, entryCount: files.length });
    }
  }, 60_000);
});

/** The packages whose code a fresh process has loaded after it has required `specifier` in the consumer's folder. */
async function loadedBy(specifier: string): Promise<string[]> {
  const script = `require(${JSON.stringify(specifier)});
    const names = Object.keys(require.cache).map((file) => /.*node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(file)?.[1]);
    console.log(JSON.stringify([...new Set(names)]));`;
  const { stdout } = await run(process.execPath, ["-e", script], { cwd: consumer });
  return JSON.parse(stdout);
}

describe("in a project without the SDK of Alibaba Cloud", () => {
  const present = parts.filter((part) => CLOUDLESS.includes(part));

  test.each(present)("%s can be imported", async (part) => {
    await expect(loadedBy(nameOf(part))).resolves.toContain("@asm-autoscaler/asm-autoscaler");
  });

  test("the autoscaler alone loads no SDK but that of Kubernetes", async () => {
    const loaded = await loadedBy("@asm-autoscaler/asm-autoscaler/autoscaler");
    expect(loaded.filter((name) => /^@(pulumi|grafana)\//.test(name)).sort()).toEqual([
      "@pulumi/kubernetes",
      "@pulumi/pulumi",
    ]);
  });
});

describe("types of the parts", () => {
  const source = parts.map((part, index) => `import * as part${index} from "${nameOf(part)}";\nvoid part${index};\n`);

  test.each([
    ["node16", "nodenext"],
    ["a bundler", "bundler"],
    ["Pulumi's older project templates", "node10"],
  ])(
    "are found as %s looks for them",
    async (_, moduleResolution) => {
      await writeFile(join(consumer, "parts.ts"), source.join(""));
      const module = { nodenext: "nodenext", bundler: "esnext", node10: "commonjs" }[moduleResolution] ?? "";
      const options = ["--strict", "--noEmit", "--skipLibCheck", "--types", "node", "--ignoreDeprecations", "6.0"];
      const tsc = join(workspace, "node_modules/typescript/bin/tsc");
      const args = [tsc, ...options, "--typeRoots", join(workspace, "node_modules/@types"), "--module", module];
      const resolution = ["--moduleResolution", moduleResolution, "parts.ts"];
      const { stdout } = await run(process.execPath, [...args, ...resolution], { cwd: consumer }).catch(
        (error) => error,
      );
      expect(stdout).toBe("");
    },
    120_000,
  );
});

test("the bill of materials of the adapter's bundle has each of its dependencies, in the version of the lock file", () => {
  const read = (file: string) => JSON.parse(readFileSync(join(workspace, file), "utf8"));
  const { components }: { components: { name: string; version: string; purl: string }[] } = read(
    "packages/asm-autoscaler/bundle/adapter.cdx.json",
  );
  const names = components.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining([...Object.keys(read("adapter/package.json").dependencies), "uplot"]));
  expect(new Set(names).has("asm-metrics-adapter")).toBe(false);
  const locked = Object.entries<{ version?: string }>(read("package-lock.json").packages);
  for (const { name, version, purl } of components) {
    expect(purl).toMatch(/^pkg:npm\/(%40[\w-]+\/)?[\w.-]+@\d+\.\d+\.\d+/);
    const versions = locked
      .filter(([path]) => path.endsWith(`/${name.split("/").at(-1)}`))
      .map(([, one]) => one.version);
    expect(versions).toContain(version);
  }
});

test("the adapter's image copies files that the build makes", () => {
  const dockerfile = readFileSync(join(workspace, "adapter/Dockerfile"), "utf8");
  const copied = [...dockerfile.matchAll(/^COPY (?:--\S+ )*(\S+) \S+$/gm)].map(([, from]) => from ?? "");
  expect(copied).toEqual(["dist/adapter.mjs", "bin/asm-metrics-adapter.mjs"]);
  expect(copied.filter((file) => !existsSync(join(workspace, "adapter", file)))).toEqual([]);
});
