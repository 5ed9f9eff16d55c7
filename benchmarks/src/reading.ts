import { fork } from "node:child_process";
import { once } from "node:events";
import type { ReadJob, ReadResult } from "./readers.ts";

/** Has a process of readers do one job. */
export async function readMetrics(job: ReadJob): Promise<ReadResult> {
  const child = fork(new URL("./readers.ts", import.meta.url));
  child.send(job);
  const [result] = (await once(child, "message")) as [ReadResult];
  child.kill();
  return result;
}
