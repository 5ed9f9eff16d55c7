import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { PulumiFn, Stack } from "@pulumi/pulumi/automation/index.js";
import { type Cloud, openCloud } from "../src/alicloudProvider/cloud.ts";
import { ensureBinaries } from "../src/binaries.ts";
import { createEngine } from "../src/engine/engine.ts";

/** The Pulumi engine on a stand-in cloud, for tests. */
export interface CloudRoom {
  readonly cloud: Cloud;
  /** A new stack of this program. What it made stays until the room is closed. */
  stack(name: string, program: PulumiFn): Promise<Stack>;
  /** The state as `pulumi stack export` prints it, with secrets encrypted; the Automation API decrypts them. */
  exported(stack: Stack): Promise<string>;
  stop(): Promise<void>;
}

const run = promisify(execFile);

/** @param kubeconfig Path of that of the API server of the cloud's clusters. Without it they have none. */
export async function openCloudRoom(kubeconfig?: string): Promise<CloudRoom> {
  const directory = mkdtempSync(join(tmpdir(), "cloud-"));
  const binaries = await ensureBinaries(["pulumi"]);
  const engine = createEngine({ binaries, directory, alicloud: true, ...(kubeconfig && { kubeconfig }) });
  return {
    cloud: openCloud(directory),
    stack: (stack, program) => engine.stack({ project: "cloud-test", stack, program }),
    exported: async ({ name, workspace: { workDir, pulumiHome, envVars } }) => {
      const env = { ...process.env, ...envVars, PULUMI_HOME: pulumiHome };
      const options = { cwd: workDir, env, timeout: 60_000, maxBuffer: 64 * 1024 * 1024 };
      return (await run(binaries.pulumi, ["stack", "export", "--stack", name], options)).stdout;
    },
    stop: async () => {
      await engine.stop();
      rmSync(directory, { recursive: true });
    },
  };
}

/** What happens to one resource. */
export interface Step {
  /** Its name in the program. */
  name: string;
  /** A replacement is one step, whichever of its two orders it has. */
  op: "create" | "update" | "delete" | "replace" | "read";
  /** The properties that need a new resource, sorted. */
  replacedBy: string[];
}

/** What a preview would do to resources of the cloud and to providers; nothing is said of what stays. */
export async function previewSteps(stack: Stack): Promise<Step[]> {
  const found = new Map<string, Step>();
  await stack.preview({
    onEvent: ({ resourcePreEvent }) => {
      const { op = "same", type = "", urn = "", detailedDiff } = resourcePreEvent?.metadata ?? {};
      if (op === "same" || !/^(alicloud|pulumi:providers):/.test(type)) return;
      const replacedBy = Object.entries(detailedDiff ?? {}).filter(([, { diffKind }]) => diffKind.endsWith("-replace"));
      const step = {
        name: urn.split("::").at(-1) ?? "",
        op: (op.includes("replace") ? "replace" : op) as Step["op"],
        replacedBy: replacedBy.map(([path]) => path).sort(),
      };
      const before = found.get(urn);
      if (before === undefined || step.replacedBy.length > before.replacedBy.length) found.set(urn, step);
    },
  });
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
