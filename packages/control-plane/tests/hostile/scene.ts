import { writeFile } from "node:fs/promises";
import { Agent } from "node:https";
import { join } from "node:path";
import { byName, hpa, queryKey } from "../conformance/hpa.ts";
import { metricPath, type Stage, startStage } from "../conformance/stage.ts";
import { type Pulse, startAsking } from "../pulse.ts";
import { until } from "../until.ts";
import { type Hold, holdOf, meteredBy, meterFile } from "./holds.ts";
import { createHpa, HOSTILE_NAMESPACE } from "./objects.ts";
import { WEBHOOK_PORT } from "./reviews.ts";

/** An adapter under attack: its turns are measured, and an ordinary HPA of another namespace is read all the while. */
export interface Scene {
  readonly stage: Stage;
  /** What the adapter took while `run` ran. */
  measure(run: () => Promise<unknown>): Promise<Hold>;
  /** Reads of the ordinary HPA since the last call. */
  ordinary(): Pulse;
  stop(): Promise<void>;
}

/** Time between two reads of the ordinary HPA, ms. */
const PACE_MS = 20;

/** Starts everything, with the webhook on. */
export async function startScene(syncSeconds?: number): Promise<Scene> {
  let file = "";
  const stage = await startStage({
    ...(syncSeconds === undefined ? {} : { syncSeconds }),
    async flags({ directory, frontProxy }) {
      // Whoever asks the webhook here does not look at its certificate.
      const pair = await frontProxy.issueClient("webhook");
      const [cert, key] = ["webhook.crt", "webhook.key"].map((name) => join(directory, name)) as [string, string];
      await writeFile(cert, pair.certPem);
      await writeFile(key, pair.keyPem);
      return [
        `--admission-webhook-port=${WEBHOOK_PORT}`,
        `--admission-webhook-cert-file=${cert}`,
        `--admission-webhook-key-file=${key}`,
      ];
    },
    env: ({ directory }) => {
      file = meterFile(directory);
      return meteredBy(file);
    },
  });
  await stage.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: HOSTILE_NAMESPACE } });
  const annotations = { [queryKey("ordinary")]: "vector(5)" };
  await createHpa(stage, hpa("ordinary", [byName("ordinary")], { annotations }), "default");
  const path = metricPath("prometheus-query", "query-name=ordinary");
  await until("the ordinary HPA to be served", async () => {
    const { status, body } = await stage.direct.proxied(path);
    if (status !== 200) throw new Error(`HTTP ${status}: ${body}\n${stage.adapter.output().slice(-3_000)}`);
    return true;
  }).catch(async (error: unknown) => {
    await stage.stop();
    throw error;
  });

  // As the API server does: it keeps its connections.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const readings = startAsking(async () => (await stage.direct.proxied(path, { agent })).status === 200, {
    pauseMs: PACE_MS,
  });

  return {
    stage,
    measure: (run) => holdOf(stage.adapter.pid(), file, run),
    ordinary: readings.take,
    async stop() {
      await readings.stop();
      agent.destroy();
      await stage.stop();
    },
  };
}
