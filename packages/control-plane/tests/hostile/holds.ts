import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "../until.ts";

/** What something took of a process: the longest turn of its event loop, ms, and the most memory that was resident, MiB. */
export interface Hold {
  readonly holdMs: number;
  readonly residentMiB: number;
}

/** Environment of a process whose turns are measured; `file` is where it writes them. */
export function meteredBy(file: string): Record<string, string> {
  const meter = fileURLToPath(new URL("holdMeter.mjs", import.meta.url));
  return { NODE_OPTIONS: `--import=${meter}`, HOLD_METER_FILE: file };
}

/** The file for `meteredBy` in a folder. */
export const meterFile = (directory: string) => join(directory, "longest-turn");

/** Measures what the process took while `run` ran. The process must have been started as `meteredBy` says. */
export async function holdOf(pid: number, file: string, run: () => Promise<unknown>): Promise<Hold> {
  await longestTurn(pid, file);
  // The highest resident set from now on: clear_refs of proc_pid(5).
  await writeFile(`/proc/${pid}/clear_refs`, "5");
  await run();
  const holdMs = await longestTurn(pid, file);
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return { holdMs, residentMiB: Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024 };
}

/** The longest turn since the last call. Waits for the process to have time to say it. */
async function longestTurn(pid: number, file: string): Promise<number> {
  await rm(file, { force: true });
  process.kill(pid, "SIGUSR2");
  return until("the longest turn", async () => await readFile(file, "utf8"), 120).then(Number);
}

/** One way in, at a size. */
export interface Surface {
  readonly name: string;
  /** From the first size, doubled up to the last, which is where the API itself, or another limit that is stated, refuses. */
  readonly from: number;
  readonly to: number;
  send(size: number): Promise<unknown>;
}

/** Doubles the size until the end, or until a turn is longer than the bar; gives the largest of each. */
export async function grow(
  { from, to, send }: Surface,
  barMs: number,
  measure: (run: () => Promise<unknown>) => Promise<Hold>,
): Promise<Hold & { readonly size: number }> {
  let worst = { holdMs: 0, residentMiB: 0, size: from };
  for (let size = from; ; size = Math.min(2 * size, to)) {
    const hold = await measure(() => send(size));
    if (hold.holdMs > worst.holdMs) worst = { ...worst, holdMs: hold.holdMs, size };
    worst = { ...worst, residentMiB: Math.max(worst.residentMiB, hold.residentMiB) };
    if (size === to || hold.holdMs > barMs) return worst;
  }
}
