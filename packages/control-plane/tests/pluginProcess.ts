import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { startProcess } from "../src/processes.ts";

/** A component package that serves its components to programs of any language. */
export interface PluginProcess {
  /** Where its gRPC server listens, on 127.0.0.1. */
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Serves a package as Pulumi's language host for Node serves a source-based plugin: by run-plugin of the package's own
 * `@pulumi/pulumi`. It differs in one thing: the engine attaches to it by PULUMI_DEBUG_PROVIDERS and does not start it.
 * @param packageFolder Folder of a built package, with PulumiPlugin.yaml and sources, from which the schema is inferred.
 * @param directory Gets the log `plugin.log`, whose one line of digits is the port.
 */
export async function startPlugin(packageFolder: string, directory: string): Promise<PluginProcess> {
  const logFile = join(directory, "plugin.log");
  const portOf = async () => /^\d+$/m.exec(await readFile(logFile, "utf8"))?.[0];
  const runPlugin = createRequire(join(packageFolder, "package.json")).resolve("@pulumi/pulumi/cmd/run-plugin");
  const { stop } = await startProcess({
    name: "run-plugin",
    program: process.execPath,
    args: [runPlugin, packageFolder],
    env: {},
    logFile,
    isReady: async () => (await portOf()) !== undefined,
    readyWithinSeconds: 60,
  });
  return { port: Number(await portOf()), stop };
}
