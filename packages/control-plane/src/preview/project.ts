import { cp, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation/index.js";
import { type ProviderProcess, startAlicloudProvider, startKubernetesProvider } from "../engine/providerProcess.ts";
import { createTeardown } from "../teardown.ts";
import { type NodeHost, startNodeHost } from "./nodeHost.ts";

export interface ProjectOptions {
  /** Folder with the project's Pulumi.yaml. */
  readonly project: string;
  /**
   * An empty folder for the state, Pulumi's home, logs, the stack's settings and the stand-in cloud. The caller removes
   * it.
   */
  readonly directory: string;
  /** Path of the pulumi CLI. */
  readonly pulumi: string;
  /**
   * Path of the kubeconfig for providers that set none. Without it, the program must give its providers a kubeconfig.
   */
  readonly kubeconfig?: string;
  /** Stack configuration: `key` or `package:key`, and its value. */
  readonly config?: Readonly<Record<string, string>>;
  /** Secret stack configuration. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** A stack of a project on disk. */
export interface Project {
  /** Its operations accept `policyPacks` with `runtime: nodejs`. */
  readonly stack: Stack;
  /** The output of the program. */
  printed(): string;
  /** Stops the providers and the program's host. */
  close(): Promise<void>;
}

/** Loaded into the program, so that it cannot connect to another machine. */
const loopbackOnly = new URL("loopbackOnly.ts", import.meta.url).href;

const policyRunner = fileURLToPath(import.meta.resolve("@pulumi/pulumi/cmd/run-policy-pack/index.js"));

/**
 * Opens a stack of a project on disk. It uses the project's own Pulumi.yaml, entry point and loader, in Pulumi's own
 * runner and engine. Stand-ins replace the providers, and the cloud credentials are dummies. The program cannot connect
 * to another machine. The user's own Pulumi settings are not read or changed.
 *
 * @throws Error if a provider does not start or the CLI rejects the project. Then nothing is left running.
 */
export async function openProject(options: ProjectOptions): Promise<Project> {
  const { project, directory, kubeconfig } = options;
  const teardown = createTeardown();
  const keep = (provider: ProviderProcess): ProviderProcess => {
    teardown.add(() => provider.stop());
    return provider;
  };
  try {
    const workDir = join(directory, basename(project));
    await linkProject(project, workDir);
    const [kubernetes, alicloud] = await Promise.all([
      startKubernetesProvider(kubeconfig, directory).then(keep),
      startAlicloudProvider(kubeconfig, directory).then(keep),
    ]);
    let printed = "";
    const host = await startNodeHost({
      environment: { NODE_OPTIONS: `--import=${loopbackOnly}` },
      onOutput: (text) => {
        printed += text;
      },
    });
    teardown.add(async () => host.stop());
    const stack = await openStack(workDir, options, host, `kubernetes:${kubernetes.port},alicloud:${alicloud.port}`);
    return { stack, printed: () => printed, close: teardown.run };
  } catch (error) {
    // Report the error of the start, not an error of the cleanup.
    await teardown.run().catch(() => undefined);
    throw error;
  }
}

async function openStack(workDir: string, options: ProjectOptions, host: NodeHost, providers: string): Promise<Stack> {
  const { directory, config = {}, secrets = {} } = options;
  const state = join(directory, "state");
  await mkdir(state, { recursive: true });
  const stack = await LocalWorkspace.createStack(
    { stackName: "preview", workDir },
    {
      pulumiHome: join(directory, "home"),
      pulumiCommand: await commandOf(options, host),
      envVars: {
        PULUMI_BACKEND_URL: `file://${state}`,
        PULUMI_CONFIG_PASSPHRASE: "the state goes with its folder",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        PULUMI_DEBUG_PROVIDERS: providers,
      },
    },
  );
  const values = [
    ...Object.entries(config).map(([key, value]) => [key, { value }] as const),
    ...Object.entries(secrets).map(([key, value]) => [key, { value, secret: true }] as const),
  ];
  if (values.length > 0) await stack.setAllConfig(Object.fromEntries(values));
  return stack;
}

/**
 * A wrapper of the CLI that uses the stand-in host for every command that needs a language host. The Automation API
 * looks for `bin/pulumi` in a root folder and has no option for this flag. Beside it is the program that the engine
 * starts for a policy pack. It calls Pulumi's own runner, as the program of the released CLI does.
 */
async function commandOf({ pulumi, directory }: ProjectOptions, host: NodeHost): Promise<PulumiCommand> {
  const root = join(directory, "cli");
  const bin = join(root, "bin");
  await mkdir(bin, { recursive: true });
  const script = [
    "#!/bin/sh",
    `PATH='${bin}':"$PATH"`,
    'case "$1" in',
    `preview | up | refresh | destroy) exec '${pulumi}' "$@" --client=${host.address} ;;`,
    `*) exec '${pulumi}' "$@" ;;`,
    "esac",
    "",
  ];
  await writeFile(join(bin, "pulumi"), script.join("\n"), { mode: 0o755 });
  const analyzer = `#!/bin/sh\nexec '${process.execPath}' '${policyRunner}' "$@"\n`;
  await writeFile(join(bin, "pulumi-analyzer-policy-nodejs"), analyzer, { mode: 0o755 });
  return PulumiCommand.get({ root });
}

/**
 * Prepares a folder from which a Pulumi project can run. It contains the project's own Pulumi.yaml and links to all
 * other files, so that settings of temporary stacks are not written among the project's sources.
 * @param project Folder of the project.
 * @param folder A new folder.
 */
async function linkProject(project: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { name } of await readdir(project, { withFileTypes: true })) {
    const source = join(project, name);
    if (name.startsWith(".git")) continue;
    if (name === "Pulumi.yaml") await cp(source, join(folder, name));
    else if (!/^Pulumi\..*\.yaml$/.test(name)) await symlink(source, join(folder, name));
  }
}
