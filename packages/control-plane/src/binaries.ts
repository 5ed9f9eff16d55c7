import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, constants, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import { buildSet } from "./build.ts";
import { type Program, type ProgramSet, programSets, versionArgs } from "./programs.ts";

const run = promisify(execFile);
const sources = fileURLToPath(new URL("../go", import.meta.url));
const versionSeconds = 20;

/**
 * Finds or builds the named programs and returns their paths. A program of the pinned minor version in
 * `KUBEBUILDER_ASSETS` or on `PATH` has priority. The next choice is the cache,
 * `${XDG_CACHE_HOME:-~/.cache}/asm-autoscaler`. Otherwise the program is built from source into the cache, which takes
 * minutes and needs Go.
 * @param onProgress Called every few seconds with the program that is being built and the elapsed time.
 * @throws Error on systems other than Linux, without Go, and if a build fails.
 */
export async function ensureBinaries<P extends Program>(
  names: readonly P[],
  onProgress: (line: string) => void = () => {},
): Promise<Record<P, string>> {
  if (process.platform !== "linux") {
    throw new ProblemError(
      problem("ASM_LINUX_ONLY", `The local control plane runs on Linux only, and this is ${process.platform}`),
    );
  }
  const found: Partial<Record<Program, string>> = {};
  const sets = programSets.filter((set) => names.some((name) => name in set.packages));
  const located = await Promise.all(sets.map((set) => locate(set, names)));
  // Build one program at a time: a single Go build uses all cores.
  for (const { paths, build } of located) {
    await build?.(onProgress);
    Object.assign(found, paths);
  }
  return found as Record<P, string>;
}

interface Located {
  paths: Partial<Record<Program, string>>;
  /** Absent if the programs already exist. */
  build?: (onProgress: (line: string) => void) => Promise<void>;
}

async function locate(set: ProgramSet, names: readonly Program[]): Promise<Located> {
  const wanted = names.filter((name) => name in set.packages);
  const offered = await Promise.all(wanted.map(async (name) => [name, await findOffered(name, set)] as const));
  if (offered.every(([, path]) => path !== undefined)) return { paths: Object.fromEntries(offered) };

  const source = join(sources, set.name);
  const read = (file: string) => readFile(join(source, file), "utf8");
  const [goMod, goSum, go, ownFiles] = await Promise.all([
    read("go.mod"),
    read("go.sum"),
    goVersion(source),
    Promise.all((set.ownFiles ?? []).map(read)),
  ]);
  const flags = set.buildFlags(pinnedVersion(goMod, set.module));
  const hash = createHash("sha256")
    .update(JSON.stringify([goMod, goSum, flags, go, set.packages, ...ownFiles]))
    .digest("hex")
    .slice(0, 16);
  const cache = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "asm-autoscaler");
  const folder = join(cache, `${set.name}-${hash}`);
  const paths = Object.fromEntries(offered.map(([name, path]) => [name, path ?? join(folder, name)]));
  if (await isThere(folder)) return { paths };
  return { paths, build: (onProgress) => buildSet(set, { source, folder, flags, onProgress }) };
}

/** @returns the path of the program in KUBEBUILDER_ASSETS or on PATH, if it has the pinned minor version. */
export async function findOffered(program: Program, set: ProgramSet): Promise<string | undefined> {
  const assets = process.env["KUBEBUILDER_ASSETS"];
  const folders = [...(assets ? [assets] : []), ...(process.env["PATH"] ?? "").split(delimiter).filter(Boolean)];
  for (const folder of folders) {
    const path = join(folder, program);
    if (!(await isThere(path, constants.X_OK))) continue;
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

async function goVersion(source: string): Promise<string> {
  try {
    // Run in the module's folder, because go.mod can require a newer Go, which go downloads itself.
    return (await run("go", ["env", "GOVERSION", "GOARCH"], { cwd: source, env: process.env })).stdout;
  } catch (error) {
    throw new ProblemError(
      problem(
        "ASM_GO_MISSING",
        `The local control plane is built from source, and \`go env\` failed: ${(error as Error).message.trim()}`,
      ),
    );
  }
}

async function isThere(path: string, mode: number = constants.F_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
