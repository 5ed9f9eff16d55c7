import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A provider that runs as a process of its own. */
export interface ProviderProcess {
  /** Where its gRPC server listens, on 127.0.0.1. */
  readonly port: number;
  readonly pid: number;
  /** @throws Error when the process has ended by itself. */
  check(): void;
  /** Ends the process; resolves when it is gone. */
  stop(): Promise<void>;
}

const startSeconds = 60;

/**
 * Starts the stand-in `kubernetes` provider and waits for the port that it prints. It ends with us, whatever ends us,
 * because it reads the pipe that we hold.
 * @param kubeconfig Path of the cluster's kubeconfig.
 * @param directory Gets the log `provider.log`.
 * @throws Error when it ends or is silent for a minute.
 */
export async function startKubernetesProvider(kubeconfig: string, directory: string): Promise<ProviderProcess> {
  const logPath = join(directory, "provider.log");
  const log = openSync(logPath, "a");
  const main = fileURLToPath(new URL("../provider/main.ts", import.meta.url));
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, KUBECONFIG: kubeconfig },
    stdio: ["pipe", "pipe", log],
  });
  closeSync(log);
  const ended = new Promise<void>((resolve) => {
    child.once("error", () => resolve());
    child.once("exit", () => resolve());
  });
  try {
    const port = await portOf(child, ended, logPath);
    return { port, pid: child.pid ?? 0, check: () => check(child, logPath), stop: () => stop(child, ended) };
  } catch (error) {
    await stop(child, ended);
    throw error;
  }
}

function portOf(child: ChildProcess, ended: Promise<void>, logPath: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (what: string): void =>
      reject(new Error(`ASM_PROVIDER_START: The stand-in kubernetes provider ${what}. Its log ${logPath} says why.`));
    const timer = setTimeout(fail, startSeconds * 1000, `printed no port for ${startSeconds} s`);
    void ended.then(() => {
      clearTimeout(timer);
      fail("ended before it printed its port");
    });
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).once("line", (line) => {
      clearTimeout(timer);
      if (/^\d+$/.test(line)) resolve(Number(line));
      else fail(`printed "${line}" where its port should be`);
    });
  });
}

function check({ exitCode, signalCode }: ChildProcess, logPath: string): void {
  if (exitCode === null && signalCode === null) return;
  throw new Error(
    `ASM_PROVIDER_ENDED: The stand-in kubernetes provider ended by itself (${signalCode ?? `exit code ${exitCode}`}). ` +
      `Its log ${logPath} says why; start a new engine.`,
  );
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.stdin?.end();
  const kill = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await ended;
  clearTimeout(kill);
}
