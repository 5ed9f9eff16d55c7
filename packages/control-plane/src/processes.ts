import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

/** A program to run in the background. */
export interface ProcessSpec {
  /** What messages call it. */
  name: string;
  /** Path of the program. */
  program: string;
  args: readonly string[];
  /** The whole environment; nothing is inherited, so that a proxy or KUBECONFIG of the user does not reach it. */
  env: Readonly<Record<string, string>>;
  /** Where its output goes. */
  logFile: string;
  /** Whether it serves by now; asked every 50 ms. Throwing counts as no. */
  isReady(signal: AbortSignal): Promise<boolean>;
  readyWithinSeconds: number;
}

export interface RunningProcess {
  readonly name: string;
  readonly pid: number;
  /** Resolves when the process has ended, with how: "exit code 1", "signal SIGKILL". */
  readonly ended: Promise<string>;
  /** SIGTERM, and SIGKILL when that is not enough within `graceSeconds` (default 5). Resolves when the process is gone. */
  stop(graceSeconds?: number): Promise<void>;
}

const pollMilliseconds = 50;
const shownLogLines = 15;

/**
 * Starts a program and waits until it is ready. The kernel kills it when this process ends in whatever way
 * (`setpriv --pdeathsig`, prctl(2) PR_SET_PDEATHSIG), and Ctrl-C in the terminal reaches this process only.
 * @throws Error with the last lines of its log when it ends before it is ready or is not ready in time; it is gone then.
 */
export async function startProcess(spec: ProcessSpec): Promise<RunningProcess> {
  const log = openSync(spec.logFile, "a", 0o600);
  let child: ChildProcess;
  try {
    child = spawn("setpriv", ["--pdeathsig", "KILL", "--", spec.program, ...spec.args], {
      // A session of its own, so that the terminal's Ctrl-C does not end it before we end it in order.
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
  const problem =
    end === undefined ? `was not ready within ${spec.readyWithinSeconds} s` : `ended before it was ready (${end})`;
  await running.stop(0);
  throw new Error(
    `ASM_PROCESS_NOT_READY: ${spec.name} ${problem}. The last lines of its log say why:\n${await lastLines(spec.logFile)}`,
  );
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
    throw new Error(
      `ASM_SETPRIV_MISSING: ${name} could not be started through setpriv: ${(error as Error).message}. Install util-linux.`,
    );
  }
  return { pid: child.pid ?? 0, ended };
}
