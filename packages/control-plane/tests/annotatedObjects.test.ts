import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { runOnePod, seen } from "./conformance/scaling.ts";
import { type Stage, startStage } from "./conformance/stage.ts";
import { until } from "./until.ts";

/** An Object metric by annotation, before the real HPA controller and the real Prometheus. */

const NAME = "shop";
const KEY = "metric-config.object.hits.prometheus";
const GROUP = "custom.metrics.k8s.io";
const INGRESS = { apiVersion: "networking.k8s.io/v1", kind: "Ingress", name: "front" };
const PATH = `/apis/${GROUP}/v1beta2/namespaces/default/ingresses.networking.k8s.io`;

let stage: Stage;

beforeAll(async () => {
  stage = await startStage({ flags: () => ["--custom-metrics", "--metrics-ttl=5s"] });
  const service = { name: "asm-metrics-adapter", namespace: "kube-system", port: 6443 };
  await stage.apply(
    ...["v1beta1", "v1beta2"].map((version) => ({
      apiVersion: "apiregistration.k8s.io/v1",
      kind: "APIService",
      metadata: { name: `${version}.${GROUP}` },
      spec: { group: GROUP, version, groupPriorityMinimum: 100, versionPriority: 100, service },
    })),
  );
  await runOnePod(stage, NAME);
}, 300_000);

afterAll(async () => {
  await stage?.stop();
}, 60_000);

function hpa(query: string) {
  const metadata = {
    name: NAME,
    namespace: "default",
    annotations: { [`${KEY}/query`]: query, [`${KEY}/per-replica`]: "true" },
  };
  const object = { describedObject: INGRESS, metric: { name: "hits" }, target: { type: "Value", value: "10" } };
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: NAME };
  const spec = { minReplicas: 1, maxReplicas: 9, scaleTargetRef, metrics: [{ type: "Object", object }] };
  return { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", metadata, spec };
}

/** Reports all pods as ready, as kubelets do: the HPA controller multiplies a Value by the pods that are ready. */
async function readyPods(): Promise<number> {
  const { items } = JSON.parse(await stage.plane.kubectl(["get", "pods", "-o", "json"]));
  const startTime = new Date(Date.now() - 600_000).toISOString();
  const conditions = [{ type: "Ready", status: "True", lastTransitionTime: startTime }];
  const patch = JSON.stringify({ status: { phase: "Running", startTime, conditions } });
  for (const { metadata, status } of items)
    if (status.phase !== "Running")
      await stage.plane.kubectl(["patch", "pod", metadata.name, "--subresource=status", "-p", patch]);
  return items.length;
}

test("scales to what each pod shall carry and stays there, as the replicas are those of each read", async () => {
  await stage.apply(hpa("vector(40)"));
  await until(
    "4 replicas with ready pods",
    async () => (await readyPods()) === 4 && (await seen(stage, NAME)).spec === 4,
  );
  const value = async () => JSON.parse(await stage.plane.kubectl(["get", "--raw", `${PATH}/front/hits`])).items[0];
  const item = await until("a value that is divided by 4", async () => {
    const found = await value();
    return found.value === "10" && found;
  });
  expect(item).toMatchObject({ describedObject: { ...INGRESS, namespace: "default" }, metric: { name: "hits" } });
  const status = async () => JSON.parse(await stage.plane.kubectl(["get", "hpa", NAME, "-o", "json"])).status;
  await until(
    "a sync after the scaling",
    async () => (await status()).currentMetrics?.[0]?.object?.current.value === "10",
  );
  expect((await seen(stage, NAME)).spec).toBe(4);
}, 120_000);

test("is listed, and answers for no other object", async () => {
  const list = JSON.parse(await stage.plane.kubectl(["get", "--raw", `/apis/${GROUP}/v1beta2`]));
  expect(list.resources.map(({ name }: { name: string }) => name)).toEqual(["ingresses.networking.k8s.io/hits"]);
  const other = await stage.read(`${PATH}/back/hits`);
  expect([other.status, other.body.message]).toEqual([404, expect.stringContaining("ASM_OBJECT_NOT_SERVED")]);
});

test("keeps its size without a number, and says why", async () => {
  await stage.apply(hpa("vector(0) / 0"));
  const { message } = await until("the reason", async () => {
    const found = await seen(stage, NAME);
    return found.active === "False" && found;
  });
  expect(message).toContain("ASM_NAN");
  expect((await seen(stage, NAME)).spec).toBe(4);
}, 60_000);
