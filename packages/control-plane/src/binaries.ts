import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { access, constants, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import { type BuildTarget, buildPrograms } from "./build.ts";
import { type Program, type ProgramSet, programSets, versionArgs } from "./programs.ts";
import type { OnProgress } from "./progress.ts";
import { fetchPrograms } from "./releases/fetchPrograms.ts";
import { releaseFiles } from "./releases/releaseFiles.ts";

const run = promisify(execFile);
const sources = fileURLToPath(new URL("../go", import.meta.url));
const versionSeconds = 20;

/**
 * Finds, downloads or builds the named programs and returns their paths. In this order:
 * 1. a program of the pinned minor version in `KUBEBUILDER_ASSETS` or on `PATH`,
 * 2. the cache, `${XDG_CACHE_HOME:-~/.cache}/asm-autoscaler`,
 * 3. the official release of the pinned version, which is downloaded into the cache,
 * 4. a build from source into the cache, which takes minutes and needs Go.
 * @param onProgress Called with each file that is downloaded and each program that is built, several times.
 * @throws ProblemError if a program cannot be downloaded, and Go is missing or its build fails.
 */
export async function ensureBinaries<P extends Program>(
  names: readonly P[],
  onProgress: OnProgress = () => {},
): Promise<Record<P, string>> {
  const sets = programSets.filter((set) => names.some((name) => name in set.packages));
  const wanted = await Promise.all(sets.map((set) => wantedOf(set, names)));
  const downloads = wanted.map(({ set, version, released, missing }) => ({
    files: releaseFiles(set, version, missing(), process),
    folder: released,
  }));
  await fetchPrograms(downloads, onProgress);
  await buildPrograms(buildTargets(wanted), onProgress);
  return Object.fromEntries(wanted.flatMap((one) => one.names.map((name) => [name, one.path(name)]))) as Record<
    P,
    string
  >;
}

/** The programs of one set that are needed, and where they can be. */
interface Wanted {
  readonly set: ProgramSet;
  readonly names: readonly Program[];
  readonly version: string;
  /** Folder in the cache for downloaded programs. */
  readonly released: string;
  /** Folder in the cache for built programs. Undefined without Go, whose version is part of its name. */
  readonly built: Omit<BuildTarget, "programs"> | undefined;
  path(name: Program): string | undefined;
  missing(): Program[];
}

async function wantedOf(set: ProgramSet, all: readonly Program[]): Promise<Wanted> {
  const names = all.filter((name) => name in set.packages);
  const offered = new Map(await Promise.all(names.map(async (name) => [name, await findOffered(name, set)] as const)));
  const source = join(sources, set.name);
  const read = (file: string) => readFile(join(source, file), "utf8");
  const goMod = await read("go.mod");
  const version = pinnedVersion(goMod, set.module);
  const flags = set.buildFlags(version);
  const cache = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "asm-autoscaler");
  const released = join(cache, `${set.name}-${version}-${process.platform}-${process.arch}`);
  const isThere = (name: Program) => offered.get(name) !== undefined || existsSync(join(released, name));
  // Go is not needed if every program is there.
  const go = names.every(isThere) ? undefined : await goVersion(source);
  const [goSum, ...ownFiles] = await Promise.all(["go.sum", ...(set.ownFiles ?? [])].map(read));
  const hash = createHash("sha256")
    .update(JSON.stringify([goMod, goSum, flags, go, set.packages, ...ownFiles]))
    .digest("hex")
    .slice(0, 16);
  const built = go === undefined ? undefined : { set, source, folder: join(cache, `${set.name}-${hash}`), flags };
  const path = (name: Program) => {
    const folders = [released, ...(built === undefined ? [] : [built.folder])];
    return offered.get(name) ?? folders.map((folder) => join(folder, name)).find((one) => existsSync(one));
  };
  return {
    set,
    names,
    version,
    released,
    built,
    path,
    missing: () => names.filter((name) => path(name) === undefined),
  };
}

/** What is still missing. @throws ProblemError ASM_GO_MISSING */
function buildTargets(wanted: readonly Wanted[]): BuildTarget[] {
  const targets = wanted
    .map(({ built, missing }) => ({ built, programs: missing() }))
    .filter((one) => one.programs.length);
  const withoutGo = targets.filter(({ built }) => built === undefined).flatMap(({ programs }) => programs);
  if (withoutGo.length > 0) {
    throw new ProblemError(
      problem("ASM_GO_MISSING", `${withoutGo.join(", ")} could not be downloaded, and \`go env\` does not run here`),
    );
  }
  return targets.flatMap(({ built, programs }) => (built === undefined ? [] : [{ ...built, programs }]));
}

/** @returns the path of the program in KUBEBUILDER_ASSETS or on PATH, if it has the pinned minor version. */
export async function findOffered(program: Program, set: ProgramSet): Promise<string | undefined> {
  const assets = process.env["KUBEBUILDER_ASSETS"];
  const folders = [...(assets ? [assets] : []), ...(process.env["PATH"] ?? "").split(delimiter).filter(Boolean)];
  for (const folder of folders) {
    const path = join(folder, program);
    if (!(await isExecutable(path))) continue;
    // A program that cannot run counts as missing.
    const printed = await run(path, [...versionArgs(program)], {
      timeout: versionSeconds * 1000,
      env: process.env,
    }).catch(() => undefined);
    if (printed !== undefined && set.versionOf.exec(printed.stdout)?.[1] === set.minor) return path;
  }
  return undefined;
}

/** @returns the version of a module that a go.mod requires, for example v1.37.2. */
export function pinnedVersion(goMod: string, module: string): string {
  const line = goMod.split("\n").find((text) =>
    text
      .replace(/^require\s+/, "")
      .trim()
      .startsWith(`${module} v`),
  );
  const version = line
    ?.trim()
    .replace(/^require\s+/, "")
    .split(/\s+/)[1];
  if (version === undefined) throw new ProblemError(problem("ASM_GO_MODULE", `go.mod does not require ${module}`));
  return version;
}

/** The version of Go for a module, or undefined if `go env` does not run. */
async function goVersion(source: string): Promise<string | undefined> {
  // Run in the module's folder, because go.mod can require a newer Go, which go downloads itself.
  return run("go", ["env", "GOVERSION", "GOARCH"], { cwd: source, env: process.env }).then(
    ({ stdout }) => stdout,
    () => undefined,
  );
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
