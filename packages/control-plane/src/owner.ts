import { readFileSync, readlinkSync } from "node:fs";

/**
 * A mark that says which process something belongs to, to be left in a file. It tells a process from a later one with
 * the same id by its start time, and a process of another container by the PID name space.
 */
export function ownerMark(pid: number = process.pid): string {
  return `${pid} ${startTime(pid)} ${pidNamespace()}`;
}

/** @returns Whether the process that made the mark is gone. False when that cannot be known from here. */
export function ownerIsGone(mark: string): boolean {
  const [pid, start, namespace] = mark.trim().split(" ");
  if (pid === undefined || start === undefined || namespace !== pidNamespace()) return false;
  try {
    return startTime(Number(pid)) !== start;
  } catch {
    return true;
  }
}

// proc_pid_stat(5): field 3 is the state, 22 the start time in clock ticks since boot. Field 2, the name, may hold spaces
// and ")". A zombie has ended: only its parent has not looked yet.
function startTime(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? "ended" : (fields[19] ?? "");
}

function pidNamespace(): string {
  return readlinkSync("/proc/self/ns/pid");
}
