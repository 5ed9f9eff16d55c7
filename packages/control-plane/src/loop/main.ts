import { startLocalCluster } from "../localCluster.ts";
import { playLoop, writeRecord } from "./loop.ts";
import { createScreen } from "./screen.ts";

/** `npm start [-- --once]`: the main job on the local control plane. */
async function main(flags: readonly string[]): Promise<void> {
  const unknown = flags.filter((flag) => flag !== "--once");
  if (unknown.length > 0)
    throw new Error(`ASM_LOOP_FLAG: unknown flag ${unknown.join(" ")}; npm start takes only -- --once`);
  const once = flags.includes("--once");
  const startedAt = Date.now();
  const screen = createScreen(startedAt);
  screen.step("starting a local Kubernetes (downscale stabilization 30 s here, 300 s by default; HPA sync 15 s)");
  const cluster = await startLocalCluster({
    downscaleStabilizationSeconds: 30,
    onProgress: (line) => screen.step(line),
  });
  const interrupted = new Promise<"interrupted">((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve("interrupted"));
  });
  try {
    screen.step(`export KUBECONFIG=${cluster.controlPlane.kubeconfig}`);
    const record = await Promise.race([playLoop(cluster, screen, startedAt), interrupted]);
    if (record === "interrupted") {
      screen.step("interrupted; stopping");
      process.exitCode = 130;
      return;
    }
    await writeRecord(record);
    if (!once) {
      screen.step(
        `${record.summary}. The cluster stays up until Ctrl-C; in another terminal:\n        export KUBECONFIG=${cluster.controlPlane.kubeconfig}`,
      );
      await interrupted;
      screen.step("stopping");
      return;
    }
    closing = record.summary;
  } finally {
    await cluster.stop();
  }
}

/** Written last of all, so that it is the last line. */
let closing = "";

main(process.argv.slice(2)).then(
  () => {
    if (closing) process.stdout.write(`${closing}\n`);
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
