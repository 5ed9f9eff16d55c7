import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** A package as npm publishes it. */
export interface PackedPackage {
  /** Path of the tarball. */
  readonly tarball: string;
  /** Paths of the files in it, relative to the package. */
  readonly files: readonly string[];
  readonly manifest: Manifest;
}

/** The part of a package.json that counts here. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const run = promisify(execFile);
/** The workspace, whose installed packages are the only source of dependencies: no registry is asked. */
const workspace = fileURLToPath(new URL("../../..", import.meta.url));
const quiet = ["--offline", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"];

/**
 * Packs the built package in `folder`, a path in the workspace or absolute, into `destination`.
 * @throws Error with npm's output when it fails.
 */
export async function pack(folder: string, destination: string): Promise<PackedPackage> {
  await mkdir(destination, { recursive: true });
  const source = join(folder.startsWith("/") ? "" : workspace, folder);
  const { stdout } = await run("npm", ["pack", "--json", ...quiet, "--pack-destination", destination, source]);
  const [packed]: { filename: string; files: { path: string }[] }[] = JSON.parse(stdout);
  if (packed === undefined) throw new Error(`npm pack of ${source} printed ${stdout}`);
  const manifest: Manifest = JSON.parse(await readFile(join(source, "package.json"), "utf8"));
  return {
    tarball: join(destination, packed.filename),
    files: packed.files.map(({ path }) => path),
    manifest,
  };
}

/** The next release of a package: the same files with another version, changed by `change` in their folder. */
export async function packNext(
  { tarball }: PackedPackage,
  version: string,
  destination: string,
  change: (folder: string) => Promise<void>,
): Promise<PackedPackage> {
  await mkdir(destination, { recursive: true });
  const unpacked = await mkdtemp(join(destination, "next-"));
  await run("tar", ["-xzf", tarball, "-C", unpacked]);
  const folder = join(unpacked, "package");
  const manifestFile = join(folder, "package.json");
  const manifest: Manifest = JSON.parse(await readFile(manifestFile, "utf8"));
  await writeFile(manifestFile, JSON.stringify({ ...manifest, version }));
  await change(folder);
  const packed = await pack(folder, unpacked);
  const moved = join(destination, `next-${version}.tgz`);
  await rename(packed.tarball, moved);
  return { ...packed, tarball: moved };
}

/**
 * Installs tarballs into a project folder, as `npm install` does for a user, but offline: what they depend on, and the
 * named peers, are links to what this workspace has installed.
 * @param project Fields of the project's package.json beside its dependencies.
 */
export async function installInto(
  folder: string,
  packages: readonly PackedPackage[],
  peers: readonly string[],
  project: object = { name: "consumer", private: true },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const linked = new Set([...peers, ...packages.flatMap(({ manifest }) => Object.keys(manifest.dependencies ?? {}))]);
  const dependencies = Object.fromEntries([
    ...[...linked].map((name) => [name, `file:${join(workspace, "node_modules", name)}`] as const),
    ...packages.map(({ manifest, tarball }) => [manifest.name, `file:${tarball}`] as const),
  ]);
  await writeFile(join(folder, "package.json"), JSON.stringify({ ...project, dependencies }));
  await run("npm", ["install", "--no-package-lock", ...quiet], { cwd: folder });
}
