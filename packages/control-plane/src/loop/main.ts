import { rm, writeFile } from "node:fs/promises";
import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import { ensureBinaries } from "../binaries.ts";
import { clusterPrograms } from "../controlPlane.ts";
import { startLocalCluster } from "../localCluster.ts";
import { showProgress } from "../progress.ts";
import { mayRunCluster } from "../rootless/capability.ts";
import { runInNamespaces } from "../rootless/namespaces.ts";
import { createPublisher } from "../rootless/publisher.ts";
import { playComparison } from "./compare.ts";
import { playLoop } from "./loop.ts";
import { clockSince, createScreen } from "./screen.ts";

/** The exit code that a shell reports for a program that Ctrl-C ended. */
const INTERRUPTED = 130;

/** Resolves at the first Ctrl-C or termination signal. From now on, neither ends the process automatically. */
const interrupted = new Promise<"interrupted">((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve("interrupted"));
});

const FLAGS = ["--once", "--compare"];

/**
 * `npm start [-- --once] [--compare]`: runs the main job on the local control plane, or with `--compare` two autoscalers
 * side by side. @returns the exit code.
 */
async function main(flags: readonly string[]): Promise<number> {
  const unknown = flags.filter((flag) => !FLAGS.includes(flag));
  if (unknown.length > 0) {
    throw new ProblemError(problem("ASM_LOOP_FLAG", `unknown flag ${unknown.join(" ")}`));
  }
  if (!mayRunCluster()) return runWithoutRoot(flags);
  // Remove the result of an earlier run, so that it is not mistaken for the result of this run.
  await rm("loop.json", { force: true });
  const startedAt = Date.now();
  const screen = createScreen(startedAt);
  screen.step("starting a local Kubernetes (downscale stabilization 30 s here, 300 s by default; HPA sync 15 s)");
  const onProgress = showProgress(process.stdout, (line) => `${clockSince(startedAt)}  ${line}`);
  const options = { downscaleStabilizationSeconds: 30, onProgress };
  const cluster = await Promise.race([startLocalCluster(options), interrupted]);
  // The parts that have started end with this process.
  if (cluster === "interrupted") return INTERRUPTED;
  const { directory, kubeconfig: admin, prometheusUrl } = cluster.controlPlane;
  const publisher = createPublisher(directory);
  try {
    const kubeconfig = `export KUBECONFIG=${await publisher.publishKubeconfig(admin)}`;
    screen.step(kubeconfig);
    screen.step(`Prometheus: ${await publisher.publishUrl(prometheusUrl)}`);
    const play = flags.includes("--compare") ? playComparison : playLoop;
    const record = await Promise.race([play(cluster, screen, startedAt, publisher.publishUrl), interrupted]);
    if (record === "interrupted") return INTERRUPTED;
    await writeFile("loop.json", `${JSON.stringify(record, undefined, 2)}\n`);
    if (flags.includes("--once")) {
      // Written after everything has stopped, so that it is the last line.
      process.once("exit", () => process.stdout.write(`${record.summary}\n`));
      return 0;
    }
    screen.step(
      `${record.summary}. The cluster stays up until Ctrl-C.\n        Look at it: ${record.statusPage}\n` +
        `        Or in another terminal: ${kubeconfig}`,
    );
    await interrupted;
    return 0;
  } finally {
    screen.step("stopping");
    publisher.stop();
    await cluster.stop();
  }
}

/**
 * The same as an ordinary user, in namespaces. They have no network, so the programs are downloaded before.
 */
async function runWithoutRoot(flags: readonly string[]): Promise<number> {
  await ensureBinaries(clusterPrograms, showProgress());
  return runInNamespaces(new URL(import.meta.url), flags);
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
