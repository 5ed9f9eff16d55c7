import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation/index.js";
import { type ProviderProcess, startAlicloudProvider, startKubernetesProvider } from "../engine/providerProcess.ts";
import { createTeardown } from "../teardown.ts";
import { type NodeHost, startNodeHost } from "./nodeHost.ts";
import { linkProject } from "./projectFolder.ts";

export interface ProjectOptions {
  /** Folder with the project's Pulumi.yaml. */
  readonly project: string;
  /** An empty folder; gets state, Pulumi's home, logs, the stack's settings and the stand-in cloud. The caller removes it. */
  readonly directory: string;
  /** Path of the pulumi CLI. */
  readonly pulumi: string;
  /** Path of the kubeconfig of providers that name none; without one, the program gives its providers theirs. */
  readonly kubeconfig?: string;
  /** Stack configuration, `key` or `package:key` to its value. */
  readonly config?: Readonly<Record<string, string>>;
  /** Configuration that the stack keeps secret. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** A stack of a project as it lies on disk. */
export interface Project {
  readonly stack: Stack;
  /** What the program has printed itself. */
  printed(): string;
  /** Ends the providers and the program's host. */
  close(): Promise<void>;
}

/** Loaded into the program, so that it reaches no other machine. */
const loopbackOnly = new URL("loopbackOnly.ts", import.meta.url).href;

/**
 * Opens a stack of a project on disk: its own Pulumi.yaml, entry point and loader, in Pulumi's own runner and engine, with
 * stand-ins for the providers and a cloud of dummy credentials. Its program cannot connect to another machine. Nothing
 * of the user's own Pulumi is read or changed.
 *
 * @throws Error when a provider does not start or the CLI refuses the project; nothing is left running then.
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
    // Why it did not open matters more than what its end ran into.
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
 * The CLI, told of our host wherever it would look for one of its own. The Automation API looks for `bin/pulumi` below a
 * root and has no option for this flag.
 */
async function commandOf({ pulumi, directory }: ProjectOptions, host: NodeHost): Promise<PulumiCommand> {
  const root = join(directory, "cli");
  await mkdir(join(root, "bin"), { recursive: true });
  const script = [
    "#!/bin/sh",
    'case "$1" in',
    `preview | up | refresh | destroy) exec '${pulumi}' "$@" --client=${host.address} ;;`,
    `*) exec '${pulumi}' "$@" ;;`,
    "esac",
    "",
  ];
  await writeFile(join(root, "bin", "pulumi"), script.join("\n"), { mode: 0o755 });
  return PulumiCommand.get({ root });
}
