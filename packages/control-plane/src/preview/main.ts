import { fileURLToPath } from "node:url";
import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import { openCloud } from "../alicloudProvider/cloud.ts";
import { ensureBinaries } from "../binaries.ts";
import { makeDirectory } from "../directory.ts";
import { showProgress } from "../progress.ts";
import { openProject } from "./project.ts";
import { type Planned, plannedBy, treeLines } from "./tree.ts";

/** The folder of the root stack's Pulumi.yaml. */
const root = fileURLToPath(new URL("../../../..", import.meta.url));

/**
 * `npm run preview`: shows the resource tree that `pulumi up` would create with credentials. It uses the real engine
 * without a cloud.
 */
async function main(): Promise<void> {
  print("previewing what `pulumi up` would create on Alibaba Cloud, without access to it");
  const onProgress = showProgress();
  const { pulumi } = await ensureBinaries(["pulumi"], onProgress);
  const began = Date.now();
  const topic = { name: "preview" };
  onProgress("starting the Pulumi engine and stand-ins for the providers", topic);
  const directory = await makeDirectory();
  try {
    const project = await openProject({ project: root, directory: directory.path, pulumi });
    try {
      const planned: Planned[] = [];
      await project.stack.preview({
        onEvent: (event) => {
          const resource = plannedBy(event);
          if (resource !== undefined) {
            planned.push(resource);
            onProgress(`planned ${planned.length} resources, last ${resource.type}`, topic);
          }
          const { severity, message } = event.diagnosticEvent ?? {};
          if (severity === "warning" || severity === "error") print(`${severity}: ${message?.trim()}`);
        },
      });
      onProgress(`planned ${planned.length} resources`, { ...topic, done: true });
      for (const line of treeLines(planned)) print(line);
      refuseCalls(openCloud(directory.path).calls());
      const seconds = ((Date.now() - began) / 1000).toFixed(0);
      print(`previewed ${planned.length} resources in ${seconds} s; nothing asked of a cloud or another machine`);
    } finally {
      await project.close();
    }
  } finally {
    await directory.remove();
  }
}

/**
 * Fails if the preview called the cloud. Such a preview would fail in a pull request's checks, and without credentials.
 */
function refuseCalls(calls: readonly string[]): void {
  if (calls.length === 0) return;
  throw new ProblemError(
    problem("ASM_PREVIEW_CLOUD", `The preview called the cloud ${calls.length} times: ${calls.join(", ")}`),
  );
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
