import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";

const root = join(__dirname, "..");
const read = (file: string) => readFileSync(join(root, file), "utf8");

interface Manifest {
  readonly name: string;
  readonly license: string;
  readonly homepage: string;
  readonly bugs: { readonly url: string };
  readonly repository: { readonly url: string; readonly directory?: string };
}

const manifest = (file: string) => JSON.parse(read(file)) as Manifest;
const { url } = manifest("package.json").repository;
const web = url.replace(/^git\+/, "").replace(/\.git$/, "");
const owner = web.split("/").at(-2) ?? "";

/** `repository` of the root package.json decides; `npm publish --provenance` compares it with where the workflow runs. */
describe("the repository's address", () => {
  test.each(["packages/hpa-metrics", "packages/asm-autoscaler", "adapter"])("%s has it in its metadata", (folder) => {
    const { repository, homepage, bugs, license } = manifest(`${folder}/package.json`);
    expect(repository).toEqual({ type: "git", url, directory: folder });
    expect(homepage).toMatch(`${web}/`);
    expect(bugs.url).toBe(`${web}/issues`);
    expect(license).toBe("Apache-2.0");
  });

  test.each([
    ["SECURITY.md", `${web}/security/advisories/new`],
    [".github/ISSUE_TEMPLATE/config.yml", `${web}/security/advisories/new`],
    [".github/CODEOWNERS", `@${owner}/`],
    ["docs/how-to/any-language.md", `${web.replace("https://", "")}/packages/asm-autoscaler@`],
    ["docs/how-to/release.md", `ghcr.io/${owner}/asm-metrics-adapter`],
    ["deploy/install.ts", `ghcr.io/${owner}/asm-metrics-adapter`],
    ["deploy/install.yaml", `ghcr.io/${owner}/asm-metrics-adapter`],
    ["examples/yaml-consumer/Pulumi.yaml", `${web.replace("https://", "")}/packages/asm-autoscaler@`],
  ])("%s names it", (file, text) => {
    expect(read(file)).toContain(text);
  });
});

/** The name of packages/hpa-metrics decides. A package without the scope can belong to anybody on npm. */
describe("the npm scope", () => {
  const scope = manifest("packages/hpa-metrics/package.json").name.split("/")[0] ?? "";
  const names = [`${scope}/hpa-metrics`, `${scope}/asm-autoscaler`];

  test("is in the names of both published packages", () => {
    expect(scope).toMatch(/^@[a-z-]+$/);
    const folders = ["packages/hpa-metrics", "packages/asm-autoscaler"];
    expect(folders.map((folder) => manifest(`${folder}/package.json`).name)).toEqual(names);
    expect(JSON.parse(read(".changeset/config.json")).fixed[0]).toEqual(expect.arrayContaining(names));
  });

  test("is in every import of them", () => {
    const files = globSync("{adapter,benchmarks,deploy,docs,examples,packages,tools}/**/*.{ts,mts,mjs,cjs,md}", {
      cwd: root,
      exclude: (name) => /(^|\/)(node_modules|dist|bundle)$/.test(name),
    });
    expect(files.length).toBeGreaterThan(500);
    const unscoped = /\b(?:from|import|require\()\s*\(?"(?:hpa-metrics|asm-autoscaler)[/"]/;
    expect(files.filter((file) => unscoped.test(read(file)))).toEqual([]);
  });

  // With another name, unit tests would read the last build of the packages, and pass or fail for what it contains.
  test("is in the names for which the unit tests read sources instead of builds", () => {
    const { projects } = require("../jest.config.js") as {
      projects: { displayName: string; moduleNameMapper: Record<string, string> }[];
    };
    for (const { moduleNameMapper } of projects.filter(({ displayName }) => displayName.startsWith("unit-"))) {
      const mapped = (name: string) => Object.keys(moduleNameMapper).some((pattern) => new RegExp(pattern).test(name));
      expect([...names, `${scope}/asm-autoscaler/adapter`].filter((name) => !mapped(name))).toEqual([]);
    }
  });
});

describe("the workflows", () => {
  const workflows = globSync(".github/workflows/*.yml", { cwd: root });

  test("use each action at a commit, with its version beside it", () => {
    const uses = workflows.flatMap((file) => read(file).match(/(?<=uses: ).*$/gm) ?? []);
    expect(uses.length).toBeGreaterThan(10);
    expect(uses.filter((line) => !/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
  });

  test("publish the tarballs that npm packs, the contract first", () => {
    const published = /for package in (.*); do/.exec(read(".github/workflows/release.yml"))?.[1]?.split(" ");
    const packed = ["packages/hpa-metrics", "packages/asm-autoscaler"].map((folder) =>
      manifest(`${folder}/package.json`).name.replace("@", "").replace("/", "-"),
    );
    expect(published).toEqual(packed);
  });
});
