import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import { type Forwarder, forwardConnections } from "./forward.ts";
import { isPublishRequest, type PublishReply, type PublishRequest } from "./publisher.ts";

const namespaces = ["--user", "--map-root-user", "--mount", "--net", "--propagation=private"];

/** `ip` is in a folder that an ordinary user often does not have on PATH. */
const loopbackUp = "PATH=$PATH:/usr/sbin:/sbin ip link set lo up";

/**
 * Runs a program of this package in user, mount and network namespaces of its own, with this terminal. There it is
 * root, and has every port of loopback addresses of its own. It cannot reach any network. What it publishes (see
 * `createPublisher`) is forwarded to ports of 127.0.0.1.
 * @returns its exit code.
 * @throws ProblemError ASM_NAMESPACES if the kernel does not allow the namespaces.
 */
export async function runInNamespaces(program: URL, args: readonly string[]): Promise<number> {
  await tryNamespaces();
  // The kernel kills the program when this process ends. It forgets that when a process gets a user namespace.
  const script = `${loopbackUp}; exec setpriv --pdeathsig KILL -- "$@"`;
  const child = spawn(
    "unshare",
    [...namespaces, "sh", "-c", script, "sh", process.execPath, fileURLToPath(program), ...args],
    { stdio: ["inherit", "inherit", "inherit", "ipc"], env: process.env },
  );
  const forwarders: Forwarder[] = [];
  child.on("message", (message: unknown) => {
    if (isPublishRequest(message)) void publish(child, message, forwarders);
  });
  // Ctrl-C in the terminal reaches the child too. It stops the cluster in order, and then ends.
  const ignore = () => {};
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  process.on("SIGINT", ignore).on("SIGTERM", pass).on("SIGHUP", pass);
  try {
    const [code] = (await once(child, "exit")) as [number | null];
    return code ?? 1;
  } finally {
    process.off("SIGINT", ignore).off("SIGTERM", pass).off("SIGHUP", pass);
    for (const forwarder of forwarders) forwarder.stop();
  }
}

async function tryNamespaces(): Promise<void> {
  try {
    await promisify(execFile)("unshare", [...namespaces, "sh", "-c", loopbackUp], { env: process.env });
  } catch (error) {
    const reason = (error as { stderr?: string }).stderr?.trim().split("\n")[0] || String(error);
    throw new ProblemError(
      problem("ASM_NAMESPACES", `This user cannot create the namespaces of the local cluster: ${reason}`),
    );
  }
}

/** Listens on the preferred port of 127.0.0.1, or on a free one if that is in use. */
async function publish(child: ChildProcess, request: PublishRequest, forwarders: Forwarder[]): Promise<void> {
  const listen = (port: number) => forwardConnections({ host: "127.0.0.1", port }, { path: request.socket });
  const forwarder = await listen(request.port).catch(() => listen(0));
  forwarders.push(forwarder);
  const reply: PublishReply = { socket: request.socket, published: forwarder.port ?? 0 };
  if (child.connected) child.send(reply);
}
