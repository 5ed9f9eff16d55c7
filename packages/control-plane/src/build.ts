import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import type { ProgramSet } from "./programs.ts";

/** The source and destination of a program set. */
export interface BuildTarget {
  /** Folder that contains the go.mod. */
  source: string;
  /** Folder in the cache. It contains the programs after a complete build. */
  folder: string;
  flags: readonly string[];
  onProgress(line: string): void;
}

const progressMilliseconds = 5_000;
const shownLines = 20;

/**
 * Builds the programs of a set. The build runs in a temporary folder, which is renamed when all programs are complete.
 * So an interrupted build leaves no incomplete result. Two processes never build the same set at the same time: the
 * second one waits and then uses the result of the first.
 * @throws Error with the last lines of `go build` if it fails.
 */
export async function buildSet(set: ProgramSet, { source, folder, flags, onProgress }: BuildTarget): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const programs = Object.keys(set.packages).join(", ");
  const unlock = await lock(`${folder}.lock`, () => onProgress(`waiting for another process that builds ${programs}`));
  try {
    const done = await access(folder).then(
      () => true,
      () => false,
    );
    if (done) return;
    const partial = `${folder}.partial`;
    await rm(partial, { recursive: true, force: true }); // from a build that was killed
    await mkdir(join(partial, "tmp"), { recursive: true });
    try {
      await mkdir(join(partial, "bin"));
      for (const [program, goPackage] of Object.entries(set.packages)) {
        await goBuild(program, ["build", "-v", ...flags, "-o", join(partial, "bin", program), goPackage], {
          cwd: source,
          temporary: join(partial, "tmp"),
          onProgress,
        });
      }
      await rename(join(partial, "bin"), folder);
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  } finally {
    await unlock();
  }
}

interface GoBuild {
  cwd: string;
  /** For go's work folder, which go does not remove when it is killed. */
  temporary: string;
  onProgress(line: string): void;
}

async function goBuild(
  program: string,
  args: readonly string[],
  { cwd, temporary, onProgress }: GoBuild,
): Promise<void> {
  const started = Date.now();
  // The programs do not need C, and a machine may have no C compiler.
  const env = { ...process.env, CGO_ENABLED: "0", GOWORK: "off", GOFLAGS: "", GOTMPDIR: temporary };
  const go = spawn("setpriv", ["--pdeathsig", "KILL", "--", "go", ...args], {
    cwd,
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let compiled = 0;
  let downloaded = 0;
  const last: string[] = [];
  // With -v, go prints each package that it compiles and each module that it downloads.
  createInterface({ input: go.stderr }).on("line", (line) => {
    if (line.startsWith("go: downloading")) downloaded += 1;
    else compiled += 1;
    last.push(line);
    if (last.length > shownLines) last.shift();
  });
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const fetched = () => (downloaded > 0 ? `${downloaded} modules fetched, ` : "");
  const progress = () => onProgress(`building ${program}: ${fetched()}${compiled} packages compiled, ${seconds()} s`);
  progress();
  const timer = setInterval(progress, progressMilliseconds);
  try {
    const code = await exitCode(go, "setpriv");
    if (code !== 0) {
      throw new ProblemError(
        problem("ASM_BUILD_FAILED", `go build of ${program} ended with ${code}\n${last.join("\n")}`),
      );
    }
    onProgress(`built ${program} in ${seconds()} s`);
  } finally {
    clearInterval(timer);
  }
}

/**
 * Takes an exclusive lock on a file through flock(1). The kernel releases the lock whenever the helper process ends, so
 * no lock can be stale. The helper keeps the lock until its input ends.
 */
async function lock(file: string, onWait: () => void): Promise<() => Promise<void>> {
  const holder = spawn("flock", [file, "sh", "-c", "echo locked; exec cat"], { stdio: ["pipe", "pipe", "ignore"] });
  const timer = setInterval(onWait, progressMilliseconds);
  try {
    await Promise.race([
      once(holder.stdout, "data"),
      exitCode(holder, "flock").then((code) => {
        throw new ProblemError(problem("ASM_CACHE_LOCK", `flock could not lock ${file} (exit code ${code})`));
      }),
    ]);
  } finally {
    clearInterval(timer);
  }
  return async () => {
    holder.stdin.end();
    if (holder.exitCode === null) await once(holder, "exit");
  };
}

async function exitCode(child: ChildProcess, program: string): Promise<number | string> {
  try {
    const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
    return code ?? signal ?? "unknown";
  } catch (error) {
    throw new ProblemError(
      problem("ASM_UTIL_LINUX_MISSING", `${program} could not be started: ${(error as Error).message}`),
    );
  }
}
