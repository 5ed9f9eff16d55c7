import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";

const waitingMilliseconds = 5_000;

/**
 * Runs a function with an exclusive lock on a file, through flock(1). The kernel releases the lock whenever the helper
 * process ends, so no lock can be stale. macOS has no flock(1); there, two processes must not fill the cache at once.
 * @param onWait Called every 5 s while another process has the lock.
 */
export async function withLock<T>(file: string, onWait: () => void, use: () => Promise<T>): Promise<T> {
  if (process.platform !== "linux") return use();
  // The helper keeps the lock until its input ends.
  const holder = spawn("flock", [file, "sh", "-c", "echo locked; exec cat"], { stdio: ["pipe", "pipe", "ignore"] });
  const timer = setInterval(onWait, waitingMilliseconds);
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
  try {
    return await use();
  } finally {
    holder.stdin.end();
    if (holder.exitCode === null) await once(holder, "exit");
  }
}

/** The exit code of a process, or the signal that ended it. */
export async function exitCode(child: ChildProcess, program: string): Promise<number | string> {
  try {
    const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
    return code ?? signal ?? "unknown";
  } catch (error) {
    throw new ProblemError(
      problem("ASM_UTIL_LINUX_MISSING", `${program} could not be started: ${(error as Error).message}`),
    );
  }
}
