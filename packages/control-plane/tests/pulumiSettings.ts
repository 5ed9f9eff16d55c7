import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";

/** What the Pulumi CLI needs to work in a folder of its own. */
export interface PulumiSettings {
  /** Has the CLI as `bin/pulumi`, as the Automation API wants it. */
  readonly root: string;
  readonly pulumiHome: string;
  readonly envVars: Readonly<Record<string, string>>;
}

/**
 * Settings with which nothing of the user's own Pulumi is read or changed and nothing is downloaded.
 * @param providers Ports of the running providers by package name.
 */
export async function pulumiSettings(
  pulumi: string,
  directory: string,
  providers: Readonly<Record<string, number>>,
): Promise<PulumiSettings> {
  const folder = async (name: string) => {
    const path = join(directory, name);
    await mkdir(path, { recursive: true });
    return path;
  };
  const root = await folder("cli");
  await symlink(pulumi, join(await folder("cli/bin"), "pulumi"));
  return {
    root,
    pulumiHome: await folder("home"),
    envVars: {
      PULUMI_BACKEND_URL: `file://${await folder("state")}`,
      PULUMI_CONFIG_PASSPHRASE: "the state goes with its folder",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_DEBUG_PROVIDERS: Object.entries(providers)
        .map(([name, port]) => `${name}:${port}`)
        .join(","),
    },
  };
}
