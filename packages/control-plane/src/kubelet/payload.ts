import { chmod, chown, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Who may read volumes, from the pod's security context. Owners are only changed when this process is root. */
export interface VolumeOwner {
  /** The one user of all containers. */
  readonly uid?: number;
  readonly fsGroup?: number;
}

/** A file of a volume. */
interface PayloadFile {
  readonly data: Buffer;
  /** Permission bits. */
  readonly mode: number;
  /** Owner when it is not root. */
  readonly uid?: number;
}

/** The files of a volume by their path in it. */
export type Payload = Map<string, PayloadFile>;

/**
 * Writes a read-only volume as kubelet's atomic writer lays it out: files in a folder of their own, `..data` pointing to
 * it, each first name a link through `..data`. So a program sees the same links as in a cluster.
 */
export async function writePayload(directory: string, payload: Payload, owner: VolumeOwner): Promise<void> {
  const version = "..2026_01_01_00_00_00.1";
  await mkdir(join(directory, version), { recursive: true });
  for (const [path, { data, mode, uid }] of payload) {
    const target = join(directory, version, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, data);
    // SetVolumeOwnership of kubelet: the group of a read-only volume may read.
    await own(target, uid ?? 0, owner.fsGroup);
    await chmod(target, owner.fsGroup === undefined ? mode : mode | 0o440);
  }
  await symlink(version, join(directory, "..data"));
  for (const name of new Set(Array.from(payload.keys(), (path) => path.split("/")[0] ?? path))) {
    await symlink(join("..data", name), join(directory, name));
  }
}

/** Makes an emptyDir: open to everybody, and to the pod's group for new files. */
export async function makeEmptyDirectory(directory: string, owner: VolumeOwner): Promise<void> {
  await mkdir(directory, { recursive: true });
  await own(directory, 0, owner.fsGroup);
  await chmod(directory, owner.fsGroup === undefined ? 0o777 : 0o2777);
}

async function own(path: string, uid: number, gid = 0): Promise<void> {
  if (process.getuid?.() === 0) await chown(path, uid, gid);
}
