import { MetricsAdapter } from "@asm-autoscaler/asm-autoscaler/adapter";
import { Reaction, TrafficAutoscaler } from "@asm-autoscaler/asm-autoscaler/autoscaler";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type LocalCluster, startLocalCluster } from "../src/localCluster.ts";
import { observe } from "../src/loop/observer.ts";
import { meshDeployments } from "./meshDeployments.ts";
import { until } from "./until.ts";

/**
 * Workloads that have nothing to do, the age of the mesh whose clients call them, and whether the adapter reads the
 * proxies of these clients.
 */
const SLEEPERS = {
  podinfo: { mesh: "new", reaction: Reaction.Steady },
  orders: { mesh: "old", reaction: Reaction.Steady },
  payments: { mesh: "new", reaction: Reaction.Direct },
  returns: { mesh: "old", reaction: Reaction.Direct },
} as const;

/** Sync period of the HPA controller, a scrape of the callers and the resolution of events, in seconds. */
const DIRECT_SECONDS = 15 + 2 + 2;

/** A client with a sidecar, and the workloads. */
const WORKLOADS = meshDeployments(["loadtester", ...Object.keys(SLEEPERS)]);

let cluster: LocalCluster;

beforeAll(async () => {
  cluster = await startLocalCluster({ downscaleStabilizationSeconds: 15 });
}, 900_000);

afterAll(async () => {
  await cluster?.stop();
}, 60_000);

test("workloads sleep without demand, are woken by requests that find no pod, and sleep again, in a new and in an old mesh", async () => {
  const { controlPlane, engine, traffic } = cluster;
  await controlPlane.kubectl(["apply", "-f", "-"], WORKLOADS);
  const program = async () => {
    new MetricsAdapter("adapter", { prometheus: { url: controlPlane.prometheusUrl }, direct: true });
    for (const [name, { reaction }] of Object.entries(SLEEPERS))
      new TrafficAutoscaler(name, {
        namespace: "test",
        target: name,
        minReplicas: 0,
        maxReplicas: 10,
        reaction,
        metrics: [{ requestsPerSecond: 10, service: name }],
      });
  };
  await (await engine.stack({ project: "zero", stack: "zero", program })).up();
  const sleeper = async ([name, { mesh, reaction }]: [string, (typeof SLEEPERS)[keyof typeof SLEEPERS]]) => {
    const destination = { namespace: "test", workload: name, service: name, mesh };
    const observer = observe(controlPlane, "test", name);
    try {
      // Nobody has called it yet: there are no series, so there is no reading, and nothing sleeps on doubt.
      const path = "jsonpath={.status.conditions[?(@.type=='ScalingActive')].message}";
      const failing = () => controlPlane.kubectl(["-n", "test", "get", "hpa", name, "-o", path]);
      await until("a refused reading", async () => /ASM_NO_SERIES/.test(await failing()), 120);
      expect(observer.rescales).toEqual([]);

      traffic.offer(destination, 25);
      await observer.until("three replicas", 180, () => observer.rescales.some(({ to }) => to === 3));
      traffic.offer(destination, 0);
      await observer.until("no replica", 240, () => observer.rescales.at(-1)?.to === 0);

      const lostBefore = traffic.truth(destination).unserved;
      const asked = Date.now();
      traffic.offer(destination, 25);
      await observer.until("awake", 180, () => (observer.rescales.at(-1)?.to ?? 0) > 0);
      const seconds = (Date.now() - asked) / 1000;
      if (reaction === Reaction.Direct) expect(seconds).toBeLessThan(DIRECT_SECONDS);
      await observer.until("three replicas again", 180, () => observer.rescales.at(-1)?.to === 3);
      const lost = traffic.truth(destination).unserved - lostBefore;
      process.stdout.write(
        `${name} (${mesh} mesh, ${reaction}) woken after ${seconds.toFixed(0)} s, ${lost.toFixed(0)} requests lost\n`,
      );
    } finally {
      observer.stop();
    }
  };
  await Promise.all(Object.entries(SLEEPERS).map(sleeper));
}, 900_000);
