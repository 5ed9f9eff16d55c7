import { TrafficAutoscaler } from "@asm-autoscaler/asm-autoscaler/autoscaler";
import { startLocalCluster } from "control-plane";
import { store } from "./store.ts";

/**
 * `pulumi preview` of 1, 10 and 100 `TrafficAutoscaler`s, by the real engine over the stand-in of the Kubernetes provider:
 * seconds, and resident memory of the process in which the program runs.
 */
const cluster = await startLocalCluster();
const results = [];
try {
  for (const autoscalers of [1, 10, 100]) {
    const program = async () => {
      for (let index = 0; index < autoscalers; index++) {
        new TrafficAutoscaler(`service-${index}`, {
          namespace: "test",
          target: `service-${index}`,
          maxReplicas: 10,
          metrics: [{ requestsPerSecond: 10, queryName: `rps-${index}` }],
        });
      }
    };
    const stack = await cluster.engine.stack({ project: "preview", stack: `of-${autoscalers}`, program });
    const seconds = [];
    for (let run = 0; run < 3; run++) {
      const began = performance.now();
      const { changeSummary } = await stack.preview();
      seconds.push((performance.now() - began) / 1000);
      if (changeSummary.create !== 2 * autoscalers + 1) throw new Error(`previewed ${JSON.stringify(changeSummary)}`);
    }
    const median = seconds.sort((a, b) => a - b)[1];
    results.push({ autoscalers, medianSeconds: median, megabytes: process.memoryUsage().rss / 2 ** 20 });
    console.log(JSON.stringify(results.at(-1)));
  }
} finally {
  await cluster.stop();
}
store("preview", { results });
