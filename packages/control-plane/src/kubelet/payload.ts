import { chmod, chown, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { canChangeUsers } from "../rootless/capability.ts";

/**
 * The user and group that can read volumes, from the pod's security context. Owners are changed only if this process is
 * root.
 */
export interface VolumeOwner {
  /** The user, if all containers have the same one. */
  readonly uid?: number;
  readonly fsGroup?: number;
}

/** A file of a volume. */
interface PayloadFile {
  readonly data: Buffer;
  /** Permission bits. */
  readonly mode: number;
  /** Owner, if it is not root. */
  readonly uid?: number;
}

/** The files of a volume by their path in it. */
export type Payload = Map<string, PayloadFile>;

/**
 * Writes a read-only volume with the layout of kubelet's atomic writer. The files are in their own folder, `..data`
 * links to it, and each top-level name links through `..data`. So a program sees the same links as in a cluster.
 */
export async function writePayload(directory: string, payload: Payload, owner: VolumeOwner): Promise<void> {
  const version = "..2026_01_01_00_00_00.1";
  await mkdir(join(directory, version), { recursive: true });
  for (const [path, { data, mode, uid }] of payload) {
    const target = join(directory, version, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, data);
    // SetVolumeOwnership of kubelet: the group can read a read-only volume.
    await own(target, uid ?? 0, owner.fsGroup);
    await chmod(target, owner.fsGroup === undefined ? mode : mode | 0o440);
  }
  await symlink(version, join(directory, "..data"));
  for (const name of new Set(Array.from(payload.keys(), (path) => path.split("/")[0] ?? path))) {
    await symlink(join("..data", name), join(directory, name));
  }
}

/** Creates an emptyDir. All users can access it. New files belong to the pod's group. */
export async function makeEmptyDirectory(directory: string, owner: VolumeOwner): Promise<void> {
  await mkdir(directory, { recursive: true });
  await own(directory, 0, owner.fsGroup);
  await chmod(directory, owner.fsGroup === undefined ? 0o777 : 0o2777);
}

async function own(path: string, uid: number, gid = 0): Promise<void> {
  if (canChangeUsers()) await chown(path, uid, gid);
}
