import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";

const root = join(__dirname, "..");

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const { workspaces } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { workspaces: string[] };
const manifests = globSync(
  workspaces.map((folder) => `${folder}/package.json`),
  { cwd: root },
).map((file) => ({
  file,
  ...(JSON.parse(readFileSync(join(root, file), "utf8")) as Manifest),
}));

/** Else `npm install` would ask a registry for a package of this repository, and test what is published there. */
test("every workspace depends on the others in the version that they have here", () => {
  const versions = new Map(manifests.map(({ name, version }) => [name, version]));
  expect(versions.size).toBeGreaterThan(8);
  const stale = manifests.flatMap(({ file, dependencies, devDependencies }) =>
    Object.entries({ ...dependencies, ...devDependencies })
      .filter(([name, version]) => versions.has(name) && versions.get(name) !== version)
      .map(([name, version]) => `${file}: ${name} ${version}`),
  );
  expect(stale).toEqual([]);
});

test("the adapter tells the version that it has", () => {
  const { version = "" } = manifests.find(({ name }) => name === "asm-metrics-adapter") ?? {};
  expect(readFileSync(join(root, "adapter/src/version.ts"), "utf8")).toContain(`ADAPTER_VERSION = "${version}";`);
});
