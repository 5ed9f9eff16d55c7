import { cp, mkdir, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";

/**
 * Prepares a folder from which a Pulumi project can run. It contains the project's own Pulumi.yaml and links to all
 * other files, so that settings of temporary stacks are not written among the project's sources.
 * @param project Folder of the project.
 * @param folder A new folder.
 */
export async function linkProject(project: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { name } of await readdir(project, { withFileTypes: true })) {
    const source = join(project, name);
    if (name.startsWith(".git")) continue;
    if (name === "Pulumi.yaml") await cp(source, join(folder, name));
    else if (!/^Pulumi\..*\.yaml$/.test(name)) await symlink(source, join(folder, name));
  }
}
