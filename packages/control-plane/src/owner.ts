import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";

/**
 * A text that identifies the process that owns a resource, to be stored in a file. The start time distinguishes the
 * process from a later one with the same id. The PID namespace distinguishes it from a process in another container.
 */
export function ownerMark(pid: number = process.pid): string {
  return `${pid} ${startTime(pid)} ${pidNamespace()}`;
}

/** @returns true if the process of the mark has ended. False if this process cannot determine it. */
export function ownerIsGone(mark: string): boolean {
  const [pid, start, namespace] = mark.trim().split(" ");
  if (pid === undefined || start === undefined || namespace !== pidNamespace()) return false;
  try {
    return startTime(Number(pid)) !== start;
  } catch {
    return true;
  }
}

// proc_pid_stat(5): field 3 is the state, and field 22 is the start time in clock ticks since boot. Field 2, the name,
// can contain spaces and ")". A zombie has ended, but its parent has not read its exit status yet.
function startTime(pid: number): string {
  if (process.platform !== "linux") return startTimeOfPs(pid);
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? "ended" : (fields[19] ?? "");
}

/** For systems without /proc, such as macOS. @throws Error if there is no such process. */
function startTimeOfPs(pid: number): string {
  const [state = "", ...start] = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { encoding: "utf8" })
    .trim()
    .split(/\s+/);
  return state.startsWith("Z") ? "ended" : start.join("_");
}

function pidNamespace(): string {
  if (process.platform !== "linux") return process.platform;
  return readlinkSync("/proc/self/ns/pid");
}
