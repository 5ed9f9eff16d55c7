import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";

/** A program to run in the background. */
export interface ProcessSpec {
  /** Name of the process in messages. */
  name: string;
  /** Path of the program. */
  program: string;
  args: readonly string[];
  /** The complete environment. Nothing is inherited, so a proxy setting or KUBECONFIG of the user has no effect. */
  env: Readonly<Record<string, string>>;
  /** File for its output. */
  logFile: string;
  /** Whether the process serves requests. Called every 50 ms. An exception counts as false. */
  isReady(signal: AbortSignal): Promise<boolean>;
  readyWithinSeconds: number;
}

export interface RunningProcess {
  readonly name: string;
  readonly pid: number;
  /** Resolves when the process has ended, with the reason: "exit code 1", "signal SIGKILL". */
  readonly ended: Promise<string>;
  /**
   * Sends SIGTERM, and SIGKILL if the process has not ended after `graceSeconds` (default: 5). Resolves when the
   * process has ended.
   */
  stop(graceSeconds?: number): Promise<void>;
}

const pollMilliseconds = 50;
const shownLogLines = 15;

/**
 * Starts a program and waits until it is ready. The kernel kills the program whenever this process ends
 * (`setpriv --pdeathsig`, prctl(2) PR_SET_PDEATHSIG). Ctrl-C in the terminal reaches this process only.
 * @throws Error with the last lines of its log if the program ends before it is ready or is not ready in time. In both
 * cases it is not running any more.
 */
export async function startProcess(spec: ProcessSpec): Promise<RunningProcess> {
  const log = openSync(spec.logFile, "a", 0o600);
  let child: ChildProcess;
  try {
    child = spawn("setpriv", ["--pdeathsig", "KILL", "--", spec.program, ...spec.args], {
      // A separate session, so that Ctrl-C in the terminal does not end the program before this process stops it in
      // order.
      detached: true,
      env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", ...spec.env },
      stdio: ["ignore", log, log],
    });
  } finally {
    closeSync(log);
  }
  const { pid, ended } = await spawned(child, spec.name);
  let end: string | undefined;
  void ended.then((how) => {
    end = how;
  });

  const running: RunningProcess = {
    name: spec.name,
    pid,
    ended,
    stop: async (graceSeconds = 5) => {
      if (end !== undefined) return;
      child.kill("SIGTERM");
      const patience = new AbortController();
      await Promise.race([ended, delay(graceSeconds * 1000, undefined, { signal: patience.signal }).catch(() => {})]);
      patience.abort();
      if (end === undefined) child.kill("SIGKILL");
      await ended;
    },
  };

  const deadline = AbortSignal.timeout(spec.readyWithinSeconds * 1000);
  while (end === undefined && !deadline.aborted) {
    const attempt = AbortSignal.any([deadline, AbortSignal.timeout(2_000)]);
    if (await spec.isReady(attempt).catch(() => false)) return running;
    await Promise.race([ended, delay(pollMilliseconds)]);
  }
  const failure =
    end === undefined ? `was not ready within ${spec.readyWithinSeconds} s` : `ended before it was ready (${end})`;
  await running.stop(0);
  throw new ProblemError(problem("ASM_PROCESS_NOT_READY", `${spec.name} ${failure}\n${await lastLines(spec.logFile)}`));
}

/** The last lines of a log file, for an error message. */
export async function lastLines(logFile: string, count = shownLogLines): Promise<string> {
  const text = await readFile(logFile, "utf8").catch(() => "");
  return text.trimEnd().split("\n").slice(-count).join("\n") || "(the log is empty)";
}

async function spawned(child: ChildProcess, name: string): Promise<{ pid: number; ended: Promise<string> }> {
  const ended = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
  try {
    if (child.pid === undefined) await once(child, "spawn");
  } catch (error) {
    throw new ProblemError(
      problem("ASM_SETPRIV_MISSING", `${name} could not be started through setpriv: ${(error as Error).message}`),
    );
  }
  return { pid: child.pid ?? 0, ended };
}
