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
 * Starts the stand-in `kubernetes` provider.
 * @param kubeconfig Path of the cluster's kubeconfig; without one, a program has to give its providers theirs.
 * @param directory Gets the log `provider.log`.
 * @throws Error when it ends or is silent for a minute.
 */
export async function startKubernetesProvider(
  kubeconfig: string | undefined,
  directory: string,
): Promise<ProviderProcess> {
  return startProvider({
    name: "kubernetes",
    main: new URL("../provider/main.ts", import.meta.url),
    args: [],
    environment: { KUBECONFIG: kubeconfig ?? "" },
    logPath: join(directory, "provider.log"),
  });
}

/**
 * Starts the stand-in `alicloud` provider, with credentials that any cloud would refuse.
 * @param kubeconfig Path of the kubeconfig of the API server that its clusters are said to have; without one they have none.
 * @param directory Gets the log `alicloud.log` and the cloud, `cloud.json` and `cloudCalls.log`.
 * @throws Error when it ends or is silent for a minute.
 */
export async function startAlicloudProvider(
  kubeconfig: string | undefined,
  directory: string,
): Promise<ProviderProcess> {
  return startProvider({
    name: "alicloud",
    main: new URL("../cloudProvider/main.ts", import.meta.url),
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
 * Starts a provider and waits for the port that it prints. It ends with us, whatever ends us, because it reads the pipe that
 * we hold.
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
      reject(new Error(`ASM_PROVIDER_START: The stand-in ${name} provider ${what}. Its log ${logPath} says why.`));
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
  throw new Error(
    `ASM_PROVIDER_ENDED: The stand-in ${name} provider ended by itself (${signalCode ?? `exit code ${exitCode}`}). ` +
      `Its log ${logPath} says why; start a new engine.`,
  );
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.stdin?.end();
  const kill = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await ended;
  clearTimeout(kill);
}
