import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import type { RunRequest } from "@pulumi/pulumi/proto/language_pb.js";
import languageProto from "@pulumi/pulumi/proto/language_pb.js";
import pluginProto from "@pulumi/pulumi/proto/plugin_pb.js";
import { unary } from "../providerProtocol/unary.ts";

/** A language host for programs with `runtime: nodejs`. It serves consecutive pulumi commands. */
export interface NodeHost {
  /** The value of the command's `--client` flag. */
  readonly address: string;
  /** Stops the host, and a program that is still running. */
  stop(): void;
}

export interface NodeHostOptions {
  /** Added to the environment of programs. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Called with the output of programs. */
  onOutput?(text: string): void;
}

/** The exit code of Pulumi's own runner if it has already reported the error to the user. */
const ALREADY_TOLD = 32;

const runner = fileURLToPath(import.meta.resolve("@pulumi/pulumi/cmd/run/index.js"));

/**
 * A stand-in for `pulumi-language-nodejs`, of which no build is available here. Like the real one, it starts the SDK's
 * runner in a separate process in the project's folder. So entry point, loader and configuration are the same as in a
 * real `pulumi up`. Unlike the real one, it installs nothing, reports no plugins, has no debugger, and does not load
 * programs with ts-node (`options.typescript` of Pulumi.yaml must be false).
 */
export async function startNodeHost(options: NodeHostOptions = {}): Promise<NodeHost> {
  const ending = new AbortController();
  const server = new Server();
  server.addService(languageGrpc.LanguageRuntimeService, {
    getPluginInfo: unary(async () => new pluginProto.PluginInfo().setVersion("1.0.0")),
    getRequiredPackages: unary(async () => new languageProto.GetRequiredPackagesResponse()),
    getRequiredPlugins: unary(async () => new languageProto.GetRequiredPluginsResponse()),
    run: unary<RunRequest, InstanceType<typeof languageProto.RunResponse>>(async (request) => {
      const code = await runProgram(request, options, ending.signal);
      const response = new languageProto.RunResponse();
      if (code === ALREADY_TOLD) return response.setBail(true);
      return code === 0 ? response : response.setError(`the program ended with exit code ${code}`);
    }),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    address: `127.0.0.1:${port}`,
    stop: () => {
      ending.abort();
      server.forceShutdown();
    },
  };
}

/** @returns the exit code of the program's process, or 1 if a signal ended it. */
async function runProgram(request: RunRequest, options: NodeHostOptions, signal: AbortSignal): Promise<number> {
  const info = request.getInfo();
  const flags = {
    monitor: request.getMonitorAddress(),
    engine: request.getArgsList()[0] ?? "",
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    "root-directory": info?.getRootDirectory() ?? "",
    pwd: info?.getProgramDirectory() ?? request.getPwd(),
    parallel: String(request.getParallel()),
  };
  const words = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]);
  const dryRun = request.getDryrun() ? ["--dry-run"] : [];
  const child = spawn(process.execPath, [runner, ...words, ...dryRun, info?.getEntryPoint() || "."], {
    env: {
      ...process.env,
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().entries())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      PULUMI_NODEJS_TYPESCRIPT: "false",
      ...options.environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
    signal,
  });
  child.stdout.on("data", (text: Buffer) => options.onOutput?.(text.toString()));
  child.stderr.on("data", (text: Buffer) => options.onOutput?.(text.toString()));
  const [code] = await once(child, "close");
  return typeof code === "number" ? code : 1;
}
