import { MetricsAdapter } from "@asm-autoscaler/asm-autoscaler/adapter";
import { Reaction, TrafficAutoscaler } from "@asm-autoscaler/asm-autoscaler/autoscaler";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type LocalCluster, startLocalCluster } from "../src/localCluster.ts";
import { observe } from "../src/loop/observer.ts";
import { meshDeployments } from "./meshDeployments.ts";
import { until } from "./until.ts";

/** Readings from the sidecars of the scaled pods, with the real HPA controller and without any Prometheus. */

const web = { namespace: "test", workload: "web", service: "web" };
/** Sync period of the HPA controller, in seconds. */
const SYNC = 15;

let cluster: LocalCluster;

beforeAll(async () => {
  cluster = await startLocalCluster();
  const { controlPlane, engine } = cluster;
  await controlPlane.kubectl(["apply", "-f", "-"], meshDeployments(["web"]));
  const program = async () => {
    new MetricsAdapter("adapter", { direct: true, replicas: 1 });
    new TrafficAutoscaler("web", {
      namespace: "test",
      target: "web",
      maxReplicas: 10,
      reaction: Reaction.Direct,
      metrics: [{ requestsPerSecond: 10 }],
    });
  };
  await (await engine.stack({ project: "direct", stack: "direct", program })).up();
}, 900_000);

afterAll(async () => {
  await cluster?.stop();
}, 60_000);

const metrics = async () => {
  const path = "/apis/external.metrics.k8s.io/v1beta1/namespaces/test/prometheus-query";
  const { items } = JSON.parse(await cluster.controlPlane.kubectl(["get", "--raw", path]));
  return Number(items[0]?.value.replace("m", "")) / (items[0]?.value.endsWith("m") ? 1_000 : 1);
};

test("a step in traffic gives all pods within two syncs", async () => {
  const { controlPlane, traffic } = cluster;
  traffic.offer(web, 8);
  await until("a reading of the sidecars", async () => Math.abs((await metrics()) - 8) < 1.5, 60);
  const observer = observe(controlPlane, "test", "web");
  try {
    const stepAt = Date.now();
    traffic.offer(web, 48);
    await observer.until("five pods", 60, () => observer.rescales.some(({ to }) => to === 5));
    const seconds = (Date.now() - stepAt) / 1000;
    process.stdout.write(`from the step to five pods: ${seconds.toFixed(1)} s\n`);
    // One sync, in which the window may hold the old traffic still, and one more.
    expect(seconds).toBeLessThan(2 * SYNC + 5);
    expect(observer.rescales.map(({ to }) => to).filter((to) => to > 5)).toEqual([]);
  } finally {
    observer.stop();
  }
}, 180_000);

test("pods whose sidecars cannot be read make no size smaller", async () => {
  const { controlPlane, traffic } = cluster;
  await until("all five sidecars", async () => traffic.sidecars(web).length === 5, 60);
  for (const sidecar of traffic.sidecars(web).slice(0, 3)) await sidecar.fail("hang");
  const refused = await until("a refusal", () => metrics().then(() => undefined, String), 60);
  expect(refused).toMatch(
    /test\/web.*ASM_DIRECT_CLOSED: [23] of 5 pods of Deployment test\/web cannot be read, such as web-/,
  );
  expect(
    await controlPlane.kubectl(["-n", "test", "get", "deployment", "web", "-o", "jsonpath={.spec.replicas}"]),
  ).toBe("5");
}, 180_000);
