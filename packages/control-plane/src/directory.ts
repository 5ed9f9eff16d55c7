import { rmSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownerIsGone, ownerMark } from "./owner.ts";

const prefix = "asm-autoscaler-";
const ownerFile = "owner";

/** A temporary folder of one control plane. Only this user can access it. */
export interface Directory {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Creates a folder in the system's temporary folder. `remove()` deletes it, or else the end of this process. The next
 * call deletes the folders of killed processes.
 */
export async function makeDirectory(): Promise<Directory> {
  await removeStale();
  const path = await mkdtemp(join(tmpdir(), prefix));
  await writeFile(join(path, ownerFile), ownerMark());
  const atExit = () => {
    try {
      rmSync(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 20 });
    } catch {
      // Programs that are being killed may still write to the folder. The next start removes the rest.
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
    // Without a mark, another process is just creating the folder. A folder that another user owns is not touched.
    const mark = await readFile(join(path, ownerFile), "utf8").catch(() => undefined);
    if (mark && ownerIsGone(mark)) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}
