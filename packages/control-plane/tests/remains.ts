import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Command lines of the living processes whose command line contains the text. */
export function processesWith(text: string): string[] {
  return commandLines(() => true).filter((line) => line.includes(text));
}

/** Command lines of the living children of this process that are a control plane's. */
export function ownChildren(): string[] {
  return commandLines((parent) => parent === process.pid).filter((line) => /etcd|kube-|prometheus/.test(line));
}

function commandLines(hasParent: (pid: number) => boolean): string[] {
  const lines: string[] = [];
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8"); // proc_pid_stat(5): after the name come state and parent
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      if (hasParent(parent)) lines.push(readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " "));
    } catch {
      // It has just ended.
    }
  }
  return lines;
}

/** Addresses that this process listens on, as "127.64.0.1:443". Others may listen on an address as soon as we do not. */
export function ownListeners(): string[] {
  const inodes = new Set<string | undefined>();
  for (const fd of readdirSync("/proc/self/fd")) {
    try {
      inodes.add(/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1]);
    } catch {
      // The descriptor with which the folder was read.
    }
  }
  // proc_pid_net(5): local address as hexadecimal in host byte order, state 0A is LISTEN, the tenth field is the inode.
  const sockets = readFileSync("/proc/net/tcp", "utf8").trim().split("\n").slice(1);
  return sockets.flatMap((line) => {
    const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
    if (state !== "0A" || !inodes.has(inode)) return [];
    const [address = "", port = ""] = local.split(":");
    return [`${[...Buffer.from(address, "hex")].reverse().join(".")}:${Number.parseInt(port, 16)}`];
  });
}

/** Waits until the condition holds, for what tells nobody when it happens. @throws Error after the limit. */
export async function eventually(what: string, condition: () => boolean, limitMilliseconds = 10_000): Promise<void> {
  const deadline = Date.now() + limitMilliseconds;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${limitMilliseconds} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
