import { setTimeout as pause } from "node:timers/promises";
import { MetricsAdapter } from "@asm-autoscaler/asm-autoscaler/adapter";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Agent, fetch } from "undici";
import { type LocalCluster, startLocalCluster } from "../../src/localCluster.ts";
import { byName, deployment, hpa, queryKey } from "../conformance/hpa.ts";
import { until } from "../until.ts";

/** The two pods of `MetricsAdapter`: what they say is the same, and one of them may go. */

let cluster: LocalCluster;
let token: string;
const direct = new Agent({ connect: { rejectUnauthorized: false } });
const PATH = "/apis/external.metrics.k8s.io/v1beta1/namespaces/default/prometheus-query?labelSelector=query-name%3D";

beforeAll(async () => {
  cluster = await startLocalCluster();
  const { kubectl, prometheusUrl } = cluster.controlPlane;
  const program = async () => void new MetricsAdapter("adapter", { prometheus: { url: prometheusUrl } });
  await (await cluster.engine.stack({ project: "replicas", stack: "adapter", program })).up();
  await apply(
    deployment("kept", 4),
    hpa("kept", [byName("kept")], { maxReplicas: 20, annotations: { [queryKey("kept")]: "vector(35)" } }),
    // A value that no two moments have in common.
    hpa("clock", [byName("clock")], { annotations: { [queryKey("clock")]: "vector(time())" } }),
  );
  await kubectl([
    "create",
    "clusterrolebinding",
    "reader",
    "--clusterrole=cluster-admin",
    "--serviceaccount=default:default",
  ]);
  token = (await kubectl(["create", "token", "default"])).trim();
  await until("an active HPA", async () => (await seen()).active === "True", 60);
}, 600_000);

afterAll(async () => {
  await direct.close();
  await cluster?.stop();
}, 60_000);

const apply = (...items: object[]) =>
  cluster.controlPlane.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));

interface Pod {
  metadata: { name: string };
  status: { podIP: string; conditions?: { type: string; status: string }[] };
}

async function readyPods(): Promise<Pod[]> {
  const label = "app.kubernetes.io/name=asm-metrics-adapter";
  const text = await cluster.controlPlane.kubectl(["-n", "kube-system", "get", "pods", "-l", label, "-o", "json"]);
  const { items } = JSON.parse(text) as { items: Pod[] };
  return items.filter(({ status }) =>
    status.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True"),
  );
}

async function seen() {
  const { kubernetes } = cluster.controlPlane;
  const name = { name: "kept", namespace: "default" };
  const { status } = await kubernetes.autoscaling.readNamespacedHorizontalPodAutoscaler(name);
  const active = status?.conditions?.find(({ type }) => type === "ScalingActive");
  return { active: active?.status, size: status?.currentReplicas };
}

test("asked in the same second, both give the same value of the same moment", async () => {
  const pods = await readyPods();
  expect(pods).toHaveLength(2);
  for (let round = 0; round < 10; round++) {
    // Early in a moment of three seconds, so that both are asked within it.
    await pause(3_000 - (Date.now() % 3_000) + 200);
    const answers = await Promise.all(
      pods.map(async ({ status: { podIP } }) => {
        const url = `https://${podIP}:6443${PATH}clock`;
        const response = await fetch(url, { dispatcher: direct, headers: { authorization: `Bearer ${token}` } });
        const { items } = (await response.json()) as { items: { value: string; timestamp: string }[] };
        return items[0];
      }),
    );
    expect(answers[0]).toBeDefined();
    expect(answers[1]).toEqual(answers[0]);
  }
}, 60_000);

test("one is deleted under load: no read fails and the HPA never loses its metric", async () => {
  const failed: string[] = [];
  const inactive: unknown[] = [];
  let goesOn = true;
  const reader = async () => {
    while (goesOn) {
      const response = await cluster.controlPlane.kubernetes.request(`${PATH}kept`);
      const body = (await response.json()) as { items?: { value: string }[]; message?: string };
      if (body.items?.[0]?.value !== "35") failed.push(`${response.status} ${JSON.stringify(body)}`);
      const now = await seen();
      if (now.active !== "True" || now.size !== 4) inactive.push(now);
      await pause(20);
    }
  };
  const readers = [reader(), reader()];
  const [first] = await readyPods();
  if (!first) throw new Error("no pod is ready");
  await cluster.controlPlane.kubectl(["-n", "kube-system", "delete", "pod", first.metadata.name]);
  await until("two again", async () => (await readyPods()).length === 2, 60);
  await pause(16_000); // one sync of the HPA controller
  goesOn = false;
  await Promise.all(readers);
  expect(failed).toEqual([]);
  expect(inactive).toEqual([]);
}, 120_000);

test("one is gone without a word: the size is kept and the HPA is well within a sync", async () => {
  const [first] = await readyPods();
  if (!first) throw new Error("no pod is ready");
  await cluster.controlPlane.kubectl([
    "-n",
    "kube-system",
    "delete",
    "pod",
    first.metadata.name,
    "--grace-period=0",
    "--force",
  ]);
  for (const end = performance.now() + 20_000; performance.now() < end; await pause(500)) {
    expect((await seen()).size).toBe(4);
  }
  await until("an active HPA", async () => (await seen()).active === "True", 20);
  await until("two again", async () => (await readyPods()).length === 2, 60);
}, 120_000);
