import { rmSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownerIsGone, ownerMark } from "./owner.ts";

const prefix = "asm-autoscaler-";
const ownerFile = "owner";

/** A temporary folder of one control plane, which only this user can enter. */
export interface Directory {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Makes a folder in the system's temporary folder. It goes with `remove()`, at the latest with this process; what a
 * killed process has left is removed here, by the next start.
 */
export async function makeDirectory(): Promise<Directory> {
  await removeStale();
  const path = await mkdtemp(join(tmpdir(), prefix));
  await writeFile(join(path, ownerFile), ownerMark());
  const atExit = () => {
    try {
      rmSync(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 20 });
    } catch {
      // Programs that the kernel is just ending may still write there; the next start removes the rest.
    }
  };
  process.on("exit", atExit);
  return {
    path,
    remove: async () => {
      process.off("exit", atExit);
      await rm(path, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function removeStale(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const path = join(tmpdir(), name);
    // No mark yet: another process is just making the folder. One that another user owns is left to that user.
    const mark = await readFile(join(path, ownerFile), "utf8").catch(() => undefined);
    if (mark && ownerIsGone(mark)) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}
