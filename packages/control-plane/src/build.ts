import { spawn } from "node:child_process";
import { access, mkdir, rename, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import { exitCode, withLock } from "./cacheLock.ts";
import type { Program, ProgramSet } from "./programs.ts";
import type { OnProgress } from "./progress.ts";

/** What to build of a program set, from where, and into which folder. */
export interface BuildTarget {
  readonly set: ProgramSet;
  readonly programs: readonly Program[];
  /** Folder that contains the go.mod. */
  readonly source: string;
  /** Folder in the cache. A program appears in it when it is complete. */
  readonly folder: string;
  readonly flags: readonly string[];
}

const progressMilliseconds = 2_000;
const shownLines = 20;

/**
 * Builds programs from their Go modules, one after the other, because a single Go build uses all cores. Each build runs
 * in a temporary folder, so an interrupted build leaves no incomplete program, and the next start goes on with the
 * program that was interrupted. Two processes never build the same set at the same time: the second one waits and then
 * uses the programs of the first.
 * @throws ProblemError ASM_BUILD_FAILED with the last lines of `go build`.
 */
export async function buildPrograms(targets: readonly BuildTarget[], onProgress: OnProgress): Promise<void> {
  const steps = targets.flatMap(({ set, programs }) => programs.map((program) => set.coreMinutes?.[program] ?? 1));
  if (steps.length === 0) return;
  onProgress(
    `building ${targets.flatMap(({ programs }) => programs).join(", ")} from source, once: ${aboutMinutes(steps)}`,
  );
  let step = 0;
  for (const target of targets) {
    await buildSet(target, (program) => `${program} (step ${++step} of ${steps.length})`, onProgress);
  }
}

/** `about 16 min on 2 cores` */
function aboutMinutes(coreMinutes: readonly number[]): string {
  const cores = availableParallelism();
  const minutes = coreMinutes.reduce((sum, one) => sum + one, 0) / cores;
  return `about ${Math.max(1, Math.round(minutes))} min on ${cores} core${cores === 1 ? "" : "s"}`;
}

async function buildSet(
  { programs, source, folder, flags, set }: BuildTarget,
  labelOf: (program: Program) => string,
  onProgress: OnProgress,
): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const waiting = () => onProgress(`waiting for another process that builds ${programs.join(", ")}`);
  await withLock(`${folder}.lock`, waiting, async () => {
    const partial = `${folder}.partial`;
    await rm(partial, { recursive: true, force: true }); // from a build that was killed
    await mkdir(join(partial, "tmp"), { recursive: true });
    try {
      for (const program of programs) {
        const label = labelOf(program);
        if (await isThere(join(folder, program))) continue;
        const output = join(partial, program);
        await goBuild(program, label, {
          args: [...flags, "-o", output],
          goPackage: set.packages[program] ?? program,
          cwd: source,
          temporary: join(partial, "tmp"),
          onProgress,
        });
        await mkdir(folder, { recursive: true });
        await rename(output, join(folder, program));
      }
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  });
}

interface GoBuild {
  readonly args: readonly string[];
  readonly goPackage: string;
  readonly cwd: string;
  /** For go's work folder, which go does not remove when it is killed. */
  readonly temporary: string;
  readonly onProgress: OnProgress;
}

async function goBuild(program: string, label: string, build: GoBuild): Promise<void> {
  const { args, goPackage, onProgress } = build;
  const topic = { name: program };
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const flags = args.slice(0, args.indexOf("-o"));

  // Without this list, nobody knows how many packages there are. It also downloads the modules.
  let modules = 0;
  const listing = () => onProgress(`${label}: ${modules} modules downloaded, ${seconds()} s`, topic);
  listing();
  const stale = "{{if .Stale}}{{.ImportPath}}{{end}}";
  const listed = await go(["list", "-deps", "-f", stale, ...flags, goPackage], build, listing, (line) => {
    if (line.startsWith("go: downloading")) modules += 1;
  });
  // A list that fails, fails again as a build, which reports why.
  const total = listed.output.length;

  let compiled = 0;
  const compiling = Date.now();
  const building = () => {
    const of = total > 0 ? ` of ${Math.max(total, compiled)}` : "";
    onProgress(
      `${label}: ${compiled}${of} packages compiled, ${seconds()} s${timeLeft(compiled, total, compiling)}`,
      topic,
    );
  };
  building();
  const built = await go(["build", "-v", ...args, goPackage], build, building, (line) => {
    if (!line.startsWith("go: downloading")) compiled += 1;
  });
  if (built.code !== 0) {
    throw new ProblemError(
      problem("ASM_BUILD_FAILED", `go build of ${program} ended with ${built.code}\n${built.last.join("\n")}`),
    );
  }
  onProgress(`${label}: built in ${seconds()} s`, { ...topic, done: true });
}

/** The time left by the rate of the packages so far, once there are enough of them. */
function timeLeft(compiled: number, total: number, since: number): string {
  if (compiled < 20 || compiled >= total) return "";
  const minutes = (((Date.now() - since) / compiled) * (total - compiled)) / 60_000;
  return minutes < 1 ? ", less than 1 min left" : `, about ${Math.round(minutes)} min left`;
}

/** Runs go. With -v, it prints each package that it compiles, and each module that it downloads, as standard error. */
async function go(
  args: readonly string[],
  { cwd, temporary }: GoBuild,
  onTime: () => void,
  onLine: (line: string) => void,
): Promise<{ code: number | string; output: string[]; last: string[] }> {
  // The programs do not need C, and a machine may have no C compiler.
  const env = { ...process.env, CGO_ENABLED: "0", GOWORK: "off", GOFLAGS: "", GOTMPDIR: temporary };
  const [program = "", ...words] =
    process.platform === "linux" ? ["setpriv", "--pdeathsig", "KILL", "--", "go", ...args] : ["go", ...args];
  const child = spawn(program, words, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const last: string[] = [];
  const output: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => line !== "" && output.push(line));
  createInterface({ input: child.stderr }).on("line", (line) => {
    onLine(line);
    last.push(line);
    if (last.length > shownLines) last.shift();
  });
  const timer = setInterval(onTime, progressMilliseconds);
  try {
    return { code: await exitCode(child, program), output, last };
  } finally {
    clearInterval(timer);
  }
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
