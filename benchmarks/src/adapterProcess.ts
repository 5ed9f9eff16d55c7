import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { get } from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import type { StandIn } from "./standIn.ts";

/** What a process has used. */
export interface ProcessFigures {
  /** Resident memory now, megabytes (VmRSS of proc_pid_status(5)). */
  residentMegabytes(): number;
  /**
   * Anonymous memory now, megabytes (RssAnon). The rest of the resident memory are pages of files, mainly of the Node.js
   * program.
   */
  anonymousMegabytes(): number;
  /** Processor time so far, ms. */
  cpuMs(): number;
}

/** The adapter as a process of its own, ready. */
export interface AdapterProcess extends ProcessFigures {
  readonly port: number;
  /** From its start to the first 200 of /readyz, ms, and the processor time that it took, ms. */
  readonly readyMs: number;
  readonly readyCpuMs: number;
  stop(): Promise<void>;
}

/** As in the pod of MetricsAdapter, unless the environment says otherwise. */
const NODE_FLAGS = (process.env["ADAPTER_NODE_FLAGS"] ?? "--optimize-for-size --max-semi-space-size=2")
  .split(" ")
  .filter(Boolean);
/**
 * With these, glibc allocates as musl, the C library of the pod's image: no arena for each thread, and what is larger than
 * musl's threshold of 131,052 bytes goes back to the system when it is freed. No effect with musl.
 */
const MALLOC = { MALLOC_ARENA_MAX: "1", MALLOC_MMAP_THRESHOLD_: "131052" };
const LAUNCHER = new URL("../../adapter/bin/asm-metrics-adapter.mjs", import.meta.url).pathname;
const LIMIT_MS = 60_000;

/** Starts the adapter over a stand-in and waits until it is ready. */
export async function startAdapter(standIn: Pick<StandIn, "flags">): Promise<AdapterProcess> {
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [
      ...NODE_FLAGS,
      LAUNCHER,
      ...standIn.flags,
      `--secure-port=${port}`,
      "--bind-address=127.0.0.1",
      "--metrics-address=127.0.0.1:0",
      "--status-address=127.0.0.1:0",
    ],
    { stdio: ["ignore", "ignore", "inherit"], env: { ...MALLOC, ...process.env } },
  );
  const exit = once(child, "exit");
  const end = () => child.kill("SIGKILL");
  process.once("exit", end);
  const pid = child.pid ?? 0;
  while ((await readyz(port)) !== 200) {
    if (performance.now() - began > LIMIT_MS) throw new Error(`not ready after ${LIMIT_MS / 1000} s`);
    await delay(25);
  }
  return {
    port,
    readyMs: Math.round(performance.now() - began),
    readyCpuMs: cpuMs(pid),
    ...figuresOf(pid),
    async stop() {
      end();
      await exit;
      process.off("exit", end);
    },
  };
}

/** The figures of a running process. */
export function figuresOf(pid: number): ProcessFigures {
  return {
    residentMegabytes: () => megabytesOf(pid, "VmRSS"),
    anonymousMegabytes: () => megabytesOf(pid, "RssAnon"),
    cpuMs: () => cpuMs(pid),
  };
}

/** A field of proc_pid_status(5) that is in kB. */
function megabytesOf(pid: number, field: string): number {
  const [, kilobytes] = new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) / 1024;
}

/** Linux counts processor time in hundredths of a second. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** The status of /readyz, 0 while nothing listens. */
function readyz(port: number): Promise<number> {
  return new Promise((resolve) => {
    const options = { host: "127.0.0.1", port, path: "/readyz", rejectUnauthorized: false, agent: false };
    const asked = get(options, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on("error", () => resolve(0));
  });
}
