import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { LocalWorkspace, PulumiCommand, type PulumiFn, type Stack } from "@pulumi/pulumi/automation/index.js";
import { type ProviderProcess, startAlicloudProvider, startKubernetesProvider } from "./providerProcess.ts";

export interface EngineOptions {
  /** Path of the pulumi CLI. */
  binaries: { readonly pulumi: string };
  /**
   * Path of the kubeconfig of the cluster for `kubernetes` resources. The clusters of the stand-in cloud return it too.
   * Without it, programs must give their kubernetes providers a kubeconfig, and the clusters have none.
   */
  kubeconfig?: string;
  /** Also support `alicloud` resources, with a stand-in provider and cloud (`openCloud(directory)`). Default: false. */
  alicloud?: boolean;
  /** Folder for the state, Pulumi's home and the provider's log. The caller removes it. */
  directory: string;
  /** Called with the CLI's output during up, preview, refresh and destroy. */
  onOutput?(text: string): void;
}

interface StackOptions {
  /** Pulumi project name. */
  project: string;
  /** Stack name. */
  stack: string;
  /** The program. Its return value becomes the stack's outputs. */
  program: PulumiFn;
  /** Stack configuration: `project:key` or `key`, and its plaintext value. */
  config?: Readonly<Record<string, string>>;
}

/** The real Pulumi engine with stand-ins for the providers. */
export interface Engine {
  /**
   * Returns the stack with this name and creates it if necessary. The same names return the same state.
   * @throws Error if the provider does not start or has ended, or if the CLI does not run.
   */
  stack(options: StackOptions): Promise<Stack>;
  /** Stops the providers. After that, stacks of this engine cannot be used. */
  stop(): Promise<void>;
}

/**
 * Creates an engine whose state, passphrase and home are in `directory`. It does not read or change the user's own
 * Pulumi settings, downloads nothing and uses no account. The providers start with the first stack.
 */
export function createEngine(options: EngineOptions): Engine {
  let providers: Promise<ProviderProcesses> | undefined;
  let command: Promise<PulumiCommand> | undefined;

  return {
    stack: async ({ project, stack: stackName, program, config = {} }) => {
      const home = folder(options.directory, "pulumi-home");
      const state = folder(options.directory, "pulumi-state");
      command ??= pulumiCommand(options);
      providers ??= startProviders(options);
      const started = await providers;
      for (const { check } of Object.values(started)) check();
      const stack = await LocalWorkspace.createOrSelectStack(
        { projectName: project, stackName, program },
        {
          workDir: folder(options.directory, `pulumi-project-${project}`),
          pulumiHome: home,
          pulumiCommand: await command,
          projectSettings: { name: project, runtime: "nodejs", backend: { url: `file://${state}` } },
          envVars: {
            PULUMI_BACKEND_URL: `file://${state}`,
            PULUMI_CONFIG_PASSPHRASE: "the state goes with its folder",
            PULUMI_SKIP_UPDATE_CHECK: "true",
            PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
            PULUMI_DEBUG_PROVIDERS: Object.entries(started)
              .map(([name, { port }]) => `${name}:${port}`)
              .join(","),
          },
        },
      );
      const values = Object.entries(config).map(([key, value]) => [key, { value }] as const);
      if (values.length > 0) await stack.setAllConfig(Object.fromEntries(values));
      return options.onOutput === undefined ? stack : withOutput(stack, options.onOutput);
    },
    stop: async () => {
      const started = await providers?.catch(() => undefined); // providers that did not start have ended already
      await Promise.all(Object.values(started ?? {}).map((provider) => provider.stop()));
    },
  };
}

/** Provider processes by their Pulumi package. */
type ProviderProcesses = Readonly<Record<string, ProviderProcess>>;

async function startProviders({ kubeconfig, alicloud, directory }: EngineOptions): Promise<ProviderProcesses> {
  const kubernetes = await startKubernetesProvider(kubeconfig, directory);
  if (!alicloud) return { kubernetes };
  try {
    return { kubernetes, alicloud: await startAlicloudProvider(kubeconfig, directory) };
  } catch (error) {
    await kubernetes.stop();
    throw error;
  }
}

function folder(directory: string, name: string): string {
  const path = join(directory, name);
  mkdirSync(path, { recursive: true });
  return path;
}

/**
 * Returns a command for the CLI. The Automation API looks for `bin/pulumi` in a root folder, but the CLI in the build
 * cache has another name.
 */
async function pulumiCommand({ binaries, directory }: EngineOptions): Promise<PulumiCommand> {
  const root = folder(directory, "pulumi-cli");
  const link = join(folder(root, "bin"), "pulumi");
  if (!existsSync(link)) symlinkSync(binaries.pulumi, link);
  return PulumiCommand.get({ root });
}

/** The stack, with `onOutput` as the default handler of its four operations. */
function withOutput(stack: Stack, onOutput: (text: string) => void): Stack {
  const { up, preview, refresh, destroy } = stack;
  stack.up = (options) => up.call(stack, { onOutput, ...options });
  stack.preview = (options) => preview.call(stack, { onOutput, ...options });
  stack.refresh = (options) => refresh.call(stack, { onOutput, ...options });
  stack.destroy = (options) => destroy.call(stack, { onOutput, ...options });
  return stack;
}
