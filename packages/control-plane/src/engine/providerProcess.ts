import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";

/** A provider that runs in its own process. */
export interface ProviderProcess {
  /** Port of its gRPC server on 127.0.0.1. */
  readonly port: number;
  readonly pid: number;
  /** @throws Error if the process has ended unexpectedly. */
  check(): void;
  /** Stops the process. Resolves when it has ended. */
  stop(): Promise<void>;
}

const startSeconds = 60;

/**
 * Starts the stand-in `kubernetes` provider.
 * @param kubeconfig Path of the cluster's kubeconfig. Without it, a program must give its providers a kubeconfig.
 * @param directory Folder for the log `provider.log`.
 * @throws Error if it ends, or prints nothing for a minute.
 */
export async function startKubernetesProvider(
  kubeconfig: string | undefined,
  directory: string,
): Promise<ProviderProcess> {
  return startProvider({
    name: "kubernetes",
    main: new URL("../kubernetesProvider/main.ts", import.meta.url),
    args: [],
    environment: { KUBECONFIG: kubeconfig ?? "" },
    logPath: join(directory, "provider.log"),
  });
}

/**
 * Starts the stand-in `alicloud` provider, with credentials that a real cloud would reject.
 * @param kubeconfig Path of the kubeconfig of the API server that its clusters return. Without it, they have none.
 * @param directory Folder for the log `alicloud.log` and the cloud's files, `cloud.json` and `cloudCalls.log`.
 * @throws Error if it ends, or prints nothing for a minute.
 */
export async function startAlicloudProvider(
  kubeconfig: string | undefined,
  directory: string,
): Promise<ProviderProcess> {
  return startProvider({
    name: "alicloud",
    main: new URL("../alicloudProvider/main.ts", import.meta.url),
    args: [directory, ...(kubeconfig === undefined ? [] : [kubeconfig])],
    environment: {
      ALIBABA_CLOUD_ACCESS_KEY_ID: "stand-in",
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: "stand-in",
      ALIBABA_CLOUD_REGION: "cn-hangzhou",
      ALIBABA_CLOUD_ACCOUNT_TYPE: "International",
    },
    logPath: join(directory, "alicloud.log"),
  });
}

interface Start {
  name: string;
  main: URL;
  args: readonly string[];
  environment: Readonly<Record<string, string>>;
  logPath: string;
}

/**
 * Starts a provider and waits until it prints its port. The provider ends whenever this process ends, because it reads
 * a pipe that this process keeps open.
 */
async function startProvider({ name, main, args, environment, logPath }: Start): Promise<ProviderProcess> {
  const log = openSync(logPath, "a");
  const child = spawn(process.execPath, [fileURLToPath(main), ...args], {
    env: { ...process.env, ...environment },
    stdio: ["pipe", "pipe", log],
  });
  closeSync(log);
  const ended = new Promise<void>((resolve) => {
    child.once("error", () => resolve());
    child.once("exit", () => resolve());
  });
  try {
    const port = await portOf(child, ended, name, logPath);
    return { port, pid: child.pid ?? 0, check: () => check(child, name, logPath), stop: () => stop(child, ended) };
  } catch (error) {
    await stop(child, ended);
    throw error;
  }
}

function portOf(child: ChildProcess, ended: Promise<void>, name: string, logPath: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (what: string): void =>
      reject(
        new ProblemError(
          problem("ASM_PROVIDER_START", `The stand-in ${name} provider ${what}`, {
            remedy: `Read its log, ${logPath}.`,
          }),
        ),
      );
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

function check({ exitCode, signalCode }: ChildProcess, name: string, logPath: string): void {
  if (exitCode === null && signalCode === null) return;
  throw new ProblemError(
    problem(
      "ASM_PROVIDER_ENDED",
      `The stand-in ${name} provider ended by itself (${signalCode ?? `exit code ${exitCode}`})`,
      { remedy: `Read its log, ${logPath}, and start a new engine.` },
    ),
  );
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.stdin?.end();
  const kill = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await ended;
  clearTimeout(kill);
}
